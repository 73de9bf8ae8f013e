"""Every page can be read by everybody, in light and dark, on a desk and on a phone; texts of people stay texts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.browser import assert_readable, tags
from tests.media_files import image
from tests.sandbox.pages.conftest import Open, Visitor

from ftrack_sandbox.testing import SandboxServer


def addresses(session: Any) -> dict[str, str]:
    """Return the address of a page of each kind."""
    shot = session.query('Shot where name is "PIER_0010"').one()
    version = session.query(f'AssetVersion where asset.parent.id is "{shot["id"]}"').first()
    tree = f"open={shot['parent']['id']}:100&open={shot['id']}:100"
    return {
        "projects": "/",
        "project": f"/project/{shot['project_id']}?{tree}",
        "sequence": f"/context/{shot['parent']['id']}",
        "shot": f"/context/{shot['id']}",
        "task": f"/context/{version['task_id']}",
        "version": f"/version/{version['id']}",
        "asset": f"/asset/{version['asset_id']}",
        "lists": "/lists",
        "list": f"/list/{session.query('List').first()['id']}",
        "my tasks": "/my-tasks",
        "new project": "/new/project",
        "new task": f"/new/Task/{shot['id']}",
        "new version": f"/new/version/{shot['id']}",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_every_page(
    opened: Open, ftrack_sandbox: SandboxServer, tmp_path: Path, scheme: str, width: int
) -> None:
    session = ftrack_sandbox.session()
    version = session.query("AssetVersion").first()
    visitor = Visitor(ftrack_sandbox.url)
    picture = {"attachments": ("look.png", image(tmp_path / "look.png").read_bytes())}
    visitor.post(f"/version/{version['id']}", do="note", content="Darker " + "x" * 200, files=picture)
    with opened(color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for address in [*addresses(session).values(), "/sign-in"]:
            page.goto(address)
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            assert_readable(page)


TEXTS = st.text(min_size=1, max_size=30) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "\"' onload=x",
        "{{ 7*7 }}",
        "</textarea></select><b>",
        "javascript:alert(1)",
        "%2e%2e/",
        'a\\"b',
    ]
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS.filter(lambda text: text.strip() and "\x00" not in text), file=TEXTS)
def test_texts_of_people_stay_texts(ftrack_sandbox_session: SandboxServer, text: str, file: str) -> None:
    with ftrack_sandbox_session.snapshot():
        session = ftrack_sandbox_session.session()
        visitor = Visitor(ftrack_sandbox_session.url)
        plain = _plain(ftrack_sandbox_session.url, tuple(addresses(session).values()))
        shot = session.query('Shot where name is "PIER_0010"').one()
        pages = addresses(session)
        shot["description"] = text
        for entity, name in ((shot, "name"), (shot["parent"], "name"), (shot["project"], "full_name")):
            entity[name] = text
        version = session.get("AssetVersion", pages["version"].rpartition("/")[2])
        version["comment"] = version["asset"]["name"] = text
        version["status"]["name"] = version["status"]["color"] = text
        session.query("List").first()["name"] = text
        session.query('User where username is "admin"').one()["first_name"] = text
        session.commit()
        for name, address in pages.items():
            answer = visitor.get(address)
            assert answer.status_code == 200, name
            assert tags(answer.text) == plain[address], name
        note = visitor.post(pages["version"], do="note", content=text, files={"attachments": (file, b"x")})
        assert note.status_code in {200, 400}
        assert "<script>alert" not in note.text
        session.close()


@cache
def _plain(url: str, pages: tuple[str, ...]) -> dict[str, set[str]]:
    """Return the tags of the pages while the demo project's own texts are on them."""
    visitor = Visitor(url)
    return {address: tags(visitor.get(address).text) for address in pages}
