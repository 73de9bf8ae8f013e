"""The long work of actions in the database: each job is a run in a lane of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from callboard.changes import Change, Person
from callboard.chunks import chunks
from callboard.engine.store.batches import (
    Outcome,
    Run,
    hand_back,
    keep_outcomes,
    person_of,
    remove_lane,
    run_of,
    take_due,
)
from callboard.engine.store.changes import change_row
from callboard.engine.store.database import Store, insert_into, now
from callboard.engine.store.facet_tables import progress
from callboard.engine.store.facets import labels_of, note_runs
from callboard.engine.store.lanes import Lane, Lanes
from callboard.engine.store.states import OPEN, RunState
from callboard.engine.store.tables import changes, lanes, runs
from callboard.secrets import without_secrets


@dataclass(frozen=True)
class JobRun:
    """A job that was taken from its lane.

    Attributes:
        run: What it has in common with all runs.
        arguments: ``work``, the name of the function, and its ``arguments``.
        checkpoints: What former attempts kept, by key.
        ended: How the work ended, as that attempt stored it; None while it has not.
        ftrack_job_id: The Job that people see.
        user: The person who launched it.
        cancelled: Whether somebody cleared it.
    """

    run: Run
    arguments: dict[str, Any]
    checkpoints: dict[str, Any]
    ended: dict[str, Any] | None
    ftrack_job_id: str
    user: Person | None
    cancelled: bool

    @property
    def id(self) -> int:
        """The run's id."""
        return self.run.id

    @property
    def automation(self) -> str:
        """The name of the action."""
        return self.run.automation


def add_job(
    store: Store,
    change: Change,
    automation: str,
    *,
    name: str,
    project: str | None,
    user: Person,
    arguments: dict[str, Any],
    ftrack_job_id: str,
) -> bool:
    """Store the launch of an action's job (a change of kind ``launched``), due now in a lane of its own.

    Returns:
        Whether it is new; False when the same launch was stored before.

    Raises:
        TryAgain: The database cannot be reached.
    """
    run = {
        "change_key": change.key,
        "automation": automation,
        "lane": change.key,
        "entity_type": change.entity_type,
        "entity_id": change.entity_id,
        "at": change.at.timestamp(),
        "state": RunState.WAITING,
        "head": True,
        "arguments": arguments,
        "ftrack_job_id": ftrack_job_id,
        "user": asdict(user),
    }
    row = change_row(change) | {"name": name, "project": project}
    try:
        with store.writing() as connection:
            connection.execute(changes.insert().values(row | {"stored": now()}))
            connection.execute(lanes.insert(), {"automation": automation, "lane": change.key, "due": 0})
            number = connection.execute(runs.insert().returning(runs.c.id), run).scalar_one()
            labels = labels_of(change, [automation], name=name, parent=None, project=project)
            note_runs(connection, [number], labels)
    except IntegrityError:
        return False
    return True


def take_job(lanes: Lanes, lane: Lane) -> JobRun | None:
    """Take the job of a lane; None when it is not due after all."""
    ids = take_due(lanes, lane)
    if not ids:
        return None
    columns = [changes.c[name].label(f"change_{name}") for name in changes.c.keys() if name != "key"]  # noqa: SIM118 - a collection of columns is not a mapping
    with lanes.reading() as connection:
        row = connection.execute(
            select(runs, *columns).join(changes, changes.c.key == runs.c.change_key).where(runs.c.id == ids[0])
        ).one()
    return JobRun(
        run=run_of(row),
        arguments=row.arguments or {},
        checkpoints=row.checkpoints or {},
        ended=row.ended,
        ftrack_job_id=row.ftrack_job_id or "",
        user=person_of(row.user),
        cancelled=row.cancelled,
    )


def keep_checkpoints(lanes: Lanes, lane: Lane, run: int, checkpoints: dict[str, Any]) -> None:
    """Keep how far a job has come."""
    with lanes.writing(lane) as connection:
        connection.execute(update(runs).where(runs.c.id == run).values(checkpoints=checkpoints))


def keep_progress(lanes: Lanes, lane: Lane, run: int, sentence: str, done: float | None, *, begins: bool) -> None:
    """Keep what the work of a job is doing, and how far it is.

    Args:
        lanes: The server's lanes.
        lane: The job's lane.
        run: The job.
        sentence: What it is doing.
        done: How far it is, from 0 to 1; None when that is not known.
        begins: Whether this attempt begins with it.
    """
    with lanes.writing(lane) as connection:
        values = {"sentence": without_secrets(sentence), "done": done, "at": now()} | (
            {"began": now()} if begins else {}
        )
        row = insert_into(connection, progress).values(run=run, **({"began": now()} | values))
        connection.execute(row.on_conflict_do_update(index_elements=[progress.c.run], set_=values))


def keep_picture(lanes: Lanes, lane: Lane, run: int, picture: bytes) -> None:
    """Keep a frame of a job's media, a small JPEG."""
    with lanes.writing(lane) as connection:
        connection.execute(update(progress).where(progress.c.run == run).values(picture=picture))


def keep_end(lanes: Lanes, lane: Lane, run: int, ended: dict[str, str | None]) -> None:
    """Keep how the work of a job ended, before anybody is shown it."""
    readable = {name: text and without_secrets(text) for name, text in ended.items()}
    with lanes.writing(lane) as connection:
        connection.execute(update(runs).where(runs.c.id == run).values(ended=readable))


def finish_job(lanes: Lanes, lane: Lane, run: int, outcome: Outcome) -> None:
    """Keep how an attempt at a job ended, and hand its lane back; when the job is over, the lane is gone."""
    with lanes.writing(lane) as connection:
        keep_outcomes(connection, {run: outcome})
        hand_back(lanes, connection, lane)
        if outcome.state is not RunState.WAITING:
            remove_lane(connection, lane)


def cancelled_because(store: Store, run: int) -> str | None:
    """Return why a job was cleared, or None when nobody cleared it."""
    with store.reading() as connection:
        row = connection.execute(select(runs.c.cancelled, runs.c.summary).where(runs.c.id == run)).one()
    return (row.summary or "It was cleared from the queue.") if row.cancelled else None


def cancel_job(store: Store, run: int, sentence: str) -> None:
    """Have the work of a job stop, also after a crash."""
    with store.writing() as connection:
        connection.execute(update(runs).where(runs.c.id == run).values(cancelled=True, summary=sentence))


def cancel_jobs(store: Store, ftrack_job_ids: Collection[str], sentence: str) -> None:
    """Have the work of these ftrack Jobs stop on whichever server it runs; what waits is due, and never begins.

    Args:
        store: The database.
        ftrack_job_ids: Any Jobs; those that are not ours are passed over.
        sentence: The reason, for people.
    """
    with store.writing() as connection:
        for some in chunks(sorted(ftrack_job_ids)):
            unfinished = runs.c.ftrack_job_id.in_(some) & runs.c.state.in_(OPEN)
            found = connection.execute(
                update(runs)
                .where(unfinished)
                .values(cancelled=True, summary=sentence, due=0)
                .returning(runs.c.automation, runs.c.lane)
            ).all()
            for row in found:
                connection.execute(
                    update(lanes).where(lanes.c.automation == row.automation, lanes.c.lane == row.lane).values(due=0)
                )


def actions_with_jobs(store: Store) -> set[str]:
    """Return the actions with jobs that are not over."""
    with store.reading() as connection:
        unfinished = runs.c.ftrack_job_id.is_not(None) & runs.c.state.in_(OPEN)
        return set(connection.scalars(select(runs.c.automation).where(unfinished).distinct()))
