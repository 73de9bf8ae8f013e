"""Jobs as people see them: what runs and waits, how far it is, and what ended lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.facet_tables import progress
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, is_open, runs

#: Open jobs of one action that are shown, at most.
_OPEN = 200
#: How far a job must be, and for how many seconds it must have run, before its time left is estimated.
_FAR, _LONG = 0.02, 2.0


@dataclass(frozen=True)
class JobView:
    """A job.

    Attributes:
        run: The number of its run.
        automation: The name of the action.
        state: The run's state.
        ftrack_job: The id of the ftrack Job.
        entity_type: The schema type of what it was launched on, …
        name: … and its name.
        project: The project's name, or None.
        user: The person who launched it, or None.
        at: When, in seconds since 1970.
        cancelled: Whether somebody cancelled it.
        summary: How it ended, or why it waits.
        error: The same when it did not succeed.
        sentence: What it is doing; None before it says so.
        done: How far it is, from 0 to 1, or None.
        left: Seconds that it will take, as it went so far, or None.
        has_picture: Whether a frame of its media is known.
    """

    run: int
    automation: str
    state: str
    ftrack_job: str
    entity_type: str
    name: str
    project: str | None
    user: str | None
    at: float
    cancelled: bool
    summary: str
    error: str | None
    sentence: str | None
    done: float | None
    left: float | None
    has_picture: bool


def read_jobs(store: Store, actions: Collection[str], *, over: int) -> list[JobView]:
    """Return the jobs of some actions: all that are open, then the newest of those that are over.

    Raises:
        TryAgain: The database cannot be reached.
    """
    of_run = (
        runs.c.id,
        runs.c.automation,
        runs.c.state,
        runs.c.ftrack_job_id,
        runs.c.entity_type,
        runs.c.user,
        runs.c.at,
    )
    ended = (runs.c.cancelled, runs.c.summary, runs.c.error, changes.c.name, changes.c.project)
    far = (progress.c.sentence, progress.c.done, progress.c.began, progress.c.at.label("told"))
    picture = (func.length(progress.c.picture).label("picture"), now().label("now"))
    joined = (
        select(*of_run, *ended, *far, *picture)
        .join(changes, changes.c.key == runs.c.change_key)
        .outerjoin(progress, progress.c.run == runs.c.id)
        .where(runs.c.ftrack_job_id.is_not(None))
        .order_by(runs.c.id.desc())
    )
    found: list[JobView] = []
    with store.reading() as connection:
        for action in sorted(actions):
            of_action = joined.where(runs.c.automation == action)
            found += [_view(row) for row in connection.execute(of_action.where(is_open()).limit(_OPEN))]
            if over:
                is_over = runs.c.state.in_([RunState.DONE, RunState.FAILED])
                found += [_view(row) for row in connection.execute(of_action.where(is_over).limit(over))]
    found.sort(key=lambda job: -job.run)
    open_jobs = [job for job in found if job.state not in (RunState.DONE, RunState.FAILED)]
    return open_jobs + [job for job in found if job not in open_jobs][:over]


def read_picture(store: Store, run: int) -> bytes | None:
    """Return a frame of a job's media as a JPEG, or None.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store.reading() as connection:
        found: bytes | None = connection.scalar(select(progress.c.picture).where(progress.c.run == run))
    return found


def _view(row: Any) -> JobView:
    user = row.user if isinstance(row.user, dict) else {}
    return JobView(
        run=row.id,
        automation=row.automation,
        state=row.state,
        ftrack_job=row.ftrack_job_id,
        entity_type=row.entity_type,
        name=row.name or "",
        project=row.project,
        user=user.get("name") or user.get("username"),
        at=row.at,
        cancelled=row.cancelled,
        summary=row.summary,
        error=row.error,
        sentence=row.sentence or None,
        done=row.done,
        left=time_left(row.done, row.began, row.told, row.now),
        has_picture=bool(row.picture),
    )


def time_left(done: float | None, began: float | None, told: float | None, moment: float) -> float | None:
    """Return the seconds that something will take, as fast as it went so far; None when that is not known.

    Args:
        done: How far it is, from 0 to 1.
        began: When it was at 0, in seconds since 1970.
        told: When it was that far.
        moment: The time now.
    """
    if done is None or began is None or told is None or done < _FAR or told - began < _LONG:
        return None
    return max(0.0, (told - began) * (1 - done) / done - (moment - told))
