"""The order in which changes happened: by time, and within a second as statuses follow each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from callboard.engine.store.inbox import Sighting

T = TypeVar("T")


def in_order(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return sightings by time; those of one second, the finest there is, so that each follows the one before it."""
    ordered = sorted(sightings, key=lambda sighting: (sighting.change.at, sighting.change.kind != "created"))
    moments: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for index, sighting in enumerate(ordered):
        if sighting.change.kind == "status":
            moments[sighting.change.entity_id, sighting.change.at].append(index)
    for indexes in moments.values():
        steps = chain([ordered[index] for index in indexes], lambda one: (one.change.from_status, one.change.status))
        for index, sighting in zip(indexes, steps, strict=True):
            ordered[index] = sighting
    return ordered


def chain(steps: list[T], ends: Callable[[T], tuple[str | None, str | None]]) -> list[T]:
    """Return steps in an order in which each begins where the one before it ended, as far as there is one."""
    rest = list(steps)
    chained: list[T] = []
    while rest:
        reached = {ends(step)[1] for step in rest}
        here = ends(chained[-1])[1] if chained else None
        following = [step for step in rest if chained and ends(step)[0] == here]
        beginning = [step for step in rest if ends(step)[0] not in reached]
        step = next(iter(following or beginning or rest))
        rest.remove(step)
        chained.append(step)
    return chained
