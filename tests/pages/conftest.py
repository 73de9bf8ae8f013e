"""An application that shows all parts of the pages, and a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from tests.browser import browsing

from callboard_pages import Live, Pages, read_form
from callboard_pages.charts import Series
from callboard_pages.headers import SecurityHeaders


class Gallery:
    """The page of all parts, with a text of the test's in every place where a text can stand."""

    def __init__(self) -> None:
        self.text = "Shot SH010"
        self.version = 0
        self.sent: list[str] = []
        self.views = 0
        self.after_view: Callable[[], None] = lambda: None
        nav = [("/", "Parts", "p"), ("/nowhere", "Nowhere", "n")]
        self.pages = Pages(
            Path(__file__).parent, product="Callboard", shared=lambda _: {"nav": nav, "live_address": "/live"}
        )
        self.live = Live(lambda: {"rows": self.version, "other": 0})
        self.app = Starlette(
            routes=[
                Route("/", self.show),
                Route("/", self.take, methods=["POST"]),
                Route("/live", self.live.answer),
                *self.pages.routes,
            ],
            middleware=[Middleware(SecurityHeaders), Middleware(SessionMiddleware, secret_key="test")],
            exception_handlers={HTTPException: self.pages.refuse},
        )

    def show(self, request: Request) -> HTMLResponse:
        self.views += 1
        steps = [f"{hour}:00" for hour in range(24)]
        series = [
            Series("first", [hour % 7 for hour in range(24)]),
            Series("second", [None if hour in (4, 9) else hour / 3 for hour in range(24)], "second"),
        ]
        values: dict[str, Any] = {
            "text": self.text,
            "moment": datetime(2026, 3, 1, tzinfo=UTC),
            "steps": steps,
            "series": series,
        }
        page = self.pages.render(request, "pages/gallery.html", live_state=self.live.state(), **values)
        self.after_view()
        return page

    async def take(self, request: Request) -> Response:
        form = await read_form(request)
        self.sent.append(str(form.get("name")))
        return RedirectResponse("/", 303)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def address(gallery: Gallery) -> Iterator[str]:
    """Serve the gallery, and return its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(gallery.app, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    gallery.live.close()
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
