"""The page of jobs: uploads, encodes and syncs, how far they are, and how long they will take."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.dashboard.people import person_of
from callboard.engine.store.job_views import read_jobs, read_picture
from callboard.engine.store.jobs import cancel_jobs
from callboard.engine.store.states import OPEN
from callboard.errors import Refused
from callboard_pages import read_form

NAV = ("/jobs", "Jobs", "j")
#: Jobs that are over and are shown.
_OVER = 20


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""

    def show(request: Request) -> Response:
        jobs = read_jobs(context.store, list(context.registry.actions), over=_OVER)
        return context.pages.render(
            request,
            "jobs.html",
            open_jobs=[job for job in jobs if job.state in OPEN],
            over=[job for job in jobs if job.state not in OPEN],
            labels={name: action.label for name, action in context.registry.actions.items()},
        )

    def picture(request: Request) -> Response:
        found = read_picture(context.store, min(request.path_params["run"], 2**31 - 1))
        if found is None:
            raise HTTPException(404, "This job has no picture.")
        return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})

    async def cancel(request: Request) -> Response:
        await read_form(request)
        return await run_in_threadpool(_cancel, context, request)

    return [
        Route("/jobs", show),
        Route("/jobs/{run:int}/picture", picture),
        Route("/jobs/{run:int}/cancel", cancel, methods=["POST"]),
    ]


def _cancel(context: Context, request: Request) -> Response:
    run, person = request.path_params["run"], person_of(request)
    assert person is not None
    jobs = read_jobs(context.store, list(context.registry.actions), over=0)
    found = next((job for job in jobs if job.run == run), None)
    if found is None:
        raise Refused(f"Job {run} cannot be cancelled, since it is over; reload the page to see how it ended.")
    context.note(request, f"cancelled job {run}")
    cancel_jobs(context.store, [found.ftrack_job], f"{person.name} cancelled it on the dashboard.")
    return RedirectResponse("/jobs", 303)
