"""Status changes that were stored from what an event said, before ftrack showed their row."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, update

from callboard.changes import Change
from callboard.engine.store.tables import changes, is_heard, runs

#: Seconds between what an event said and the row that ftrack has for it, at most.
WITHIN = 60.0


def merge_heard(connection: Connection, rows: Iterable[Change]) -> set[str]:
    """Return the keys of changes that were stored from what an event said, now that their rows are seen.

    The runs that came of the event are from now on those of the row's change. Only a row of about the same time is the
    one that the event reported: the same status may come again later, and is a change of its own.

    Args:
        connection: A transaction that has stored the rows.
        rows: Changes that were read from ftrack.
    """
    heard = {(row.entity_id, row.status): row for row in connection.execute(select(changes).where(is_heard()))}
    matches = {}
    for change in rows if heard else ():
        row = heard.get((change.entity_id, change.status))
        if row is not None and abs(row.at - change.at.timestamp()) <= WITHIN:
            matches[change.key] = row
            del heard[change.entity_id, change.status]
    for key, former in matches.items():
        connection.execute(update(changes).where(changes.c.key == key).values(ignored=former.ignored))
        connection.execute(update(runs).where(runs.c.change_key == former.key).values(change_key=key))
        connection.execute(update(changes).where(changes.c.key == former.key).values(heard=False, ignored=None))
    return set(matches)
