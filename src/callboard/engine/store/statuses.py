"""The statuses that entities had, as far as they are stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

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


def last_statuses(connection: Connection, at: Mapping[str, datetime], but_not: Collection[str] = ()) -> dict[str, str]:
    """Return the status that entities had at the end of a second, as far as their changes are stored.

    Args:
        connection: A transaction.
        at: Entity's id -> the second.
        but_not: Keys of changes that do not count.
    """
    seconds: dict[str, dict[float, Counter[str | None]]] = defaultdict(lambda: defaultdict(Counter))
    columns = (changes.c.key, changes.c.entity_id, changes.c.at, changes.c.status, changes.c.from_status)
    for some in chunks(sorted(at)):
        latest = max(at[entity] for entity in some).timestamp()
        # What was only heard of is dated by another clock.
        of_rows = (changes.c.kind == "status", changes.c.key.not_like("heard:%"), changes.c.status.is_not(None))
        mine = select(*columns).where(changes.c.entity_id.in_(some), changes.c.at <= latest, *of_rows)
        for row in connection.execute(mine):
            if row.at <= at[row.entity_id].timestamp() and row.key not in but_not:
                balance = seconds[row.entity_id][row.at]
                balance[row.status] += 1
                balance[row.from_status] -= 1
    ends = {entity: _end([moments[at] for at in sorted(moments, reverse=True)]) for entity, moments in seconds.items()}
    return {entity: status for entity, status in ends.items() if status is not None}


def _end(balances: Iterable[Counter[str | None]]) -> str | None:
    """Return where the changes of the latest second end that does not go round in a circle."""
    ends = (status for balance in balances for status, more in balance.items() if more > 0)
    return next(ends, None)
