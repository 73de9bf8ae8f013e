"""A sandbox with the demo project, and people who are signed in to its pages, with a browser or without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page
from tests.browser import browsing, page_of

from ftrack_sandbox.testing import SandboxServer

#: Opens a page in which the user is signed in; takes the user's name and the options of ``page_of``.
Open = Callable[..., AbstractContextManager[Page]]


class Visitor:
    """Somebody who is signed in, and fetches pages and sends forms without a browser."""

    def __init__(self, url: str, user: str = "admin") -> None:
        self.url = url
        self.session = requests.Session()
        self.post("/sign-in", user=user, asked_at="/sign-in")

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)

    def post(self, path: str, *, asked_at: str | None = None, files: Any = None, **fields: Any) -> requests.Response:
        """Send a form with the secret of the page that it stands on, which is by default where it is sent to."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(asked_at or path).text)
        assert found, f"{asked_at or path} has no form"
        return self.session.post(self.url + path, data={**fields, "csrf": found[1]}, files=files, timeout=60)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, ftrack_sandbox: SandboxServer) -> Open:
    """Return what opens a page of a fresh sandbox in which a user, by default the administrator, is signed in."""

    @contextmanager
    def open_page(user: str = "admin", **options: Any) -> Iterator[Page]:
        cookies = Visitor(ftrack_sandbox.url, user).session.cookies
        with page_of(browser, base_url=ftrack_sandbox.url, **options) as page:
            for each in cookies:
                page.context.add_cookies([{"name": each.name, "value": str(each.value), "url": ftrack_sandbox.url}])
            yield page

    return open_page


@pytest.fixture
def page(opened: Open) -> Iterator[Page]:
    """A page of a fresh sandbox in which the administrator is signed in."""
    with opened() as page:
        yield page


@pytest.fixture
def visitor(ftrack_sandbox: SandboxServer) -> Visitor:
    """The administrator of a fresh sandbox."""
    return Visitor(ftrack_sandbox.url)
