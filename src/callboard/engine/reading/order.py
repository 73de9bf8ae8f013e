"""The order in which changes happened: by time, and within a second as statuses follow each other."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from callboard.engine.store.sightings import Sighting

T = TypeVar("T")


def in_order(sightings: Iterable[Sighting], starts: Mapping[str, str] | None = None) -> list[Sighting]:
    """Return sightings by time; those of one second, the finest there is, so that each follows the one before it.

    Args:
        sightings: Any order.
        starts: The statuses that entities had before, by their ids; needed where that is not clear from the changes.
    """
    ordered = sorted(sightings, key=lambda sighting: (sighting.change.at, sighting.change.kind != "created"))
    moments: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for index, sighting in enumerate(ordered):
        if sighting.change.kind == "status":
            moments[sighting.change.entity_id, sighting.change.at].append(index)
    reached: dict[str, str | None] = dict(starts or {})
    for (entity_id, _), indexes in moments.items():
        steps = chain([ordered[index] for index in indexes], _ends, reached.get(entity_id))
        for index, sighting in zip(indexes, steps, strict=True):
            ordered[index] = sighting
        reached[entity_id] = steps[-1].change.status
    return ordered


def _ends(sighting: Sighting) -> tuple[str | None, str | None]:
    return sighting.change.from_status, sighting.change.status


def chain(steps: Sequence[T], ends: Callable[[T], tuple[str | None, str | None]], start: str | None = None) -> list[T]:
    """Return steps in an order in which each begins where the one before it ended, as far as there is one.

    It is a walk that uses every step once (an Eulerian path, found by Hierholzer's algorithm). Where steps are missing,
    it has as few gaps as possible.

    Args:
        steps: Any order.
        ends: Where a step begins and ends.
        start: Where the walk begins if its steps leave that open, as those of a round trip do.
    """
    leaving: dict[str | None, deque[tuple[str | None, T | None]]] = defaultdict(deque)
    balance: Counter[str | None] = Counter()
    for step in steps:
        begin, end = ends(step)
        leaving[begin].append((end, step))
        balance[begin] += 1
        balance[end] -= 1
    begins = [place for place, more in balance.items() for _ in range(more)]
    stops = [place for place, more in balance.items() for _ in range(-more)]
    if start in begins:
        begins.sort(key=lambda place: place != start)
    # A gap is a step that nobody took, from where one part of the walk stops to where another one begins.
    for stop, begin in zip(stops, begins[1:], strict=False):
        leaving[stop].append((begin, None))
    walked: list[T] = []
    places = deque([*begins[:1], *([start] if start in balance else []), *(ends(step)[0] for step in steps)])
    while places:
        walked += _walk(places.popleft(), leaving)
    return walked


def _walk(start: str | None, leaving: dict[str | None, deque[tuple[str | None, T | None]]]) -> list[T]:
    """Walk from a place until every step that can be reached is used up, and come back from detours."""
    stack: list[tuple[str | None, T | None]] = [(start, None)]
    walked: list[T] = []
    while stack:
        if steps := leaving[stack[-1][0]]:
            stack.append(steps.popleft())
        else:
            step = stack.pop()[1]
            if step is not None:
                walked.append(step)
    return walked[::-1]
