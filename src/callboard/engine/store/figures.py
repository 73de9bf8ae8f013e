"""Figures for charts: each minute is counted once when it is over, and added to longer spans and to the totals.

Counting reads the changes and runs of that minute by an index, so it costs as much per change whatever the history is;
showing a chart reads as many rows as it has bars.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from callboard.engine.store.batches import records_of
from callboard.engine.store.database import Store, now
from callboard.engine.store.page_tables import figures
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, runs

#: Upper ends, in seconds, of the classes into which times to effect are sorted; one more class has all that are longer.
BOUNDS = (
    0.1,
    0.2,
    0.35,
    0.5,
    0.75,
    1,
    1.5,
    2,
    3,
    5,
    7.5,
    10,
    15,
    20,
    30,
    45,
    60,
    120,
    300,
    600,
    1800,
    3600,
    21600,
    86400,
)
#: The spans of charts in seconds, and for how long each is kept: for an hour, a day and a month.
MINUTE, QUARTER, SHIFT = 60, 900, 21600
KEPT = {MINUTE: 3 * 3600, QUARTER: 3 * 86400, SHIFT: 100 * 86400}
#: The span of everything since counting began.
TOTAL = 0
#: The automation of the rows that count changes.
CHANGES = ""
#: Seconds after its end at which a minute is counted: by then all that ended in it is written.
LATE = 15
#: Seconds of the past that a first count includes.
_PAST = 30 * 86400
#: Seconds that :func:`count_now` looks back, at most: longer is only what nobody has counted since servers ended.
_RECENT = 180


@dataclass(frozen=True)
class Figures:
    """Changes that were stored and runs that ended within a span of time, of one automation or of several."""

    changes: int = 0
    done: int = 0
    failed: int = 0
    effects: int = 0
    tries: int = 0
    took: tuple[int, ...] = field(default=(0,) * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def __add__(self, other: Figures) -> Figures:
        """Return what happened in both."""
        return Figures(
            self.changes + other.changes,
            self.done + other.done,
            self.failed + other.failed,
            self.effects + other.effects,
            self.tries + other.tries,
            tuple(mine + its for mine, its in zip(self.took, other.took, strict=True)),
            self.seconds + other.seconds,
        )

    def quantile(self, share: float) -> float | None:
        """Return the time to effect that this share of runs did not exceed, in seconds; None without any.

        It is as exact as the classes are fine; within one, times are taken to be spread evenly.
        """
        wanted, before = share * sum(self.took), 0
        for number, count in enumerate(self.took):
            if count and before + count >= wanted:
                low = BOUNDS[number - 1] if number else 0.0
                high = BOUNDS[number] if number < len(BOUNDS) else low
                return low + (high - low) * (wanted - before) / count
            before += count
        return None


def count_minutes(store: Store, at_most: int = 20) -> bool:
    """Count minutes that are over and were not counted yet; several servers may do so at the same time.

    Args:
        store: The database.
        at_most: Minutes in one call.

    Returns:
        Whether there are more.

    Raises:
        TryAgain: The database cannot be reached.
    """
    for _ in range(at_most):
        with store.reading() as connection:
            start = _next_minute(connection)
            found = None if start is None else _count(connection, start, start + MINUTE)
        if start is None or found is None:
            return False
        if not _keep(store, start, found):
            return True
    return True


def _next_minute(connection: Connection) -> int | None:
    """Return when the next minute to count began; None when all that are over are counted."""
    clock, counted = connection.execute(select(now(), _counted_to().label("to"))).one()
    ready = int(clock - LATE) // MINUTE * MINUTE
    since = counted if counted is not None else ready - _PAST
    if since >= ready:
        return None
    firsts = [
        connection.scalar(select(func.min(column)).where(column >= since))
        for column in (runs.c.finished, changes.c.stored)
    ]
    # A time in which nothing happened is passed over; its last minute shows how far has been counted.
    first = min((each for each in firsts if each is not None), default=clock)
    return min(int(first) // MINUTE * MINUTE, ready - MINUTE)


def _counted_to() -> Any:
    """Return until when minutes have been counted, as a part of a query."""
    last = select(figures.c.start).where(figures.c.span == MINUTE).order_by(figures.c.start.desc()).limit(1)
    return last.scalar_subquery() + MINUTE


def _count(connection: Connection, start: float, end: float) -> dict[str, Figures]:
    """Return what happened from *start* until before *end*, by automation."""
    stored = select(func.count()).where(changes.c.stored >= start, changes.c.stored < end)
    found = {CHANGES: Figures(changes=connection.scalar(stored) or 0)}
    columns = (runs.c.automation, runs.c.state, runs.c.attempts, runs.c.effects, runs.c.ftrack_job_id)
    ended = select(*columns, (runs.c.finished - runs.c.at).label("took"))
    for row in connection.execute(ended.where(runs.c.finished >= start, runs.c.finished < end)):
        found[row.automation] = found.get(row.automation, Figures()) + _figures_of(row)
    return found


def _figures_of(row: Any) -> Figures:
    effects = sum(bool(effect["done"]) for effect in records_of(row.effects))
    ended = Figures(
        done=row.state == RunState.DONE, failed=row.state == RunState.FAILED, effects=effects, tries=row.attempts
    )
    # A job takes as long as its movie is; what people wait for is the effect of what they changed.
    if not effects or row.ftrack_job_id is not None:
        return ended
    took = [0] * (len(BOUNDS) + 1)
    took[bisect.bisect_left(BOUNDS, row.took)] = 1
    return replace(ended, took=tuple(took), seconds=max(row.took, 0.0))


def _keep(store: Store, start: int, found: dict[str, Figures]) -> bool:
    """Keep what was counted, and return whether nobody else had counted that minute."""
    with store.writing() as connection:
        mine = store.insert(figures).on_conflict_do_nothing().returning(figures.c.start)
        first = {"span": MINUTE, "start": start, "automation": CHANGES, **_values(found[CHANGES])}
        if connection.execute(mine, first).first() is None:
            return False
        if rest := [
            {"span": MINUTE, "start": start, "automation": name, **_values(each)}
            for name, each in found.items()
            if name != CHANGES
        ]:
            connection.execute(figures.insert(), rest)
        for span in (QUARTER, SHIFT, TOTAL):
            _add(connection, span, start // span * span if span else 0, found)
        for span, kept in KEPT.items():
            connection.execute(delete(figures).where(figures.c.span == span, figures.c.start < start - kept))
    return True


def _add(connection: Connection, span: int, start: int, found: dict[str, Figures]) -> None:
    """Add to the rows of a longer span."""
    here = (figures.c.span == span, figures.c.start == start)
    known = {row.automation: _of_row(row) for row in connection.execute(select(figures).where(*here))}
    for name, each in found.items():
        if each == Figures():
            continue
        values = _values(each + known.get(name, Figures()))
        if name in known:
            connection.execute(update(figures).where(*here, figures.c.automation == name).values(values))
        else:
            connection.execute(figures.insert().values(span=span, start=start, automation=name, **values))


def read_figures(store: Store, span: int, since: float) -> dict[int, dict[str, Figures]]:
    """Return the figures of each span that begins at *since* or later, by its beginning and by automation.

    Raises:
        TryAgain: The database cannot be reached.
    """
    statement = select(figures).where(figures.c.span == span, figures.c.start >= int(since)).order_by(figures.c.start)
    found: dict[int, dict[str, Figures]] = {}
    with store.reading() as connection:
        for row in connection.execute(statement):
            found.setdefault(row.start, {})[row.automation] = _of_row(row)
    return found


def read_totals(store: Store) -> dict[str, Figures]:
    """Return what has happened since counting began, by automation, until now.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        rows = connection.execute(select(figures).where(figures.c.span == TOTAL))
        found = {row.automation: _of_row(row) for row in rows}
        clock, counted = connection.execute(select(now(), _counted_to().label("to"))).one()
        if counted is not None and clock - counted < _RECENT:
            # The minutes that are not counted yet.
            for name, each in _count(connection, counted, clock).items():
                found[name] = found.get(name, Figures()) + each
    return found


def together(some: Iterable[Figures]) -> Figures:
    """Return the sum of several."""
    return sum(some, Figures())


def _values(each: Figures) -> dict[str, Any]:
    return {name: getattr(each, name) for name in ("changes", "done", "failed", "effects", "tries", "seconds")} | {
        "took": list(each.took)
    }


def _of_row(row: Any) -> Figures:
    took: Sequence[int] = row.took
    # Other classes than today's can only be added up as a whole.
    classes = tuple(took) if len(took) == len(BOUNDS) + 1 else Figures().took
    return Figures(row.changes, row.done, row.failed, row.effects, row.tries, classes, row.seconds)
