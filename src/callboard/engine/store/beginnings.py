"""The moments at which automations were turned on: nothing that happened before is handled unless somebody catches up.

An automation may be turned on while no server runs. Of what its feeds still have to show then, only a part happened
afterwards: that part is found by ftrack's own dates, and within their last second by the changes that were there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from callboard.changes import Change
from callboard.engine.store.database import Store
from callboard.engine.store.tables import beginnings

#: Stands for every automation in a database whose version did not know beginnings: all that are on have begun.
EVERY = "*"


@dataclass(frozen=True)
class Beginning:
    """The moment at which an automation was turned on.

    Attributes:
        at: ftrack's time, in seconds since 1970; what is older happened before.
        keys: Changes that are not older, and had happened all the same.
        settled: Whether everything that had happened is stored; then whatever is not happened afterwards.
    """

    at: float = 0.0
    keys: frozenset[str] = frozenset()
    settled: bool = False

    def preceded_by(self, change: Change) -> bool:
        """Return whether a change happened before."""
        return change.at.timestamp() < self.at or change.key in self.keys


def read_beginnings(connection: Connection) -> dict[str, Beginning]:
    """Return when each automation was turned on."""
    rows = connection.execute(select(beginnings))
    return {row.automation: Beginning(row.at, frozenset(row.keys), row.settled) for row in rows}


def add_beginnings(store: Store, connection: Connection, new: Mapping[str, Beginning]) -> None:
    """Note when automations were turned on; where another server was first, it is as that one saw it."""
    if new:
        rows = [
            {"automation": name, "at": each.at, "keys": sorted(each.keys), "settled": each.settled}
            for name, each in sorted(new.items())
        ]
        connection.execute(store.insert(beginnings).on_conflict_do_nothing(), rows)


def settle_beginnings(connection: Connection, names: Collection[str]) -> None:
    """Note that everything that had happened before these automations were turned on is stored."""
    mine = (beginnings.c.automation.in_(names), beginnings.c.settled.is_(False))
    connection.execute(update(beginnings).where(*mine).values(settled=True))


def keep_beginnings(connection: Connection, names: Iterable[str]) -> None:
    """Forget when other automations were turned on: they are off."""
    connection.execute(delete(beginnings).where(beginnings.c.automation.not_in([*names, EVERY])))


def take_every(connection: Connection) -> bool:
    """Return whether all automations that are on have begun long ago, once after an upgrade."""
    return connection.execute(delete(beginnings).where(beginnings.c.automation == EVERY)).rowcount > 0
