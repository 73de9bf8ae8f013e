"""The reasons why automations ignore changes: each sentence is stored once, and a change refers to its number.

A studio has 200,000 changes a day, and most automations have nothing to do with most of them. A row for each of these
would be the database; a number on the change costs a few bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select, tuple_

from callboard.chunks import chunks
from callboard.engine.store.database import Store
from callboard.engine.store.tables import reasons

#: An automation, the kind and entity type of changes, and the sentence.
Reason = tuple[str, str, str, str]

_KEY = (reasons.c.automation, reasons.c.kind, reasons.c.entity_type, reasons.c.text)
#: Reasons that are remembered; a studio has some hundreds, unless an automation writes a new one each time.
_REMEMBERED = 10_000


class Reasons:
    """Numbers reasons, and remembers those it has seen. Used by one transaction at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[Reason, int] = {}
        self._new: dict[Reason, int] = {}

    def number(self, connection: Connection, wanted: Iterable[Reason]) -> dict[Reason, int]:
        """Return the number of each reason, new ones included.

        What is new is remembered by :meth:`keep`, when the transaction has ended well, or dropped by :meth:`drop`.
        """
        every = set(wanted)
        missing = sorted(every - self._kept.keys() - self._new.keys())
        if missing:
            rows = [dict(zip(("automation", "kind", "entity_type", "text"), each, strict=True)) for each in missing]
            connection.execute(self._store.insert(reasons).on_conflict_do_nothing(), rows)
            for some in chunks(missing, 200):
                self._new |= _known(connection, some)
        return {each: self._new.get(each) or self._kept[each] for each in every}

    def keep(self) -> None:
        """Remember what is new."""
        self._kept |= self._new
        self._new = {}
        if len(self._kept) > _REMEMBERED:
            self._kept = {}

    def drop(self) -> None:
        """Forget what is new: its transaction was undone."""
        self._new = {}


def _known(connection: Connection, wanted: Collection[Reason]) -> dict[Reason, int]:
    rows = connection.execute(select(reasons.c.id, *_KEY).where(tuple_(*_KEY).in_(list(wanted))))
    return {(row.automation, row.kind, row.entity_type, row.text): row.id for row in rows}
