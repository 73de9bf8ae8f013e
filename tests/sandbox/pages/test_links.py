"""Links into ftrack's own pages, as messages and other tools carry them, lead to the entity."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import page_of
from tests.sandbox.pages.conftest import Visitor

from ftrack_sandbox.testing import SandboxServer


@pytest.mark.parametrize(
    "fragment",
    [
        "#slideEntityId={id}&slideEntityType=task&view=tasks&itemId=projects&entityId=p&entityType=show",
        "#itemId=home&slideEntityType=task&slideEntityId={id}",
        "#entityId={id}&entityType=task&itemId=projects&view=tasks",
    ],
)
def test_a_link_of_ftrack_leads_to_the_entity(browser: Browser, ftrack_sandbox: SandboxServer, fragment: str) -> None:
    task = ftrack_sandbox.session().query('Task where name is "Lighting"').first()
    with page_of(browser, base_url=ftrack_sandbox.url) as page:
        page.goto("/" + fragment.format(id=task["id"]))
        page.get_by_role("button", name="Yuki Tanaka").click()
        page.wait_for_url(f"**/context/{task['id']}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Lighting")


def test_the_address_of_an_entity_takes_every_name_of_its_type(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    task = ftrack_sandbox.session().query("Task").first()
    for kind in ("task", "Task", "TypedContext", "context", "AssetBuild", "assetbuild"):
        assert visitor.get(f"/entity/{kind}/{task['id']}").url == f"{visitor.url}/context/{task['id']}"
    answer = visitor.get(f"/entity/Nonsense/{task['id']}")
    assert (answer.status_code, "Nonsense" in answer.text) == (404, True)
