"""The page of what people did on the pages."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.engine.store.log import read_entries

NAV = ("/log", "Log", "l")
#: Entries of a page.
_PAGE = 50


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""

    def show(request: Request) -> Response:
        before, after = (number_in(request, name) for name in ("before", "after"))
        # One more than are shown says whether there is another page.
        found = read_entries(context.store, before=before, after=after, limit=_PAGE + 1)
        more = len(found) > _PAGE
        entries = (found[-_PAGE:] if after is not None else found[:_PAGE]) if more else found
        newer = entries and (more if after is not None else before is not None)
        older = entries and (more if after is None else True)
        return context.pages.render(
            request,
            "log.html",
            entries=entries,
            newer=_address(after=entries[0].id) if newer else None,
            older=_address(before=entries[-1].id) if older else None,
        )

    return [Route("/log", show)]


def number_in(request: Request, name: str) -> int | None:
    """Return a number in the address of a page; None when there is none, or something else."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _address(**key: int | None) -> str:
    return f"/log?{urlencode(key)}"
