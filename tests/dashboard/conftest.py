"""What the tests of the dashboard share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import browsing, page_of
from tests.dashboard.site import PASSWORD, VIEWER_PASSWORD, Site, fill
from tests.databases import database, postgresql

__all__ = ["database", "postgresql"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Machines that run many tests are slow.
    expect.set_options(timeout=20_000)
    with browsing() as browser:
        yield browser


@pytest.fixture
def site(database: str) -> Iterator[Site]:
    """A dashboard with two passwords on a database with a past, on SQLite and on PostgreSQL."""
    site = Site(database, password=PASSWORD, viewer_password=VIEWER_PASSWORD)
    site.store.prepare()
    fill(site.store)
    yield site
    site.store.close()


@pytest.fixture
def open_site(tmp_path: object) -> Iterator[Site]:
    """A dashboard on this machine, which asks for no password; on SQLite, with the same past."""
    site = Site(f"sqlite:///{tmp_path}/open.db")
    site.store.prepare()
    fill(site.store)
    yield site
    site.store.close()


@pytest.fixture
def address(open_site: Site) -> Iterator[str]:
    """The address of that dashboard, served."""
    with open_site.served() as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page of the browser for the served dashboard: ``page.goto("/runs")``."""
    with ExitStack() as stack:
        yield stack.enter_context(page_of(browser, base_url=address))
