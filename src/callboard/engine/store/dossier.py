"""The dossier of an entity: everything that is stored about it, and how far everything else was read.

Each question costs the same however long the history is: it reads what an index leads to, and no more than a page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from callboard.engine.store.cursors import Cursor
from callboard.engine.store.database import Store, now
from callboard.engine.store.pauses import Pause, pauses_in
from callboard.engine.store.tables import GONE, changes, cursors, generations, reasons, runs, servers

#: Changes of one dossier, at most.
PAGE = 100


@dataclass(frozen=True)
class Entry:
    """A stored change, with what came of it.

    Attributes:
        change: Its row.
        runs: The rows of its runs, by automation.
        ignored: Why automations had nothing to do with it, by automation.
        on_then: The automations that were on when they looked at it; None when that is not known.
    """

    change: Row[Any]
    runs: Mapping[str, Row[Any]]
    ignored: Mapping[str, str]
    on_then: frozenset[str] | None


@dataclass(frozen=True)
class Situation:
    """The state of everything: how far ftrack was read, and who works on it.

    Attributes:
        now: The time of the database.
        servers: How many servers show signs of life, and ``hub`` whether some of them hears ftrack.
        first_start: When a server first worked on this database; None: never.
        cursors: How far each feed was read.
        pauses: The automations that are paused.
    """

    now: float
    servers: int
    hub: bool
    first_start: float | None
    cursors: Mapping[str, Cursor]
    pauses: Mapping[str, Pause]


def read_dossier(store: Store, entity_id: str) -> list[Entry]:
    """Return what is stored about an entity, newest first: at most one more than :data:`PAGE`.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        # A key of what an event reported is kept when the row is seen, so that the event is not believed again.
        known = (changes.c.entity_id == entity_id) & ~(changes.c.key.like("heard:%") & ~changes.c.heard)
        newest = select(changes).where(known).order_by(changes.c.at.desc(), changes.c.key.desc()).limit(PAGE + 1)
        rows = connection.execute(newest).all()
        made = _runs(connection, [row.key for row in rows])
        why = _reasons(connection, {number for row in rows for number in row.ignored or ()})
        names = _names(connection, {row.generation for row in rows})
    return [
        Entry(
            row,
            made.get(row.key, {}),
            {why[number][0]: why[number][1] for number in row.ignored or () if number in why},
            names.get(row.generation),
        )
        for row in rows
    ]


def read_situation(store: Store) -> Situation:
    """Return how far everything was read, and who works on it.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        alive = connection.execute(select(servers.c.hub).where(servers.c.seen > now() - GONE)).all()
        return Situation(
            now=float(connection.scalar(select(now())) or 0.0),
            servers=len(alive),
            hub=any(row.hub == "connected" for row in alive),
            first_start=connection.scalar(select(func.min(generations.c.began))),
            cursors={row.feed: Cursor(row.at, row.id, row.behind) for row in connection.execute(select(cursors)).all()},
            pauses=pauses_in(connection),
        )


def _runs(connection: Connection, keys: Collection[str]) -> dict[str, dict[str, Row[Any]]]:
    found: dict[str, dict[str, Row[Any]]] = defaultdict(dict)
    wanted = ("change_key", "automation", "id", "state", "summary", "error", "due", "attempts")
    statement = select(*(runs.c[name] for name in wanted)).where(runs.c.change_key.in_(keys))
    for row in connection.execute(statement):
        found[row.change_key][row.automation] = row
    return found


def _reasons(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    statement = select(reasons.c.id, reasons.c.automation, reasons.c.text).where(reasons.c.id.in_(numbers))
    return {row.id: (row.automation, row.text) for row in connection.execute(statement)}


def _names(connection: Connection, numbers: Collection[int]) -> dict[int, frozenset[str]]:
    statement = select(generations.c.id, generations.c.automations).where(generations.c.id.in_(numbers))
    return {row.id: frozenset(row.automations) for row in connection.execute(statement)}
