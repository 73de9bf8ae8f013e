"""The page of one run: what happened, what was done about it, and what can be done now."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.dashboard.deadline import Deadline
from callboard.dashboard.people import person_of
from callboard.engine.running.dry_run import dry_runs
from callboard.engine.running.plan import from_json
from callboard.engine.store.ignoring import ignore_runs
from callboard.engine.store.run_details import Details, read_run
from callboard.engine.store.states import RunState
from callboard.errors import Refused, TryAgain
from callboard.ftrack.links import link_to
from callboard_pages import read_form

#: Other runs of the same entity that are shown.
_OTHERS = 12
#: Seconds within which ftrack must have answered what a run would do now.
_PATIENCE = 10.0
#: Letters of the reason that somebody gives, at most.
_REASON = 300


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    deadline = Deadline(_PATIENCE)

    def show(request: Request) -> Response:
        return _page(context, request, _read(context, request))

    def show_now(request: Request) -> Response:
        """Show the run with what its automation would do about the entity now."""
        details = _read(context, request)
        return _page(context, request, details, now=_plan_now(context, deadline, details))

    async def retry(request: Request) -> Response:
        await read_form(request)
        return await run_in_threadpool(_retry, context, request)

    async def ignore(request: Request) -> Response:
        form = await read_form(request)
        return await run_in_threadpool(_ignore, context, request, str(form.get("because", "")))

    return [
        Route("/runs/{run:int}", show),
        Route("/runs/{run:int}/now", show_now),
        Route("/runs/{run:int}/retry", retry, methods=["POST"]),
        Route("/runs/{run:int}/ignore", ignore, methods=["POST"]),
    ]


def ignored_by(request: Request, why: str) -> str:
    """Return the sentence that a run which somebody ignores ends with.

    Raises:
        Refused: No reason is given.
    """
    person, reason = person_of(request), " ".join(why.replace("\0", "").split())[:_REASON]
    if not reason:
        raise Refused("Say why nothing is to be done, so that others know: fill in Why.")
    assert person is not None
    return f"Ignored by {person.name}: {reason}{'' if reason[-1] in '.!?' else '.'}"


def _read(context: Context, request: Request) -> Details:
    details = read_run(context.store, _number(request))
    if details is None:
        raise HTTPException(404, f"There is no run {_number(request)}; it may be older than the history.")
    return details


def _number(request: Request) -> int:
    number: int = request.path_params["run"]
    # What a database takes as an id.
    return min(number, 2**31 - 1)


def _page(context: Context, request: Request, details: Details, now: dict[str, Any] | None = None) -> Response:
    run = details.run
    others = context.history.runs(entity=details.entity, limit=_OTHERS + 1)
    trigger = context.registry.triggers.get(run["automation"])
    # A page with ftrack's answer is not kept live: it would ask ftrack again whenever some run ends.
    still: dict[str, Any] = {} if now is None else {"live_address": ""}
    return context.pages.render(
        request,
        "run.html",
        run=run,
        details=details,
        waits_for=_waits_for(details),
        plan=_plan_of(details),
        others=[other for other in others if other["id"] != run["id"]][:_OTHERS],
        link=link_to(context.settings.ftrack.server, details.entity.type, details.entity.id, details.project_id),
        may_plan=trigger is not None and trigger.entity_type == details.entity.type,
        may_retry=run["state"] == RunState.FAILED,
        may_ignore=run["state"] == RunState.FAILED or (run["state"] == RunState.WAITING and not details.is_job),
        now=now,
        **still,
    )


def _waits_for(details: Details) -> str | None:
    """Return what a waiting run waits for, in a sentence."""
    if details.run["state"] != RunState.WAITING:
        return None
    if details.run["paused"]:
        return f"{details.run['paused']} Resume it on the page Automations."
    if details.behind is not None:
        return f"Run {details.behind} of the same entity comes first."
    if details.run["error"]:
        return f"It is tried again: {details.run['error']}"
    return "It is taken when a server is free."


def _plan_of(details: Details) -> list[str]:
    """Return the effects of a plan that is not carried out yet, each as a phrase."""
    if details.plan is None or details.run["effects"]:
        return []
    try:
        return [effect.describe() for effect in from_json(details.plan)]
    except Refused as error:
        return [str(error)]


def _plan_now(context: Context, deadline: Deadline, details: Details) -> dict[str, Any]:
    """Return what the run's automation would do now: ``effects`` as phrases, ``reason`` why nothing, or ``problem``."""
    trigger = context.registry.triggers.get(details.run["automation"])
    if trigger is None:
        return {
            "effects": [],
            "reason": None,
            "problem": f"There is no automation {details.run['automation']} any more.",
        }
    try:
        plans = deadline.call(lambda: dry_runs(context.ftrack, context.settings, [trigger], details.entity))
    except (TryAgain, Refused) as error:
        return {"effects": [], "reason": None, "problem": str(error)}
    if not plans:
        problem = f"{trigger.name} does not handle a {details.entity.type} any more."
        return {"effects": [], "reason": None, "problem": problem}
    [planned] = plans
    effects = [effect.describe() for effect in planned.effects if effect.kind != "skip"]
    return {"effects": effects, "reason": planned.reason, "problem": planned.error}


def _retry(context: Context, request: Request) -> Response:
    run = _number(request)
    context.note(request, f"retried run {run}")
    if not context.history.retry([run]):
        raise Refused(f"Run {run} cannot be retried, since it has not failed; reload its page to see what it does.")
    return RedirectResponse(f"/runs/{run}", 303)


def _ignore(context: Context, request: Request, why: str) -> Response:
    run, sentence = _number(request), ignored_by(request, why)
    context.note(request, f"ignored run {run}: {sentence}")
    if not ignore_runs(context.store, [run], sentence):
        raise Refused(f"Run {run} cannot be ignored: it is being worked on, or it is over. Reload its page to see.")
    return RedirectResponse(f"/runs/{run}", 303)
