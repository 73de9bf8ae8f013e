"""The position up to which each feed has been read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, delete, or_, select

from callboard.engine.store.database import Store
from callboard.engine.store.tables import cursors


@dataclass(frozen=True)
class Cursor:
    """The position up to which a feed was read.

    Attributes:
        at: The time of the newest row that was read, in seconds since 1970.
        id: Its id, which tells rows of one second apart.
        behind: Whether older rows are still being read.
    """

    at: float
    id: str = ""
    behind: bool = False


def read_cursors(store: Store) -> dict[str, Cursor]:
    """Return how far each feed was read."""
    with store.reading() as connection:
        return {row.feed: Cursor(row.at, row.id, row.behind) for row in connection.execute(select(cursors))}


def keep_feeds(connection: Connection, names: Iterable[str]) -> None:
    """Forget how far other feeds were read."""
    connection.execute(delete(cursors).where(cursors.c.feed.not_in(list(names))))


def begin_feed(store: Store, connection: Connection, feed: str, cursor: Cursor) -> bool:
    """Note where a feed begins; return False if it has begun already."""
    row = {"feed": feed, "at": cursor.at, "id": cursor.id, "behind": cursor.behind}
    statement = store.insert(cursors).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(cursors.c.feed)).first() is not None


def advance(store: Store, connection: Connection, read_to: Mapping[str, Cursor]) -> None:
    """Note how far feeds were read, in the transaction that stores what was read; none goes back."""
    if not read_to:
        return
    statement = store.insert(cursors)
    new = statement.excluded
    newer = or_(cursors.c.at < new.at, and_(cursors.c.at == new.at, cursors.c.id < new.id))
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[cursors.c.feed],
            set_={
                "at": case((newer, new.at), else_=cursors.c.at),
                "id": case((newer, new.id), else_=cursors.c.id),
                "behind": new.behind,
            },
        ),
        [{"feed": feed, "at": to.at, "id": to.id, "behind": to.behind} for feed, to in read_to.items()],
    )
