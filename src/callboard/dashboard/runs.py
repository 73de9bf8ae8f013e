"""The page of runs: one search box, filters as links, and a page of runs at a time."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.asked import AGES, IGNORED, Asked
from callboard.dashboard.context import Context
from callboard.dashboard.current import Shared
from callboard.dashboard.log import number_in
from callboard.engine.store.ignored import Place, find_ignored
from callboard.engine.store.recent import Choice, label_text, recent_choices, recent_whys
from callboard.engine.store.search import find_runs
from callboard.engine.store.states import RunState

NAV = ("/runs", "Runs", "r")
#: Runs of a page.
PAGE = 50
#: Choices of a filter, and seconds that they may be old.
_CHOICES, _FRESH = 12, 10.0
_AGES = {"1h": "last hour", "24h": "last 24 hours", "7d": "last 7 days", "30d": "last 30 days"}

#: A filter: its label, and its choices as (label, address, whether it is chosen, number).
Filter = tuple[str, list[tuple[str, str, bool, int | None]]]


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    filters = Filters(context)

    def show(request: Request) -> Response:
        asked = Asked.of(request.query_params)
        if asked.run is not None and context.history.runs(ids=[asked.run]):
            return RedirectResponse(f"/runs/{asked.run}", 303)
        found = _ignored(context, asked, request) if asked.state == IGNORED else _runs(context, asked, request)
        return context.pages.render(
            request,
            "runs.html",
            asked=asked,
            **filters.of(asked),
            bulk=[]
            if asked.state not in BULK
            else [(do, asked.address("/runs/all", do=do)) for do in BULK[asked.state]],
            **found,
        )

    return [Route("/runs", show)]


#: What can be done to all runs that a filter shows, by their state.
BULK: dict[str, tuple[str, ...]] = {"failed": ("retry", "ignore"), "waiting": ("ignore",)}


def _runs(context: Context, asked: Asked, request: Request) -> dict[str, Any]:
    """Return the page's runs, and the addresses of those around them."""
    wanted = asked.wanted(context.clock(), context.settings.studio.zone)
    before, after = (number_in(request, name) for name in ("before", "after"))
    found = find_runs(context.store, wanted, before=before, after=after, limit=PAGE)
    # If a search ended before its page was full, the next page continues there.
    ends = found.looked_to or (found.ids[-1] if found.ids else None)
    oldest = None if found.looked_to is None else context.history.runs(ids=[found.looked_to])
    return {
        "runs": context.history.runs(ids=found.ids) if found.ids else [],
        "newer": asked.address(after=found.ids[0])
        if found.newer and found.ids
        else asked.address()
        if before
        else None,
        "older": asked.address(before=ends) if found.older and ends is not None else None,
        "looked_to": oldest[0]["change"]["at"] if oldest else None,
    }


def _ignored(context: Context, asked: Asked, request: Request) -> dict[str, Any]:
    wanted = asked.wanted(context.clock(), context.settings.studio.zone)
    before = _place(request.query_params.get("before", ""))
    found = find_ignored(context.store, wanted, before=before, limit=PAGE)
    return {
        "runs": found.runs,
        "newer": asked.address() if before else None,
        "older": asked.address(before=f"{found.older[0]!r}:{found.older[1]}") if found.older else None,
        "looked_to": found.looked_to,
    }


def _place(text: str) -> Place | None:
    stored, _, key = text.partition(":")
    try:
        return (float(stored), key.replace("\0", "")) if key else None
    except ValueError:
        return None


class Filters:
    """The filters of the page, with what people are likely to choose."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._recent = {
            kind: Shared(functools.partial(recent_choices, context.store, kind, _CHOICES), _FRESH)
            for kind in ("project", "person")
        }
        self._whys = {
            state: Shared(functools.partial(recent_whys, context.store, state, _CHOICES), _FRESH)
            for state in (None, *RunState)
        }

    def of(self, asked: Asked) -> dict[str, Any]:
        """Return the filters that are always seen, those that open, and whether one of the latter is chosen."""
        states = [
            (state.value, state.value) for state in (RunState.WAITING, RunState.RUNNING, RunState.FAILED, RunState.DONE)
        ]
        automations = [(name, name) for name in sorted(self._context.settings.automations)]
        more = [
            self._filter("Automation", asked, "automation", automations),
            self._filter("Project", asked, "project", _pairs(self._recent["project"].get())),
            self._filter("Person", asked, "person", _pairs(self._recent["person"].get())),
        ]
        if asked.state != IGNORED:
            known = [state for state in RunState if state == asked.state]
            whys = self._whys[known[0] if known else None].get()
            more.append(self._filter("Why", asked, "why", [(str(each.number), each.text) for each in whys]))
        return {
            "filters": [
                self._filter("State", asked, "state", [*states, (IGNORED, IGNORED)]),
                self._filter("Seen", asked, "since", [(age, _AGES[age]) for age in AGES]),
            ],
            "more_filters": [each for each in more if len(each[1]) > 1],
            "is_filtered": any((asked.automation, asked.project, asked.person, asked.why)),
        }

    def _filter(self, label: str, asked: Asked, name: str, choices: Sequence[tuple[str, str]]) -> Filter:
        chosen = getattr(asked, name)
        if chosen and chosen not in dict(choices):
            text = self._text_of(name, chosen)
            choices = [*choices, (chosen, text or chosen)]
        every = [("all", asked.but(**{name: ""}).address(), not chosen, None)]
        return label, every + [
            (text, asked.but(**{name: "" if value == chosen else value}).address(), value == chosen, None)
            for value, text in choices
        ]

    def _text_of(self, name: str, chosen: str) -> str | None:
        if name not in ("project", "person", "why") or (name == "why" and not chosen.isdecimal()):
            return None
        return label_text(self._context.store, name, chosen)


def _pairs(choices: Sequence[Choice]) -> list[tuple[str, str]]:
    return [(choice.key, choice.text) for choice in choices]
