"""Search: the runs that people ask for, newest first, a page at a time.

What a page costs does not grow with the history. Every condition has a list of runs in an index, in the order of their
ids. The search walks along the thinnest of these lists, in ever longer steps, and keeps what meets the other
conditions. It ends when the page is full, when the list is, or after :data:`MOST` runs; then it says how far it looked,
and the next page continues there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Select, func, select

from callboard.engine.store.conditions import EVERY, Condition, of_entity, of_label, of_run, of_word
from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import facets
from callboard.engine.store.tables import runs

#: Runs of a list that are looked at for one page, at most; in the first step; and how much longer the next step is.
MOST, FIRST, LONGER = 250_000, 500, 8
#: Runs of a list that are counted to see how thin it is.
SAMPLE = 5_000
#: Above every run.
_TOP = 2**31 - 1


@dataclass(frozen=True)
class Wanted:
    """The runs that somebody asks for; every condition that is given must hold.

    Attributes:
        words: Each begins a word of the names of the entity, what it hangs under, its project, list or automation, or
            of the person.
        entity: Its id.
        automation: Its name.
        project: Its id.
        person: The user name.
        state: A :class:`~callboard.engine.store.states.RunState`.
        why: The number of a kind of error or reason.
        since: When the run was stored at the earliest, in seconds since 1970.
        until: Before when it was stored.
    """

    words: Sequence[str] = ()
    entity: str | None = None
    automation: str | None = None
    project: str | None = None
    person: str | None = None
    state: str | None = None
    why: int | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True)
class Found:
    """A page of runs.

    Attributes:
        ids: Newest first.
        newer: Whether there are newer ones.
        older: Whether there may be older ones.
        looked_to: Where the search ended before the page was full, and continues; else None.
    """

    ids: list[int] = field(default_factory=list)
    newer: bool = False
    older: bool = False
    looked_to: int | None = None


@dataclass(frozen=True)
class _Range:
    """Runs between two ids, both excluded, in one direction."""

    low: int
    high: int
    down: bool

    def of(self, condition: Condition, most: int) -> Select[Any]:
        """Return the runs of a condition in this range, the nearest first if they are ordered."""
        return condition.between(self.low, self.high, most, down=self.down)

    def from_(self, run: int) -> _Range:
        """Return what lies behind a run."""
        return replace(self, high=run) if self.down else replace(self, low=run)

    def length(self, run: int) -> int:
        """Return how far a run is from the start."""
        return self.high - run if self.down else run - self.low


def find_runs(
    store: Store, wanted: Wanted, *, before: int | None = None, after: int | None = None, limit: int = 50
) -> Found:
    """Return a page of runs.

    Args:
        store: The database.
        wanted: Which runs.
        before: Only runs older than this one.
        after: Only runs newer than this one, those next to it.
        limit: Runs of a page, at most.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        _keep_to_indexes(connection)
        conditions = _conditions_of(connection, wanted)
        if conditions is None:
            return Found()
        low, high = _bounds(connection, wanted)
        if after is None:
            span = _Range(low, min(high, before or _TOP), down=True)
            ids, looked_to = _walk(connection, conditions, span, limit + 1)
            older = len(ids) > limit or looked_to is not None
            return Found(ids[:limit], before is not None, older, looked_to if len(ids) <= limit else None)
        ids, looked_to = _walk(connection, conditions, _Range(max(low, after), high, down=False), limit + 1)
        newer = len(ids) > limit or looked_to is not None
    if not newer:
        return find_runs(store, wanted, limit=limit)
    return Found(ids[:limit][::-1], newer, True, looked_to if len(ids) <= limit else None)


def _keep_to_indexes(connection: Connection) -> None:
    """Have lists read in the order of their index, however few runs the planner believes there are."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set local enable_sort = off; set local enable_bitmapscan = off")


def _conditions_of(connection: Connection, wanted: Wanted) -> list[Condition] | None:
    """Return the conditions that must hold, or None when no run can meet them."""
    found: list[Condition | None] = [of_word(connection, word) for word in wanted.words]
    keys = {"automation": wanted.automation, "project": wanted.project, "person": wanted.person}
    found += [of_label(connection, kind, key) for kind, key in keys.items() if key is not None]
    if wanted.entity is not None:
        found.append(of_entity(wanted.entity))
    values = ((runs.c.state, wanted.state), (runs.c.why, wanted.why))
    found += [of_run(column, value) for column, value in values if value is not None]
    conditions = [each for each in found if each is not None]
    return conditions if len(conditions) == len(found) else None


def _walk(
    connection: Connection, conditions: list[Condition], span: _Range, limit: int
) -> tuple[list[int], int | None]:
    """Return the nearest runs that meet all conditions, and where the walk ended early."""
    path, is_short = _thinnest(connection, conditions, span)
    others = [each for each in conditions if each is not path]
    found: list[int] = []
    looked, size = 0, MOST if is_short else FIRST
    while looked < MOST:
        step = span.of(path, min(size, MOST - looked)).subquery()
        checks = [check for each in others for check in each.check(step.c.run)]
        order = step.c.run.desc() if span.down else step.c.run
        found += connection.scalars(select(step.c.run).where(*checks).order_by(order).limit(limit - len(found)))
        if len(found) >= limit:
            return found, None
        count, end = _extent(connection, step, span)
        if count < size or end is None:
            return found, None
        looked, size, span = looked + count, size * LONGER, span.from_(end)
    return found, end


def _thinnest(connection: Connection, conditions: Sequence[Condition], span: _Range) -> tuple[Condition, bool]:
    """Return the condition with the fewest runs nearby, and whether its whole list is short."""
    if len(conditions) <= 1 and all(each.ordered for each in conditions):
        return (conditions[0] if conditions else EVERY), False
    ranked: list[tuple[int, int, int]] = []
    for place, condition in enumerate(conditions):
        count, end = _extent(connection, span.of(condition, SAMPLE).subquery(), span)
        if count < SAMPLE or end is None:
            ranked.append((0, count, place))
        elif condition.ordered:
            ranked.append((1, -span.length(end), place))
    if not ranked:
        return EVERY, False
    long, _, place = min(ranked)
    return conditions[place], not long


def _extent(connection: Connection, listing: Any, span: _Range) -> tuple[int, int | None]:
    """Return how many runs a list has, and the farthest of them."""
    end = func.min(listing.c.run) if span.down else func.max(listing.c.run)
    count, farthest = connection.execute(select(func.count(), end).select_from(listing)).one()
    return count, farthest


def _bounds(connection: Connection, wanted: Wanted) -> tuple[int, int]:
    """Return the ids between which the runs of a time are, both excluded."""
    low = 0 if wanted.since is None else _first_since(connection, wanted.since) - 1
    high = _TOP if wanted.until is None else _first_since(connection, wanted.until)
    return low, high


def _first_since(connection: Connection, moment: float) -> int:
    """Return the first run that was stored at a moment or later, or the number that it would have.

    Ids grow with time, so that twenty look-ups lead to it.
    """
    # One question each: both in one would read all of them on SQLite.
    low, high = (connection.scalar(select(each)) for each in (func.min(facets.c.run), func.max(facets.c.run)))
    if low is None or high is None:
        return 1
    high += 1
    while low < high:
        middle = (low + high) // 2
        next_one = select(facets.c.run, facets.c.stored).where(facets.c.run >= middle).order_by(facets.c.run).limit(1)
        run, stored = connection.execute(next_one).one()
        if stored >= moment:
            high = middle
        else:
            low = run + 1
    return int(low)
