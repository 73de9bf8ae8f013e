"""Status changes that were stored from what an event said, before ftrack showed their row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from callboard.changes import Change
from callboard.chunks import chunks
from callboard.engine.store.statuses import last_statuses
from callboard.engine.store.tables import changes, is_heard, runs

#: Seconds between what an event said and the row that ftrack has for it, at most, if they differ in what was before.
WITHIN = 60.0


def merge_heard(connection: Connection, rows: Iterable[Change]) -> set[str]:
    """Return the keys of changes that were stored from what an event said, now that their rows are seen.

    The runs that came of the event are from now on those of the row's change. A status comes back only after it was
    left, and that has a row as well: the row of the event is the first one to that status, and none before it leaves
    that status. So it does not matter what this machine's clock said when the event came.

    Args:
        connection: A transaction that has stored the rows.
        rows: Changes that were read from ftrack, in the order in which they happened.
    """
    statuses = [change for change in rows if change.kind == "status"]
    heard = _heard(connection, {change.entity_id for change in statuses})
    here = {change.key for change in statuses}
    matches: dict[str, Row[Any]] = {}
    left: set[str] = set()
    for change in statuses:
        waiting = heard[change.entity_id]
        former = next((each for each in waiting if _is_row_of(change, each) and each.key not in left), None)
        if former is not None and not _was_left(connection, former, change, here):
            matches[change.key] = former
            waiting.remove(former)
        left |= {each.key for each in waiting if each.status == change.from_status}
    for key, former in matches.items():
        connection.execute(update(changes).where(changes.c.key == key).values(ignored=former.ignored))
        connection.execute(update(runs).where(runs.c.change_key == former.key).values(change_key=key))
        connection.execute(update(changes).where(changes.c.key == former.key).values(heard=False, ignored=None))
    return set(matches)


def _heard(connection: Connection, entity_ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """Return what was heard of entities and has no row yet, the first one first."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for some in chunks(sorted(entity_ids)):
        mine = select(changes).where(is_heard(), changes.c.entity_id.in_(some))
        for row in connection.execute(mine.order_by(changes.c.stored, changes.c.key)):
            found[row.entity_id].append(row)
    return found


def _is_row_of(change: Change, heard: Row[Any]) -> bool:
    """Return whether a row may be the one of what was heard: the same change, or about that time."""
    if change.status != heard.status:
        return False
    same = heard.from_status is not None and change.from_status == heard.from_status
    return same or bool(abs(heard.at - change.at.timestamp()) <= WITHIN)


def _was_left(connection: Connection, heard: Row[Any], change: Change, here: set[str]) -> bool:
    """Return whether the status that was heard of had been left before the change, by what was stored before."""
    at = change.at.timestamp()
    earlier = changes.c.at < at
    before = last_statuses(connection, {change.entity_id: change.at - timedelta(milliseconds=1)})
    if before.get(change.entity_id, heard.status) == heard.status:
        # Within that second it was left first.
        earlier = changes.c.at <= at
    since = (changes.c.stored >= heard.stored, earlier, changes.c.key.not_in(here))
    leaving = (
        changes.c.entity_id == heard.entity_id,
        changes.c.from_status == heard.status,
        changes.c.kind == "status",
    )
    known = (changes.c.key.not_like("heard:%"),)
    found: bool | None = connection.scalar(select(exists().where(*leaving, *since, *known)))
    return bool(found)
