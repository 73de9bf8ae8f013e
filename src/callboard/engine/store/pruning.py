"""Pruning of old history, a little at a time, so that nobody has to wait for it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, delete, exists, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import caused, changes, lanes, runs, servers

#: Rows of one transaction.
_TOGETHER = 1000
_DAY = 86400.0


def prune(store: Store, keep_days: int, *, going_on: Callable[[], bool] = lambda: True) -> int:
    """Forget the finished runs older than *keep_days*, and the changes and lanes that nothing refers to.

    Changes are kept as long as runs are, since they are what keeps a change from being handled twice; the inbox refuses
    what is older still.

    Args:
        store: The database.
        keep_days: How long the history is.
        going_on: Asked between two transactions; False ends it early, and the next time continues.

    Returns:
        How many runs were forgotten.

    Raises:
        TryAgain: The database cannot be reached.
    """
    end = now() - keep_days * _DAY
    gone = 0
    while going_on():
        old = select(runs.c.id).where(runs.c.finished < end, runs.c.state == RunState.DONE).limit(_TOGETHER)
        with store.writing() as connection:
            count = connection.execute(delete(runs).where(runs.c.id.in_(old.scalar_subquery()))).rowcount
        gone += count
        if count < _TOGETHER:
            break
    _prune_changes(store, end, going_on)
    with store.writing() as connection:
        connection.execute(delete(caused).where(caused.c.at < now() - _DAY))
        connection.execute(delete(servers).where(servers.c.seen < now() - _DAY))
        # A lane without work that nobody has held for so long; its epoch is of no use to anybody.
        idle = (lanes.c.due.is_(None), lanes.c.served < end, lanes.c.lease_until < end)
        connection.execute(delete(lanes).where(lanes.c.automation != "", *idle))
    return gone


def _prune_changes(store: Store, end: ColumnElement[float], going_on: Callable[[], bool]) -> None:
    """Forget old changes; those whose runs have failed or wait are passed over, and stay."""
    last = -1e12
    while going_on():
        with store.writing() as connection:
            used = exists().where(runs.c.change_key == changes.c.key)
            page = select(changes.c.key, changes.c.stored).where(changes.c.stored < end, changes.c.stored >= last)
            rows = connection.execute(
                page.where(changes.c.at < end, ~used).order_by(changes.c.stored).limit(_TOGETHER)
            ).all()
            connection.execute(delete(changes).where(changes.c.key.in_([row.key for row in rows])))
        if len(rows) < _TOGETHER:
            return
        last = rows[-1].stored
