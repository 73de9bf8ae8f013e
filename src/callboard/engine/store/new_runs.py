"""Runs that come in: one for each automation that has to do with a change, at its place behind earlier ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from callboard.engine.store.database import Store
from callboard.engine.store.facets import note_runs
from callboard.engine.store.labels import Label
from callboard.engine.store.sightings import Sighting
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import lanes, runs

#: Seconds by which the database's clock and this machine's may differ.
_CLOCKS_DIFFER = 300.0


def run_row(sighting: Sighting, automation: str, latest: float) -> dict[str, Any]:
    """Return a run about a change, as it is stored.

    Args:
        sighting: The change.
        automation: The automation's name.
        latest: The time now, in seconds since 1970.
    """
    change = sighting.change
    at = change.at.timestamp()
    return {
        "change_key": change.key,
        "automation": automation,
        "lane": change.project_id or "",
        "entity_type": change.entity_type,
        "entity_id": change.entity_id,
        "at": at,
        "state": RunState.WAITING,
        # The oldest come first; a date in the future, or a database whose clock is behind, holds nothing back.
        "due": min(at, latest) - _CLOCKS_DIFFER,
    }


def insert_runs(
    store: Store, connection: Connection, rows: list[dict[str, Any]], labels: Iterable[Label | None]
) -> int:
    """Insert the runs that are missing, and return of how many changes they are.

    The lanes are locked first, and in one order everywhere: whoever finishes a run at the same time either sees the
    new one, or is done before it comes.

    Args:
        store: The database.
        connection: The transaction that stored the changes.
        rows: As :func:`run_row` makes them.
        labels: What people find them by.
    """
    if not rows:
        return 0
    for automation, lane in sorted({(row["automation"], row["lane"]) for row in rows}):
        wake = store.insert(lanes).values(automation=automation, lane=lane, due=0)
        connection.execute(
            wake.on_conflict_do_update(index_elements=[lanes.c.automation, lanes.c.lane], set_={"due": 0})
        )
    insert = store.insert(runs).on_conflict_do_nothing().returning(runs.c.change_key, runs.c.automation, runs.c.id)
    # Of each entity the first one becomes the head, unless it has one: then the head's index refuses it.
    inserted = connection.execute(insert, [row | {"head": True} for row in rows]).all()
    heads = {(row.change_key, row.automation) for row in inserted}
    if behind := [row | {"head": False} for row in rows if (row["change_key"], row["automation"]) not in heads]:
        inserted = [*inserted, *connection.execute(insert, behind)]
    note_runs(connection, [row.id for row in inserted], labels)
    return len({row.change_key for row in inserted})
