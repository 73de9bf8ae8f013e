"""Everything that is known of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from callboard.changes import Reference
from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import facets, tries
from callboard.engine.store.history import History
from callboard.engine.store.tables import changes, is_head, is_open, runs


@dataclass(frozen=True)
class Try:
    """Attempts at a run that met the same kind of problem.

    Attributes:
        error: What the last of them met, in one sentence.
        traceback: Where that came from, or None.
        first: When the first of them ended, in seconds since 1970.
        last: When the last of them ended.
        times: How many there were.
    """

    error: str
    traceback: str | None
    first: float
    last: float
    times: int


@dataclass(frozen=True)
class Details:
    """A run.

    Attributes:
        run: As :meth:`~callboard.engine.store.history.History.runs` returns it.
        project_id: The id of its project, or None.
        plan: The plan that was stored and is not carried out yet, or None.
        tries: The attempts that did not succeed, oldest first.
        stored: When the run was stored, in seconds since 1970.
        behind: The earlier run of its entity that it waits for, or None.
        is_job: Whether it is the job of an action.
        cancelled: Whether somebody cancelled that job.
    """

    run: dict[str, Any]
    project_id: str | None
    plan: Any
    tries: list[Try]
    stored: float | None
    behind: int | None
    is_job: bool
    cancelled: bool

    @property
    def entity(self) -> Reference:
        """The entity that the run is about."""
        return Reference(self.run["entity"]["type"], self.run["entity"]["id"])


def read_run(store: Store, run: int) -> Details | None:
    """Return a run, or None when there is none of that number.

    Raises:
        TryAgain: The database cannot be reached.
    """
    found = History(store).runs(ids=[run])
    if not found:
        return None
    with store.reading() as connection:
        joined = select(runs, changes.c.project_id).join(changes, changes.c.key == runs.c.change_key)
        row = connection.execute(joined.where(runs.c.id == run)).one_or_none()
        if row is None:
            return None
        rows = connection.execute(select(tries).where(tries.c.run == run).order_by(tries.c.first))
        return Details(
            run=found[0],
            project_id=row.project_id,
            plan=row.plan,
            tries=[Try(each.error, each.traceback, each.first, each.last, each.times) for each in rows],
            stored=connection.scalar(select(facets.c.stored).where(facets.c.run == run)),
            behind=_head_before(connection, row),
            is_job=row.ftrack_job_id is not None,
            cancelled=row.cancelled,
        )


def _head_before(connection: Connection, row: Any) -> int | None:
    if row.head or row.state != "waiting":
        return None
    of_entity = (runs.c.automation == row.automation, runs.c.lane == row.lane, runs.c.entity_id == row.entity_id)
    head: int | None = connection.scalar(select(runs.c.id).where(*of_entity, is_open(), is_head()))
    return head
