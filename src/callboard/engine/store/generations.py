"""The configuration that looked at a change, so that another configuration looks at what is new to it.

Of several servers, the one that watches decides which automations look at a change. While servers are upgraded one
after another, or when one of them is configured differently, it may not know an automation that another server has.

A configuration that comes back is the newest one again, but not while a server with a newer one lives: then it may be
that of a server that was started again during an upgrade.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import GONE, generations, servers

#: Generations that are looked back at.
_BACK = 8


@dataclass(frozen=True)
class Generation:
    """A configuration, as far as it decides which automations look at changes.

    Attributes:
        id: Its number; later ones are greater.
        digest: What tells it from others; it has a new number each time that it comes back.
        began: When it came, by the database's clock.
    """

    id: int
    digest: str
    began: float


@dataclass(frozen=True)
class Start:
    """The moment at which a server began to store.

    Attributes:
        at: By the database's clock.
        newest: The number of the newest generation then.
    """

    at: float
    newest: int

    @classmethod
    def now(cls, connection: Connection) -> Start:
        """Return the present moment."""
        return cls(*connection.execute(select(now(), func.coalesce(func.max(generations.c.id), 0))).one())


def generation_of(store: Store, connection: Connection, automations: Mapping[str, str], start: Start) -> Generation:
    """Return the generation of a server's configuration, made where it is new or has come back.

    Args:
        store: The database.
        connection: A transaction that writes.
        automations: The automations that are on, each with its settings as text.
        start: When the server started.
    """
    known = {name: _digest(settings) for name, settings in sorted(automations.items())}
    digest = _digest(json.dumps(known))
    newest, mine = _latest(connection), _latest(connection, digest)
    if newest is not None and newest.digest == digest:
        return Generation(newest.id, digest, min(newest.began, start.at))
    if mine is not None and newest is not None and (newest.id > start.newest or _newer_lives(connection, mine)):
        return Generation(mine.id, digest, mine.began)
    new = store.insert(generations).values(digest=digest, automations=known, began=start.at).returning(generations.c.id)
    return Generation(connection.execute(new).scalar_one(), digest, start.at)


def is_newest(connection: Connection, mine: Generation) -> bool:
    """Return whether no other configuration is newer."""
    newest = _latest(connection)
    return newest is None or newest.digest == mine.digest


def earlier(connection: Connection, mine: Generation) -> list[int]:
    """Return the numbers of earlier generations, the newest first; those long gone are not looked back at."""
    others = (generations.c.id < mine.id, generations.c.digest != mine.digest)
    return list(
        connection.scalars(select(generations.c.id).where(*others).order_by(generations.c.id.desc()).limit(_BACK))
    )


def _latest(connection: Connection, digest: str | None = None) -> Row[Any, Any, Any] | None:
    rows = select(generations.c.id, generations.c.digest, generations.c.began).order_by(generations.c.id.desc())
    return connection.execute(rows.where(generations.c.digest == digest) if digest else rows.limit(1)).first()


def _newer_lives(connection: Connection, mine: Row[Any, Any, Any]) -> bool:
    newer = select(generations.c.id).where(generations.c.id > mine.id, generations.c.digest != mine.digest)
    alive = (servers.c.seen > now() - GONE, servers.c.generation.in_(newer))
    return bool(connection.scalar(select(exists().where(*alive))))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
