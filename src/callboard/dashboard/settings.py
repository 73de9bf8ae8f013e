"""The page *Settings*: the whole configuration in force, and where each value comes from."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.dashboard.settings_shown import settings_of


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    settings = context.settings
    named = {name: getattr(settings, name) for name in type(settings).model_fields}
    tables = [
        (name, settings_of(table, name, settings.origins))
        for name, table in named.items()
        if isinstance(table, BaseModel)
    ]
    missing = [name for name, table in named.items() if table is None and name != "source"]

    def show(request: Request) -> Response:
        return context.pages.render(
            request, "settings.html", tables=tables, missing=missing, source=settings.source or "the environment alone"
        )

    return [Route("/settings", show)]
