"""The configuration that looked at a change, so that another configuration looks at what is new to it.

Of several servers, the one that watches decides which automations look at a change. While servers are upgraded one
after another, or when one of them is configured differently, it may not know an automation that another server has.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import generations

#: Generations that are looked back at.
_BACK = 8


@dataclass(frozen=True)
class Generation:
    """A configuration, as far as it decides which automations look at changes.

    Attributes:
        id: Its number; later ones are greater.
        began: When it was first seen here.
    """

    id: int
    began: float


def generation_of(store: Store, connection: Connection, automations: Mapping[str, str]) -> Generation:
    """Return the generation of a configuration, made where it is new.

    Args:
        store: The database.
        connection: A transaction that writes.
        automations: The automations that are on, each with its settings as text.
    """
    known = {name: _digest(settings) for name, settings in sorted(automations.items())}
    digest = _digest(json.dumps(known))
    row = {"digest": digest, "automations": known}
    connection.execute(store.insert(generations).values(began=now(), **row).on_conflict_do_nothing())
    found = connection.execute(
        select(generations.c.id, generations.c.began).where(generations.c.digest == digest)
    ).one()
    return Generation(found.id, found.began)


def is_newest(connection: Connection, mine: Generation) -> bool:
    """Return whether no other configuration is newer."""
    return bool(connection.scalar(select(func.max(generations.c.id))) == mine.id)


def earlier(connection: Connection, mine: Generation) -> list[int]:
    """Return the numbers of earlier generations, the newest first; those long gone are not looked back at."""
    rows = select(generations.c.id).where(generations.c.id < mine.id).order_by(generations.c.id.desc()).limit(_BACK)
    return list(connection.scalars(rows))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
