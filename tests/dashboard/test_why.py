"""The page *Why not?*: for entities with a past, without one, and for whatever people paste."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from tests.browser import assert_readable, page_of
from tests.dashboard.site import Site

from callboard.engine.store.pauses import pause, resume

NOBODY = "11111111-2222-3333-4444-555555555555"


def test_it_is_two_clicks_from_anywhere(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Why not?").click()
    page.get_by_role("searchbox").fill("Task:e2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("e2")
    failed = page.locator("#of-create_task_folder")
    expect(failed.locator("summary")).to_contain_text("The folder /data/<b>production</b> does not exist; create it.")
    expect(failed).to_contain_text("callboard retry")
    expect(failed.get_by_role("link", name="Run")).to_have_attribute("href", re.compile(r"/runs/\d+"))
    expect(page.locator("#why")).to_contain_text("ftrack did not answer")


def test_it_stays_up_to_date(page: Page, open_site: Site) -> None:
    page.goto("/why?q=Task:e3")
    waiting = page.locator("#of-create_task_folder summary")
    expect(waiting).to_contain_text("no event server is running")
    pause(open_site.store, "create_task_folder", by="nadia", why="<b>the storage</b> moves")
    expect(waiting).to_contain_text("nadia paused create_task_folder")
    expect(waiting).to_contain_text("<b>the storage</b> moves")
    resume(open_site.store, "create_task_folder")
    expect(waiting).to_contain_text("no event server is running")


def test_a_link_may_name_the_entity(open_site: Site) -> None:
    client = open_site.client()
    for name in ("q", "entity"):
        assert "name of e2" in client.get("/why", params={name: "Task:e2"}).text


def test_what_names_no_entity_is_said(page: Page) -> None:
    page.goto("/why?q=SH010 comp")
    expect(page.get_by_role("status")).to_contain_text("This names no entity: SH010 comp")
    expect(page.get_by_role("link", name="Search the runs")).to_have_attribute("href", "/runs?q=SH010%20comp")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(browser: Browser, address: str, scheme: str, width: int) -> None:
    with page_of(browser, base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for path in ("/why", "/why?q=Task:e2", f"/why?q=Task:{NOBODY}", "/why?q=" + "x" * 300):
            page.goto(path)
            assert_readable(page)


def test_keys_lead_to_it_and_through_it(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/why")
    page.keyboard.press("/")
    page.keyboard.type("Task:e0")
    page.keyboard.press("Enter")
    done = page.locator("#of-create_task_folder")
    done.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(done.get_by_text("Is it not paused?")).to_be_visible()


@given(st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", "Task:<b>", "https://x/#entityId=<i>"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_pasted_stays_a_text(open_site: Site, asked: str) -> None:
    answer = open_site.client().get("/why", params={"q": asked})
    assert answer.status_code == 200
    assert not re.search(r"<(script>|b>|i>)", answer.text)
