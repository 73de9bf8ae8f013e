"""Pauses: an automation that somebody paused begins nothing on any server, until somebody resumes it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import pauses


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


def read_pauses(store: Store) -> dict[str, Pause]:
    """Return the automations that are paused.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        return {row.automation: Pause(row.by, row.why, row.at) for row in connection.execute(select(pauses))}


def pause(store: Store, automation: str, *, by: str, why: str) -> bool:
    """Pause an automation on all servers; what they have in hand is finished.

    Returns:
        Whether it was not paused before; a former pause keeps who, why and when.

    Raises:
        TryAgain: The database cannot be reached.
    """
    row = {"automation": automation, "by": by, "why": why}
    with store.writing() as connection:
        statement = store.insert(pauses).values(at=now(), **row).on_conflict_do_nothing()
        return connection.execute(statement).rowcount == 1


def resume(store: Store, automation: str) -> Pause | None:
    """Have an automation continue with what waits, and return the pause that ended; None when it was not paused.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.writing() as connection:
        ended = delete(pauses).where(pauses.c.automation == automation).returning(pauses)
        row = connection.execute(ended).first()
    return None if row is None else Pause(row.by, row.why, row.at)
