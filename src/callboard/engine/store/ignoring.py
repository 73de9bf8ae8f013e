"""Runs that somebody decides to do nothing about: they end as *done*, with who said so and why."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case, literal, select, update

from callboard.engine.store.database import Store, now
from callboard.engine.store.heads import promote, wake_lanes
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import runs


def ignore_runs(store: Store, ids: Collection[int], sentence: str) -> list[int]:
    """End runs that have failed or wait, without doing anything about them; those behind them come next.

    A run that a server has in hand is left to it, and so is the waiting job of an action, which is cancelled instead.

    Args:
        store: The database.
        ids: Which runs.
        sentence: A person and their reason, such as ``Ignored by nadia: the shot was cut.``

    Returns:
        The ids of those that ended.

    Raises:
        TryAgain: The database cannot be reached.
    """
    failed = runs.c.state == RunState.FAILED
    waits = (runs.c.state == RunState.WAITING) & runs.c.ftrack_job_id.is_(None)
    which = runs.c.id.in_(sorted(ids)) & (failed | waits)
    former = case((runs.c.error.is_not(None), literal(" Before that: ") + runs.c.error), else_="")
    values = {"state": RunState.DONE, "summary": literal(sentence) + former, "error": None, "plan": None}
    with store.writing() as connection:
        found = connection.execute(select(runs.c.automation, runs.c.lane).where(which).distinct())
        wake_lanes(connection, [(row.automation, row.lane) for row in found])
        over = update(runs).where(which).values(**values, head=False, finished=now()).returning(runs.c.id)
        ended = sorted(connection.scalars(over))
        promote(connection, ended)
    return ended
