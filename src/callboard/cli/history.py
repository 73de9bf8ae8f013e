"""Reading the history, and making failed runs due again; the event server need not be running."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, func, select, update

from callboard.engine.store import Store, now
from callboard.engine.tables import changes, runs, servers
from callboard.settings import Settings

#: The states of a run, in the order of its life.
STATES = ("waiting", "running", "failed", "done")

#: Seconds without a sign of life after which an event server counts as gone.
GONE_AFTER = 15


def open_store(settings: Settings) -> Store:
    """The database, with its tables.

    Raises:
        TryAgain: It cannot be reached.
    """
    store = Store(settings.database.url)
    store.prepare()
    return store


def counts(store: Store) -> dict[str, int]:
    """How many runs there are in each state."""
    with store.reading() as connection:
        found = connection.execute(select(runs.c.state, func.count()).group_by(runs.c.state)).tuples()
        return dict.fromkeys(STATES, 0) | dict(found)


def hub(store: Store) -> str:
    """``connected`` when any event server hears the hub, ``disconnected`` when none does, ``down`` when none runs."""
    with store.reading() as connection:
        states = set(connection.scalars(select(servers.c.hub).where(servers.c.seen > now() - GONE_AFTER)))
    if not states:
        return "down"
    return "connected" if "connected" in states else "disconnected"


def oldest_waiting(store: Store) -> dict[str, Any] | None:
    """The run that has waited longest for its turn."""
    with store.reading() as connection:
        row = connection.execute(
            _listing().where(runs.c.state == "waiting").order_by(runs.c.at, runs.c.id).limit(1)
        ).mappings()
        return next((_as_json(each) for each in row), None)


def newest(store: Store, *, state: str | None, automation: str | None, limit: int) -> list[dict[str, Any]]:
    """The history, newest first, as the objects of ``callboard runs --json``."""
    listing = _listing().order_by(runs.c.id.desc()).limit(limit)
    if state:
        listing = listing.where(runs.c.state == state)
    if automation:
        listing = listing.where(runs.c.automation == automation)
    with store.reading() as connection:
        return [_as_json(row) for row in connection.execute(listing).mappings()]


def retry(store: Store, numbers: Sequence[int] | None) -> list[int]:
    """Make failed runs due again, to be planned anew.

    Args:
        store: The database.
        numbers: The runs; None for all that have failed.

    Returns:
        The runs that had failed and are due now.
    """
    failed = runs.c.state == "failed"
    wanted = failed if numbers is None else failed & runs.c.id.in_(numbers)
    again = {"state": "waiting", "due": 0.0, "attempts": 0, "first_tried": None, "finished": None, "plan": None}
    with store.writing() as connection:
        due = list(connection.scalars(select(runs.c.id).where(wanted)))
        for start in range(0, len(due), 500):
            some = runs.c.id.in_(due[start : start + 500])
            connection.execute(update(runs).where(some, failed).values(**again, error=None, cancelled=False))
    return due


def _listing() -> Any:
    told = (changes.c.kind, changes.c.status, changes.c.from_status, changes.c.by, changes.c.at.label("changed_at"))
    return select(runs, *told).join(changes, changes.c.key == runs.c.change_key)


def _as_json(row: RowMapping) -> dict[str, Any]:
    by = row["user"] or row["by"] or {}
    return {
        "id": row["id"],
        "automation": row["automation"],
        "state": row["state"],
        "project": row["project"],
        "entity": {"type": row["entity_type"], "id": row["entity_id"], "name": row["entity_name"]},
        "change": {
            "what": _what(row),
            "at": datetime.fromtimestamp(row["changed_at"], UTC).isoformat(timespec="seconds"),
            "by": by.get("username"),
        },
        "summary": row["summary"],
        "error": row["error"],
        "attempts": row["attempts"],
        "effects": row["effects"] or [],
    }


def _what(row: RowMapping) -> str:
    if row["kind"] == "created":
        return f"The {row['entity_type']} was created."
    if row["kind"] == "status":
        before = f" after {row['from_status']}" if row["from_status"] else ""
        return f"The status became {row['status']}{before}."
    return "The action was launched."
