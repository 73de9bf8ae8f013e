"""A real Chromium for tests of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from scripts.find_chromium import FLAGS, find_chromium

#: The browser of this process: a process can have one of playwright's at a time.
_running: list[Browser] = []


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser, or share the one that runs; skips the test where the system has none."""
    if _running:
        yield _running[0]
        return
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium on this machine: install one, or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        _running.append(browser)
        yield browser
        _running.clear()
        browser.close()


@contextmanager
def page_of(browser: Browser, *, problems: bool = True, **options: object) -> Iterator[Page]:
    """Open a page in a context of its own, and fail if its console shows an error or a script throws.

    Args:
        browser: The browser.
        problems: Whether such errors fail the test; a test of refused requests sees the browser report them.
        options: What the context gets: ``viewport``, ``color_scheme``, ``base_url`` and so on.
    """
    context: BrowserContext = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    seen: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    if problems:
        assert not seen, f"the browser reports: {seen}"


def assert_readable(page: Page) -> None:
    """Look whether everybody can read a page: WCAG 2.1 at level AA, and no scrolling sideways."""
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert not found.response["violations"], f"{page.url}: {found.generate_report()}"
    assert page.viewport_size is not None
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.viewport_size["width"], f"{page.url} is {wide} pixels wide"


def tags(text: str) -> set[str]:
    """Return the tags of a page, each with the names of its attributes: what texts must not add to."""
    found = set()
    for tag in re.findall(r"<[a-zA-Z/!](?:[^>\"]|\"[^\"]*\")*>", text):
        name = re.match(r"</?\w*", tag)
        assert name
        found.add(name[0] + " " + " ".join(re.findall(r"\s([\w-]+)(?==|\s|>)", re.sub(r'"[^"]*"', '""', tag))))
    return found
