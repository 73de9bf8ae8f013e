"""The servers that work on this database: their signs of life."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from sqlalchemy import delete, func, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import GONE, servers


def sign_in(
    store: Store,
    owner: str,
    hub: str,
    stuck: Sequence[str],
    generation: int | None,
    *,
    echo_age: float | None = None,
) -> bool:
    """Note that a server lives, and return whether another living one hears ftrack's events.

    Args:
        store: The database.
        owner: What the server is called.
        hub: ``connected`` or ``disconnected``.
        stuck: What does not come to an end there, in sentences.
        generation: The number of its configuration.
        echo_age: Seconds since it heard an event of its own; None if it never has.

    Raises:
        TryAgain: The database cannot be reached.
    """
    heard = None if echo_age is None else now() - echo_age
    mine = {"hub": hub, "seen": now(), "stuck": list(stuck) or None, "generation": generation, "heard": heard}
    where = {"host": socket.gethostname(), "pid": os.getpid(), "started": now()}
    hearing = (servers.c.id != owner) & (servers.c.hub == "connected") & (servers.c.seen > now() - GONE)
    with store.writing() as connection:
        statement = store.insert(servers).values(id=owner, **mine, **where)
        connection.execute(statement.on_conflict_do_update(index_elements=[servers.c.id], set_=mine))
        return bool(connection.scalar(select(func.count()).select_from(servers).where(hearing)))


def servers_here(store: Store) -> dict[str, int]:
    """Return the living servers on this machine: what they are called, each with its process id.

    Raises:
        TryAgain: The database cannot be reached.
    """
    alive = (servers.c.host == socket.gethostname(), servers.c.seen > now() - GONE, servers.c.pid.is_not(None))
    with store.reading() as connection:
        return {row.id: row.pid for row in connection.execute(select(servers.c.id, servers.c.pid).where(*alive))}


def sign_out(store: Store, owner: str) -> None:
    """Take a server off the list.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.writing() as connection:
        connection.execute(delete(servers).where(servers.c.id == owner))
