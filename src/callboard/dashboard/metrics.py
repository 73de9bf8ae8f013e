"""The figures for Prometheus. Their names are documented in ``docs/operating.md``, and stay."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.dashboard.passwords import Passwords, TooManyError
from callboard.dashboard.people import person_of
from callboard.engine.store.figures import BOUNDS, CHANGES, Figures, read_totals
from callboard.engine.store.overview import Overview
from callboard.errors import TryAgain

_STATES = ("waiting", "running", "failed")


def routes(context: Context, passwords: Passwords) -> list[Route]:
    """Return the route: for whoever may see the pages, or sends a password of theirs (HTTP Basic, under any name).

    Args:
        context: What the pages share.
        passwords: Those of the pages.
    """

    async def metrics(request: Request) -> Response:
        if person_of(request) is None:
            try:
                allowed = passwords.check(request, given) if (given := _basic_password(request)) else None
            except TooManyError as error:
                text = f"Too many wrong passwords; try again in {error.wait:.0f} s.\n"
                return PlainTextResponse(text, 429, headers={"Retry-After": f"{error.wait:.0f}"})
            if allowed is None:
                ask = {"WWW-Authenticate": 'Basic realm="Callboard"'}
                return PlainTextResponse("Send dashboard.viewer_password, or dashboard.password.\n", 401, headers=ask)
        try:
            figures = await run_in_threadpool(metrics_text, context)
        except TryAgain as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(figures, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return [Route("/metrics", metrics)]


def metrics_text(context: Context) -> bytes:
    """Return all figures in Prometheus' format.

    Raises:
        TryAgain: The database cannot be reached.
    """
    now, totals = context.overview(), read_totals(context.store)
    registry = CollectorRegistry()
    registry.register(
        _Figures(lambda: itertools.chain(_present(now, context), _past(totals, context.settings.automations)))
    )
    return generate_latest(registry)


class _Figures(Collector):
    """Figures that are made when they are asked for."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def collect(self) -> Iterator[Metric]:
        return self._collect()


def _basic_password(request: Request) -> str:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(text, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return decoded.partition(":")[2]


def _present(now: Overview, context: Context) -> Iterator[Metric]:
    yield from _runs(now, sorted({*context.settings.automations, *(each.automation for each in now.groups)}))
    oldest = 0.0 if now.oldest is None else max(now.at - now.oldest, 0.0)
    yield _gauge("callboard_oldest_waiting_seconds", "Age of the change whose run waits longest.", oldest)
    behind = 0.0 if now.behind is None else max(now.at - now.behind, 0.0)
    yield _gauge("callboard_reading_behind_seconds", "Age of the backlog of changes that is being read.", behind)
    connected = float(now.hub == "connected")
    yield _gauge("callboard_hub_connected", "Whether a server hears the events of ftrack.", connected)
    yield _gauge("callboard_watch_held", "Whether a server reads ftrack.", float(now.watching is not None))
    yield _gauge("callboard_servers", "Event servers that live.", len(now.servers))
    yield _gauge("callboard_stuck", "Threads that do not come back from their work.", len(now.stuck))
    yield from _servers(now)


def _runs(now: Overview, automations: list[str]) -> Iterator[Metric]:
    runs = GaugeMetricFamily("callboard_runs", "Runs by state, up to 10,000 each.", labels=["automation", "state"])
    for name in automations:
        for state in _STATES:
            runs.add_metric([name, state], now.count(state, name))
    yield runs
    jobs = GaugeMetricFamily("callboard_jobs", "Jobs of actions by state, up to 10,000 each.", labels=["state"])
    for state in _STATES:
        jobs.add_metric([state], sum(each.count for each in now.groups if each.is_job and each.state == state))
    yield jobs
    paused = GaugeMetricFamily("callboard_paused", "Whether somebody paused an automation.", labels=["automation"])
    for name in automations:
        paused.add_metric([name], float(name in now.paused))
    yield paused


def _servers(now: Overview) -> Iterator[Metric]:
    hears = GaugeMetricFamily(
        "callboard_server_hears", "Whether a server hears the events of ftrack.", labels=["server"]
    )
    watches = GaugeMetricFamily(
        "callboard_server_watches", "Whether a server is the one that reads ftrack.", labels=["server"]
    )
    lanes = GaugeMetricFamily("callboard_server_lanes", "Lanes that a server has in hand.", labels=["server"])
    echo = GaugeMetricFamily("callboard_server_echo_age_seconds", "Age of its last echo.", labels=["server"])
    for each in now.servers:
        hears.add_metric([each.name], float(each.hears))
        watches.add_metric([each.name], float(each.watches))
        lanes.add_metric([each.name], len(each.lanes))
        if each.heard is not None:
            echo.add_metric([each.name], max(now.at - each.heard, 0.0))
    yield from (hears, watches, lanes, echo)


def _past(totals: Mapping[str, Figures], automations: Iterable[str]) -> Iterator[Metric]:
    changes = CounterMetricFamily("callboard_changes", "Changes that were stored.")
    changes.add_metric([], totals.get(CHANGES, Figures()).changes)
    yield changes
    finished = CounterMetricFamily("callboard_runs_finished", "Runs that ended.", labels=["automation", "state"])
    effects = CounterMetricFamily("callboard_effects", "Effects that were carried out.", labels=["automation"])
    tries = CounterMetricFamily("callboard_tries", "Tries of the runs that ended.", labels=["automation"])
    took = HistogramMetricFamily(
        "callboard_time_to_effect_seconds", "Time from a change in ftrack to its effect.", labels=["automation"]
    )
    # An automation that has done nothing yet has figures too, so that its first failure is seen as a growth.
    for name in sorted({*automations, *totals} - {CHANGES}):
        each = totals.get(name, Figures())
        finished.add_metric([name, "done"], each.done)
        finished.add_metric([name, "failed"], each.failed)
        effects.add_metric([name], each.effects)
        tries.add_metric([name], each.tries)
        bounds = [*(str(float(bound)) for bound in BOUNDS), "+Inf"]
        took.add_metric([name], list(zip(bounds, itertools.accumulate(each.took), strict=True)), sum_value=each.seconds)
    yield from (finished, effects, tries, took)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
