"""The pages *Automations*: each with its settings in force, what it did lately, and a switch to pause it."""

from __future__ import annotations

import functools
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.about import About, about
from callboard.dashboard.context import Context
from callboard.dashboard.people import person_of
from callboard.dashboard.settings_shown import settings_of
from callboard.dashboard.trends import PERIODS, Trends, read_trends
from callboard.engine.store.overview import Overview
from callboard.engine.store.pauses import pause, read_pauses, resume
from callboard_pages import read_form
from callboard_pages.charts import Series, bars

NAV = ("/automations", "Automations", "a")

#: Seconds that a chart may be old.
_CHARTS = 10.0
#: Runs that the page of an automation shows.
_RUNS = 10


def routes(context: Context) -> list[Route]:
    """Return the routes of these pages."""
    pages = _Pages(context)
    return [
        Route("/automations", pages.show_all),
        Route("/automations/{name}", pages.show),
        Route("/automations/{name}/pause", pages.pause, methods=["POST"]),
        Route("/automations/{name}/resume", pages.resume, methods=["POST"]),
    ]


class _Pages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._about = {each.name: about(each, context.settings) for each in context.registry.automations.values()}
        reads = {name: functools.partial(_read_trends, context, name) for name in PERIODS}
        self._trends = {name: context.answers.share(read, _CHARTS, "figures") for name, read in reads.items()}

    def show_all(self, request: Request) -> Response:
        now, day = self._context.overview(), self._trends["day"]()
        rows = [self._row(each, now, day) for each in self._about.values()]
        order = {"paused": 0, "on": 1, "off": 2}
        rows.sort(key=lambda row: order[str(row["state"])])
        return self._context.pages.render(request, "automations.html", rows=rows, more=now.more)

    def show(self, request: Request) -> Response:
        return self._show(request, self._named(request))

    async def pause(self, request: Request) -> Response:
        """Pause an automation, with the reason in the form."""
        form = await read_form(request)
        known, why = self._named(request), str(form.get("why") or "").strip()
        if not why:
            return await run_in_threadpool(
                self._show, request, known, "Say why, so that others know when to resume it."
            )
        await run_in_threadpool(self._pause, request, known.name, why)
        return RedirectResponse(f"/automations/{known.name}", 303)

    async def resume(self, request: Request) -> Response:
        """Resume an automation."""
        await read_form(request)
        known = self._named(request)
        await run_in_threadpool(self._resume, request, known.name)
        return RedirectResponse(f"/automations/{known.name}", 303)

    def _pause(self, request: Request, name: str, why: str) -> None:
        person = person_of(request)
        self._context.note(request, f"paused {name}: {why}")
        pause(self._context.store, name, by=person.name if person else "somebody", why=why)

    def _resume(self, request: Request, name: str) -> None:
        self._context.note(request, f"resumed {name}")
        resume(self._context.store, name)

    def _named(self, request: Request) -> About:
        name = request.path_params["name"]
        if name not in self._about:
            raise HTTPException(404, f"There is no automation {name[:100]}; the page Automations lists all.")
        return self._about[name]

    def _show(self, request: Request, known: About, mistake: str | None = None) -> Response:
        context, period = self._context, request.query_params.get("over", "day")
        trends = _of_one(self._trends.get(period, self._trends["day"])(), known.name)
        ended = [sum(each.done + each.failed for each in step.values()) for step in trends.figures]
        count = f"{sum(ended):,} within the last {trends.period.name}" if any(ended) else "none"
        return context.pages.render(
            request,
            "automation.html",
            status=400 if mistake else 200,
            known=known,
            row=self._row(known, context.overview(), trends),
            pause=read_pauses(context.store).get(known.name),
            settings=settings_of(
                context.settings.automation(known.name), f"automations.{known.name}", context.settings.origins
            ),
            runs=context.history.runs(automation=known.name, limit=_RUNS, ignored=False),
            trends=trends,
            periods=[(f"{name}", f"?over={name}", name == trends.period.name, None) for name in PERIODS],
            chart=bars(f"Runs that ended over the last {trends.period.name}", trends.labels, Series("runs", ended)),
            about_chart=count,
            mistake=mistake,
        )

    def _row(self, known: About, now: Overview, trends: Trends) -> dict[str, object]:
        counts = {state: now.count(state, known.name) for state in ("waiting", "running", "failed")}
        state = "off" if known.off else "paused" if known.name in now.paused else "on"
        return {"known": known, "state": state, "done": trends.of(known.name).done} | counts


def _read_trends(context: Context, period: str) -> Trends:
    return read_trends(context.store, PERIODS[period], context.clock(), context.settings.studio.zone)


def _of_one(trends: Trends, automation: str) -> Trends:
    """Return the same period, of one automation alone."""
    figures = [{automation: step[automation]} if automation in step else {} for step in trends.figures]
    return replace(trends, figures=figures)
