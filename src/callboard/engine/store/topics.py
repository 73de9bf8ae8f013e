"""Topics of open pages: a value for each, which differs when something changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from sqlalchemy import func, select

from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import progress
from callboard.engine.store.figures import MINUTE
from callboard.engine.store.page_tables import figures, log
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, pauses, runs, servers

#: Seconds after which an echo that was heard again counts as news.
_ECHO = 30


def topics(store: Store) -> Mapping[str, Hashable]:
    """Return the state of ``changes``, ``runs``, ``jobs``, ``servers``, ``automations``, ``log`` and ``figures``.

    Asked every second while somebody looks, so each is the end of an index or a small table.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        of_state = [connection.scalar(select(func.max(runs.c.id)).where(runs.c.state == state)) for state in RunState]
        newest = select(func.max(runs.c.finished)).scalar_subquery()
        return {
            "changes": connection.scalar(select(func.max(changes.c.stored))),
            "runs": (*of_state, connection.scalar(select(newest))),
            "jobs": connection.scalar(select(func.max(progress.c.at))),
            "servers": tuple(
                (row.id, row.hub, str(row.stuck), row.heard and row.heard // _ECHO)
                for row in connection.execute(select(servers).order_by(servers.c.id))
            ),
            "automations": tuple(
                tuple(row) for row in connection.execute(select(pauses).order_by(pauses.c.automation))
            ),
            "log": connection.scalar(select(func.max(log.c.id))),
            "figures": connection.scalar(select(func.max(figures.c.start)).where(figures.c.span == MINUTE)),
        }
