"""The first page: what happens now, what waits and for what, and how quick it was."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.dashboard.trends import PERIODS, Period, Trends, read_trends
from callboard.engine.store.overview import Group, Overview
from callboard.settings import Settings

NAV = ("/", "Now", "n")
#: Seconds that a chart may be old: its time moves on, also when nothing happens.
_CHARTS = 60.0
#: Reasons to wait that are listed.
_REASONS = 12


@dataclass(frozen=True)
class Reason:
    """A reason for which runs wait.

    Attributes:
        text: A phrase or a sentence.
        count: How many runs.
        automations: Whose.
        first: The number of the one that was stored first.
        next_try: When the first of them is tried again, in seconds since 1970; None when that is not known.
    """

    text: str
    count: int
    automations: Sequence[str]
    first: int
    next_try: float | None


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    reads = {name: functools.partial(_trends, context, period) for name, period in PERIODS.items()}
    trends = {name: context.answers.share(read, _CHARTS, "figures") for name, read in reads.items()}

    def show(request: Request) -> Response:
        period = request.query_params.get("over", "hour")
        chosen = trends.get(period, trends["hour"])()
        now = context.overview()
        return context.pages.render(
            request,
            "now.html",
            now=now,
            server=context.settings.ftrack.server,
            reasons=reasons_of(now.groups, now.paused),
            trends=chosen,
            periods=[(name, f"/?over={name}", name == chosen.period.name, None) for name in PERIODS],
            automations=_automations(context.settings, now, chosen),
            runs_address=runs_address,
        )

    return [Route("/", show)]


def runs_address(**filters: str) -> str:
    """Return the address of the runs that a filter shows."""
    return f"/runs?{urlencode(filters)}"


def reasons_of(groups: Sequence[Group], paused: Mapping[str, object]) -> list[Reason]:
    """Return what runs wait for, the most frequent first."""
    by_text: dict[str, list[Group]] = {}
    for group in groups:
        if group.state == "waiting":
            by_text.setdefault(_wait(group, paused), []).append(group)
    found = [
        Reason(
            text=text,
            count=sum(each.count for each in some),
            automations=sorted({each.automation for each in some}),
            first=min(each.first for each in some),
            next_try=min((each.next_try for each in some if each.error), default=None),
        )
        for text, some in by_text.items()
    ]
    found.sort(key=lambda each: (-each.count, each.text))
    rest = found[_REASONS:]
    if rest:
        automations = sorted({name for each in rest for name in each.automations})
        count, first = sum(each.count for each in rest), min(each.first for each in rest)
        found[_REASONS:] = [Reason(f"{len(rest)} further reasons", count, automations, first, None)]
    return found


def _wait(group: Group, paused: Mapping[str, object]) -> str:
    if group.automation in paused:
        return "somebody to resume the automation, which is paused"
    if group.behind:
        return "an earlier run of the same entity"
    return group.error or "their turn"


def _automations(settings: Settings, now: Overview, trends: Trends) -> list[dict[str, object]]:
    """Return a row for each automation that is on, or that has something to show."""
    rows: list[dict[str, object]] = []
    for name in sorted({*settings.automations, *(group.automation for group in now.groups)}):
        known, past = settings.automations.get(name), trends.of(name)
        counts = {state: now.count(state, name) for state in ("waiting", "running", "failed")}
        state = "paused" if name in now.paused else "off" if known is None or not known.enabled else "on"
        if state != "off" or any(counts.values()):
            rows.append({"name": name, "state": state, "done": past.done, "median": past.quantile(0.5)} | counts)
    return rows


def _trends(context: Context, period: Period) -> Trends:
    return read_trends(context.store, period, context.clock(), context.settings.studio.zone)
