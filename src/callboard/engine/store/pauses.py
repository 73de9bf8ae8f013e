"""Pauses: an automation that somebody paused begins nothing on any server, until somebody resumes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import pauses

#: Characters of a reason.
_LONGEST = 1000


@dataclass(frozen=True)
class Pause:
    """A pause.

    Attributes:
        by: The name of a person.
        why: Their reason.
        at: When, in seconds since 1970.
    """

    by: str
    why: str
    at: float

    @property
    def sentence(self) -> str:
        """The rest of a sentence that begins with the automation's name: ``is paused by …``."""
        return f"is paused by {self.by}: {self.why.rstrip('.')}."


class Pauses:
    """The pauses as they were a moment ago, for those who cannot wait for the database; may be used from any thread.

    Args:
        store: The database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Pause] = {}

    def refresh(self) -> None:
        """Look at them again; to be called every second.

        Raises:
            TryAgain: The database cannot be reached; the pauses are as they were.
        """
        self._known = read_pauses(self._store)

    def of(self, automation: str) -> Pause | None:
        """Return the pause of an automation, or None when it is not paused."""
        return self._known.get(automation)


def read_pauses(store: Store) -> dict[str, Pause]:
    """Return the automations that are paused.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        return pauses_in(connection)


def pauses_in(connection: Connection) -> dict[str, Pause]:
    """Return the automations that are paused, within a transaction."""
    return {row.automation: Pause(row.by, row.why, row.at) for row in connection.execute(select(pauses))}


def pause(store: Store, automation: str, *, by: str, why: str) -> bool:
    """Pause an automation on all servers: nothing more of it is begun.

    Returns:
        Whether it was not paused before; a former pause keeps who, why and when.

    Raises:
        TryAgain: The database cannot be reached.
    """
    # PostgreSQL takes no text with NUL in it.
    row = {"automation": automation, "by": by.replace("\0", ""), "why": why.replace("\0", "")[:_LONGEST]}
    with store.writing() as connection:
        statement = store.insert(pauses).values(at=now(), **row).on_conflict_do_nothing()
        return connection.execute(statement.returning(pauses.c.automation)).first() is not None


def resume(store: Store, automation: str) -> Pause | None:
    """Have an automation continue with what waits, and return the pause that ended; None when it was not paused.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.writing() as connection:
        ended = delete(pauses).where(pauses.c.automation == automation).returning(pauses)
        row = connection.execute(ended).first()
    return None if row is None else Pause(row.by, row.why, row.at)
