"""The first page: what happens now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard.context import Context

NAV = ("/", "Now", "n")


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""

    def show(request: Request) -> Response:
        return context.pages.render(request, "now.html", counts=context.history.counts())

    return [Route("/", show)]
