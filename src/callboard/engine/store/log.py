"""The log of what people did on the pages."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from callboard.engine.store.database import Store, now
from callboard.engine.store.page_tables import log
from callboard.secrets import without_secrets

#: Letters of a sentence, at most: what somebody wrote into a form may be part of it.
_LONGEST = 2000


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did.

    Attributes:
        by: Their name.
        role: Their role.
        address: Where they did it.
        what: What they did, in a phrase such as ``retried run 42``.
        id: Its number; None before it is stored.
        at: When it was, in seconds since 1970; None before it is stored.
    """

    by: str
    role: str
    address: str
    what: str
    id: int | None = None
    at: float | None = None


def add_entry(store: Store, entry: Entry) -> None:
    """Note what somebody does.

    Raises:
        TryAgain: The database cannot be reached.
    """
    what = without_secrets(entry.what)[:_LONGEST].replace("\0", "")
    values = {"by": entry.by.replace("\0", ""), "role": entry.role, "address": entry.address[:64], "what": what}
    with store.writing() as connection:
        connection.execute(log.insert().values(at=now(), **values))


def read_entries(store: Store, *, before: int | None = None, after: int | None = None, limit: int = 50) -> list[Entry]:
    """Return entries, newest first.

    Args:
        store: The database.
        before: Only entries older than the one of this number.
        after: Only entries newer than the one of this number, those next to it.
        limit: How many, at most.

    Raises:
        TryAgain: The database cannot be reached.
    """
    statement = select(log).limit(limit)
    if after is not None:
        statement = statement.where(log.c.id > after).order_by(log.c.id)
    else:
        statement = statement.order_by(log.c.id.desc())
    if before is not None:
        statement = statement.where(log.c.id < before)
    with store.reading() as connection:
        found = [Entry(**row) for row in connection.execute(statement).mappings()]
    return found[::-1] if after is not None else found
