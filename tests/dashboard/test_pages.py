"""The pages of the frame in a browser: read by everybody, live, usable by keys, closed to whoever has no password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from tests.browser import assert_readable, page_of
from tests.dashboard.site import PASSWORD, VIEWER_PASSWORD, Site, fill

from callboard.engine.store.log import Entry, add_entry
from callboard.engine.store.servers import sign_in
from callboard.engine.store.tables import runs, servers


@pytest.fixture
def closed(tmp_path: object) -> Iterator[tuple[Site, str]]:
    """A dashboard with passwords, and its address."""
    site = Site(f"sqlite:///{tmp_path}/closed.db", password=PASSWORD, viewer_password=VIEWER_PASSWORD)
    site.store.prepare()
    fill(site.store)
    with site.served() as address:
        yield site, address
    site.store.close()


def enter(page: Page, password: str = PASSWORD, name: str = "Thandi") -> None:
    """Fill in the form, and send it by the keyboard."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_the_pages(browser: Browser, address: str, open_site: Site, scheme: str, width: int) -> None:
    sign_in(open_site.store, "s1", "connected", ["A worker waits for /mnt/dead."], None, echo_age=4)
    add_entry(open_site.store, Entry("Thandi", "full", "10.0.0.7", "retried run 1"))
    viewport = {"width": width, "height": 900}
    with page_of(browser, base_url=address, color_scheme=scheme, viewport=viewport) as page:
        for path in ("/", "/?over=month", "/log"):
            page.goto(path)
            assert_readable(page)


def test_the_first_page_shows_who_works_what_waits_and_what_failed(page: Page, open_site: Site) -> None:
    page.goto("/")
    expect(page.get_by_role("alert")).to_contain_text("No event server works on this database")
    expect(page.get_by_role("link", name="3").first).to_be_visible()
    expect(page.locator("#now")).to_contain_text("Slack does not answer.")
    page.get_by_role("link", name="create_task_folder").last.hover()
    failed = page.locator('a[href="/runs?state=failed&automation=create_task_folder"]')
    expect(failed).to_have_text("1")


def test_the_first_page_follows_what_happens(page: Page, open_site: Site) -> None:
    page.goto("/")
    expect(page.locator("#now")).to_contain_text("down")
    sign_in(open_site.store, "s1", "connected", [], None, echo_age=4)
    expect(page.locator("#now")).to_contain_text("connected")
    with open_site.store.writing() as connection:
        connection.execute(update(runs).where(runs.c.state == "failed").values(state="done", finished=1e9))
    expect(page.locator("#now")).to_contain_text("nothing failed")
    with open_site.store.writing() as connection:
        connection.execute(servers.update().values(hub="disconnected"))
    expect(page.locator("#now")).to_contain_text("Changes are found by looking every few seconds")


def test_an_open_page_is_quiet_while_nothing_happens(page: Page) -> None:
    asked: list[str] = []
    page.goto("/")
    expect(page.locator("#now")).to_be_visible()
    page.on("request", lambda request: asked.append(request.url))
    # A look at what changed is made each second: three of them ask for nothing.
    page.wait_for_timeout(3500)
    assert asked == []


def test_pages_are_reached_by_keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="Log")).to_be_visible()
    expect(page.locator(".empty")).to_contain_text("Nobody has changed anything here")
    page.goto("/")
    page.keyboard.press("j")
    expect(page.locator("tr[aria-selected=true] a")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("go to Log")


def test_the_password_opens_and_the_button_closes(browser: Browser, closed: tuple[Site, str]) -> None:
    with page_of(browser, base_url=closed[1]) as page:
        page.goto("/log")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert_readable(page)
        enter(page)
        expect(page.get_by_role("heading", name="Log")).to_be_visible()
        expect(page.locator(".top-end")).to_contain_text("Thandi")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        page.goto("/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_wrong_passwords_are_refused_and_then_not_looked_at(browser: Browser, closed: tuple[Site, str]) -> None:
    with page_of(browser, problems=False, base_url=closed[1]) as page:
        page.goto("/")
        for _ in range(5):
            enter(page, "wrong")
            expect(page.locator(".error")).to_have_text("This is not the password.")
        enter(page, PASSWORD)
        expect(page.locator(".error")).to_contain_text(re.compile(r"Too many wrong passwords; try again in \d+ s\."))
        assert_readable(page)


def test_a_form_from_elsewhere_is_refused(browser: Browser, closed: tuple[Site, str]) -> None:
    with page_of(browser, problems=False, base_url=closed[1]) as page:
        page.goto("/")
        enter(page)
        expect(page.locator(".top-end")).to_contain_text("Thandi")
        page.evaluate("document.querySelector('form.inline [name=csrf]').value = 'guessed'")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("alert")).to_contain_text("This form is too old, or it was not sent from this page")
        page.goto("/")
        expect(page.locator(".top-end")).to_contain_text("Thandi")


def test_an_open_page_notices_that_its_session_ended(browser: Browser, closed: tuple[Site, str]) -> None:
    site, address = closed
    with page_of(browser, problems=False, base_url=address) as page:
        page.goto("/")
        enter(page)
        expect(page.locator("#now")).to_be_visible()
        page.context.clear_cookies()
        sign_in(site.store, "s1", "connected", [], None)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_pages_work_without_scripts(browser: Browser, closed: tuple[Site, str]) -> None:
    with page_of(browser, base_url=closed[1], java_script_enabled=False) as page:
        page.goto("/")
        enter(page, VIEWER_PASSWORD)
        page.get_by_role("link", name="month").click()
        expect(page).to_have_url(re.compile(r"\?over=month"))
        expect(page.locator(".top-end")).to_contain_text("read-only")


def test_a_database_that_comes_back_brings_the_pages_back(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "drive"
    site = Site(f"sqlite:///{folder}/callboard.db")
    with site.served() as address, page_of(browser, problems=False, base_url=address) as page:
        for path in ("/", "/log"):
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 503
            expect(page.get_by_role("alert")).to_contain_text("The database cannot be used")
        folder.mkdir()
        site.store.prepare()
        # The page asks again by itself.
        expect(page.locator(".empty")).to_contain_text("Nobody has changed anything here")
    site.store.close()
