"""Jobs of people, with their progress as it goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from tests.browser import assert_readable
from tests.sandbox.pages.conftest import Open, Visitor

from ftrack_sandbox.testing import SandboxServer
from ftrack_sandbox.web.pages.jobs import describe, progress


def job(session: Any, text: str, status: str = "running", user: str = "admin") -> Any:
    owner = session.query(f'User where username is "{user}"').one()
    made = session.create("Job", {"data": json.dumps({"description": text}), "user": owner, "status": status})
    session.commit()
    return made


def test_progress_is_live(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    encoding = job(session, "Encoding <b>SH010</b>: 10 %")
    page.goto("/jobs")
    row = page.get_by_role("row").filter(has_text="Encoding <b>SH010</b>")
    expect(row.get_by_role("progressbar")).to_have_js_property("value", 0.1)
    encoding["data"] = json.dumps({"description": "Encoding <b>SH010</b>: 80 %"})
    session.commit()
    expect(row.get_by_role("progressbar")).to_have_js_property("value", 0.8)
    encoding["data"] = json.dumps({"description": "Encoded it."})
    encoding["status"] = "done"
    session.commit()
    expect(page.get_by_text("Encoded it.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


def test_attachments_are_downloaded(page: Page, ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    session = ftrack_sandbox.session()
    file = tmp_path / "report.csv"
    file.write_text("a,b\n")
    location = session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    component = session.create_component(str(file), {"name": "report"}, location=location)
    made = job(session, "The report is done.", "done")
    session.create("JobComponent", {"job_id": made["id"], "component_id": component["id"]})
    session.commit()
    page.goto("/jobs")
    with page.expect_download() as download:
        page.get_by_role("link", name="report.csv").click()
    assert download.value.suggested_filename == "report.csv"
    assert Path(download.value.path()).read_text() == "a,b\n"


def test_people_see_their_own_or_everybodys(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    job(session, "Mine", user="yuki.tanaka")
    job(session, "Theirs", user="sam.dlamini")
    visitor = Visitor(ftrack_sandbox.url, "yuki.tanaka")
    own, everybodys = visitor.get("/jobs").text, visitor.get("/jobs?whose=all").text
    assert ("Mine" in own, "Theirs" in own, "Theirs" in everybodys) == (True, False, True)


def test_those_that_are_over_are_cleared(ftrack_sandbox: SandboxServer, visitor: Visitor) -> None:
    session = ftrack_sandbox.session()
    for text, status in (("Goes on", "running"), ("Well", "done"), ("Badly", "failed")):
        job(session, text, status)
    shown = visitor.post("/jobs", do="clear").text
    assert ("Goes on" in shown, "Well" in shown, "Badly" in shown) == (True, False, False)
    assert "None of your jobs is over." in visitor.post("/jobs", do="clear").text


def test_many_jobs_have_pages(ftrack_sandbox: SandboxServer, visitor: Visitor) -> None:
    session = ftrack_sandbox.session()
    owner = session.query("User where username is admin").one()
    for number in range(60):
        session.create("Job", {"data": json.dumps({"description": f"Job <{number}>"}), "user": owner})
    session.commit()
    first = visitor.get("/jobs").text
    assert 'href="/jobs?from=50"' in first
    second = visitor.get("/jobs?from=50").text
    assert (first + second).count("Job &lt;") == 60


@given(st.text() | st.none() | st.integers() | st.dictionaries(st.text(), st.text()))
def test_any_data_is_described(data: Any) -> None:
    for given_data in (data, json.dumps(data)):
        done = progress(describe(given_data))
        assert done is None or 0 <= done <= 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("Encoding a: 40 %", 0.4), ("12.5% done", 0.125), ("Sending 2 of 5: a", 0.4), ("0 of 0", None), ("300 %", 1.0)],
)
def test_progress_is_read_from_words(text: str, value: float | None) -> None:
    assert progress(text) == value


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(opened: Open, ftrack_sandbox: SandboxServer, scheme: str, width: int) -> None:
    session = ftrack_sandbox.session()
    job(session, "Encoding " + "x" * 300 + ": 10 %")
    job(session, "Failed " + "y" * 300, "failed")
    with opened(color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for address in ("/jobs", "/jobs?whose=all"):
            page.goto(address)
            assert_readable(page)
