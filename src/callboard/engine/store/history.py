"""The history: what ran, for which change, what it did, or why it did nothing. The read side of the store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, func, select, update

from callboard.changes import Reference
from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import changes, lanes, runs, servers

#: Seconds without a sign of life after which a server counts as gone.
GONE = 10.0

STATES = ("waiting", "running", "failed", "done")


class History:
    """What the commands and the dashboard show."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def counts(self) -> dict[str, Any]:
        """Return ``waiting``, ``running``, ``failed``, ``done``; ``hub``; ``oldest_waiting`` (ISO 8601, or None).

        ``hub`` is ``connected`` when some running server hears ftrack's events, ``disconnected`` when none of them
        does, and ``down`` when no server runs.
        """
        with self._store.reading() as connection:
            found = {row.state: row.count for row in connection.execute(_counted())}
            oldest = connection.scalar(select(func.min(runs.c.at)).where(runs.c.state == "waiting"))
            hubs = set(connection.scalars(select(servers.c.hub).where(servers.c.seen > now() - GONE)))
        hub = "down" if not hubs else "connected" if "connected" in hubs else "disconnected"
        counts: dict[str, Any] = {state: found.get(state, 0) for state in STATES}
        return counts | {"hub": hub, "oldest_waiting": None if oldest is None else _iso(oldest)}

    def runs(
        self,
        *,
        state: str | None = None,
        automation: str | None = None,
        entity: Reference | None = None,
        ids: Collection[int] | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Return runs, newest first, as plain JSON objects.

        Each has ``id``, ``automation``, ``state``, ``project`` (its name), ``parent`` (the name of what the entity
        hangs under, or None), ``entity`` {type, id, name}, ``change`` {kind, what, at, by, status, from_status}
        (``what`` is a phrase, ``by`` a user name or None), ``summary``, ``error``, ``attempts``, ``effects`` (list of
        {kind, text, done}), ``next_try`` and ``finished`` (ISO 8601 or None).
        """
        statement = (
            select(runs, *[changes.c[name] for name in ("kind", "by", "status", "from_status")])
            .join(changes, changes.c.key == runs.c.change_key)
            .order_by(runs.c.id.desc())
        )
        wanted: list[ColumnElement[bool]] = []
        if state is not None:
            wanted.append(runs.c.state == state)
        if automation is not None:
            wanted.append(runs.c.automation == automation)
        if entity is not None:
            wanted += [runs.c.entity_type == entity.type, runs.c.entity_id == entity.id]
        if ids is not None:
            wanted.append(runs.c.id.in_(ids))
        with self._store.reading() as connection:
            return [_as_json(row) for row in connection.execute(statement.where(*wanted).limit(limit))]

    def retry(self, ids: Collection[int] | None = None) -> list[int]:
        """Make failed runs due again; they are planned again, except for those of which a part was done.

        Args:
            ids: Which ones; None: all that failed.

        Returns:
            The ids of those that had failed and are due now.
        """
        failed = runs.c.state == "failed"
        if ids is not None:
            failed &= runs.c.id.in_(ids)
        again = {"state": "waiting", "due": 0, "first_tried": None, "finished": None, "cancelled": False}
        with self._store.writing() as connection:
            return sorted(connection.scalars(update(runs).where(failed).values(again).returning(runs.c.id)))

    def prune(self, keep_days: int) -> int:
        """Forget the finished runs older than *keep_days*, and the changes and lanes that nothing refers to.

        Changes are kept as long as runs are, since they are what keeps a change from being handled twice.

        Returns:
            How many runs were forgotten.
        """
        end = now() - keep_days * 86400
        with self._store.writing() as connection:
            gone = connection.execute(delete(runs).where(runs.c.state == "done", runs.c.finished < end)).rowcount
            connection.execute(
                delete(changes).where(changes.c.at < end, ~exists().where(runs.c.change_key == changes.c.key))
            )
            same_lane = (runs.c.automation == lanes.c.automation) & (runs.c.lane == lanes.c.lane)
            connection.execute(delete(lanes).where(lanes.c.lease_until < end, ~exists().where(same_lane)))
            connection.execute(delete(servers).where(servers.c.seen < now() - 86400))
        return gone


def _counted() -> Any:
    return select(runs.c.state, func.count().label("count")).group_by(runs.c.state)


def _as_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "automation": row.automation,
        "state": row.state,
        "project": row.project,
        "parent": row.entity_parent,
        "entity": {"type": row.entity_type, "id": row.entity_id, "name": row.entity_name},
        "change": {
            "kind": row.kind,
            "what": _what(row),
            "at": _iso(row.at),
            "by": row.by["username"] if row.by else None,
            "status": row.status,
            "from_status": row.from_status,
        },
        "summary": row.summary,
        "error": row.error,
        "attempts": row.attempts,
        "effects": row.effects or [],
        "next_try": _iso(row.due) if row.state == "waiting" and row.due else None,
        "finished": None if row.finished is None else _iso(row.finished),
    }


def _what(row: Row[Any]) -> str:
    if row.kind == "created":
        return "created"
    if row.kind == "launched":
        return "launched"
    before = f", it was {row.from_status}" if row.from_status else ""
    return f"status became {row.status}{before}"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
