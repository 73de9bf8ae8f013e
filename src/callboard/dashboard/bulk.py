"""The second look before all runs that a filter shows are retried or ignored."""

from __future__ import annotations

import time
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.asked import Asked
from callboard.dashboard.context import Context
from callboard.dashboard.log import number_in
from callboard.dashboard.run import ignored_by
from callboard.dashboard.runs import BULK
from callboard.engine.store.ignoring import ignore_runs
from callboard.engine.store.search import find_runs
from callboard.errors import Refused
from callboard_pages import read_form

#: Runs that are counted before they are many, and of which some are shown.
_COUNTED, _SHOWN = 10_000, 8
#: Runs of one transaction, after which others have their turn; and seconds of one click.
_TOGETHER, _LONGEST = 200, 5.0


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""

    def look(request: Request) -> Response:
        asked, do = _asked(request.query_params), request.query_params.get("do", "")
        return context.pages.render(request, "bulk.html", **_looked_at(context, asked, do, number_in(request, "done")))

    async def act(request: Request) -> Response:
        form = await read_form(request)
        fields = {name: str(value) for name, value in form.items()}
        return await run_in_threadpool(_act, context, request, fields)

    return [Route("/runs/all", look), Route("/runs/all", act, methods=["POST"])]


def _asked(given: Any) -> Asked:
    """Return what is asked for.

    Raises:
        Refused: It is nothing that can be done to all.
    """
    asked = Asked.of(given)
    if given.get("do") not in BULK.get(asked.state, ()):
        raise Refused(
            "Only failed runs can be retried together, and only failed or waiting ones ignored: filter first."
        )
    return asked


def _looked_at(context: Context, asked: Asked, do: str, done: int | None) -> dict[str, Any]:
    wanted = asked.wanted(context.clock(), context.settings.studio.zone)
    found = find_runs(context.store, wanted, limit=_COUNTED)
    return {
        "asked": asked,
        "do": do,
        "done": done,
        "count": len(found.ids),
        "more": found.older,
        "newest": found.ids[0] if found.ids else 0,
        "runs": context.history.runs(ids=found.ids[:_SHOWN]) if found.ids else [],
    }


def _act(context: Context, request: Request, fields: dict[str, str]) -> Response:
    """Retry or ignore in small steps, for some seconds; the page then says how many remain."""
    asked, do = _asked(fields), fields["do"]
    newest = fields.get("newest", "")
    if not (newest.isascii() and newest.isdecimal() and len(newest) < 10):
        raise Refused("This form is incomplete; go back and reload the page.")
    sentence = ignored_by(request, fields.get("because", "")) if do == "ignore" else ""
    filters = ", ".join(f"{name} {value}" for name, value in asked.given.items())
    context.note(request, f"{do} all runs with {filters}, up to run {newest}{': ' + sentence if sentence else ''}")
    wanted = asked.wanted(context.clock(), context.settings.studio.zone)
    ends, before, done = time.monotonic() + _LONGEST, int(newest) + 1, 0
    while True:
        found = find_runs(context.store, wanted, before=before, limit=_TOGETHER)
        if found.ids:
            changed = (
                context.history.retry(found.ids) if do == "retry" else ignore_runs(context.store, found.ids, sentence)
            )
            done += len(changed)
        if not found.older or time.monotonic() > ends:
            break
        before = found.looked_to or found.ids[-1]
    return RedirectResponse(asked.address("/runs/all", do=do, done=done), 303)
