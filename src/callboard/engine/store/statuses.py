"""The statuses that entities had, as far as they are stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from callboard.chunks import chunks
from callboard.engine.store.tables import changes


def last_heard(connection: Connection, entity_ids: Iterable[str]) -> dict[str, str]:
    """Return the status of the newest change of each entity that only an event reported, if there is one."""
    found: dict[str, str] = {}
    for some in chunks(sorted(set(entity_ids))):
        mine = (changes.c.entity_id.in_(some), changes.c.key.like("heard:%"))
        newest = (
            select(changes.c.entity_id, func.max(changes.c.stored).label("stored"))
            .where(*mine)
            .group_by(changes.c.entity_id)
        )
        latest = newest.subquery()
        same = and_(changes.c.entity_id == latest.c.entity_id, changes.c.stored == latest.c.stored)
        rows = connection.execute(select(changes.c.entity_id, changes.c.status).join(latest, same).where(*mine))
        found |= {row.entity_id: row.status for row in rows}
    return found


def last_statuses(connection: Connection, before: Mapping[str, datetime]) -> dict[str, str]:
    """Return the status that entities had at a moment; an entity of which that is not stored is missing.

    Args:
        connection: A transaction.
        before: Entity's id -> the moment.
    """
    earlier: dict[str, list[Row[Any, Any, Any, Any]]] = defaultdict(list)
    columns = (changes.c.entity_id, changes.c.at, changes.c.status, changes.c.from_status)
    for some in chunks(sorted(before)):
        latest = max(before[entity] for entity in some).timestamp()
        mine = (changes.c.entity_id.in_(some), changes.c.at < latest, changes.c.status.is_not(None))
        for row in connection.execute(select(*columns).where(*mine, changes.c.kind == "status")):
            if row.at < before[row.entity_id].timestamp():
                earlier[row.entity_id].append(row)
    ends = {
        entity: _end([row for row in rows if row.at == max(each.at for each in rows)])
        for entity, rows in earlier.items()
    }
    return {entity: status for entity, status in ends.items() if status is not None}


def _end(rows: Iterable[Row[Any, Any, Any, Any]]) -> str | None:
    """Return where the changes of one second end; None when they go round in a circle."""
    balance: Counter[str | None] = Counter()
    for row in rows:
        balance[row.status] += 1
        balance[row.from_status] -= 1
    return next((status for status, more in balance.items() if more > 0), None)
