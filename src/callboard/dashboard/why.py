"""The page *Why not?*: why something was done for an entity, or why nothing was."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.explain.decide import explain
from callboard.explain.gather import Gatherer
from callboard.explain.shown import Asker
from callboard.explain.tree import Cause
from callboard.ftrack import Ftrack
from callboard.ftrack.links import read_entity

NAV = ("/why", "Why not?", "w")

#: Seconds that a page waits for ftrack, and for which its answer is good on pages that stay open.
_PATIENCE, _REMEMBER = 10.0, 10.0
#: Characters of what is asked for.
_LONGEST = 2000
#: Causes in which nothing is amiss: the automation has done its part, or has none.
QUIET = {Cause.DONE, Cause.KIND, Cause.STATUS, Cause.NOT_LAUNCHED, Cause.NOTHING_HAPPENED}
#: Causes as states that have a colour.
_STATES = {Cause.DONE: "done", Cause.FAILED: "failed", Cause.RUNNING: "running", Cause.PAUSED: "paused"}
_WAITING = {Cause.WAITING, Cause.SOON, Cause.BEHIND, Cause.NOT_HEARD, Cause.DOWN, Cause.NEVER_STARTED}


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    settings = context.settings
    asker = Asker(settings, context.registry, Ftrack.of(settings.ftrack, timeout=_PATIENCE), remember=_REMEMBER)
    gatherer = Gatherer(settings, context.registry, context.store, asker)

    def show(request: Request) -> Response:
        # What somebody typed, or the entity that another page links to.
        given = request.query_params.get("q") or request.query_params.get("entity", "")
        asked = given.strip()[:_LONGEST]
        named = read_entity(asked)
        explanation = None if named is None else explain(gatherer.facts_about(named))
        return context.pages.render(
            request, "why.html", asked=asked, explanation=explanation, state_of=state_of, quiet=QUIET
        )

    return [Route("/why", show)]


def state_of(cause: Cause) -> str:
    """Return the state whose colour a cause has."""
    if cause in _STATES:
        return _STATES[cause]
    if cause in _WAITING:
        return "waiting"
    return "off" if cause in QUIET else "warn"
