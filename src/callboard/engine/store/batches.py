"""Batches of runs: taken from a lane together, planned, written back together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Float, Row, Update, and_, bindparam, case, func, select, update

from callboard.changes import Change, Person
from callboard.engine.store.database import now
from callboard.engine.store.lanes import Lane, Lanes, behind, due
from callboard.engine.store.tables import changes, runs
from callboard.secrets import without_secrets

#: Runs of one batch, at most.
BATCH = 2000


@dataclass(frozen=True)
class Run:
    """A run that was taken from its lane.

    Attributes:
        change: The change as the inbox knows it, without entity, related and workflow.
        plan: The effects that a former attempt had planned before it was cut off, as JSON; None to plan anew.
        effects: What former attempts did, as ``{kind, text, done}``.
        waited: Seconds since it was first tried.
        arguments, checkpoints, ftrack_job_id, user, cancelled: Of jobs only.
    """

    id: int
    automation: str
    change: Change
    project: str | None
    entity_name: str
    entity_parent: str | None
    attempts: int
    waited: float
    plan: Any
    effects: list[dict[str, Any]]
    arguments: dict[str, Any] | None = None
    checkpoints: dict[str, Any] | None = None
    ftrack_job_id: str | None = None
    user: Person | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended.

    Attributes:
        state: ``done``, ``failed``, or ``waiting`` to be tried again.
        summary: One sentence: what it did, or why it did nothing.
        error: One sentence when it did not succeed.
        effects: What was done so far, as ``{kind, text, done}``.
        delay: Seconds until it is tried again, when it waits.
        keep_plan: Whether the recorded plan is still to be carried out, since it may have been begun; not planned anew.
    """

    state: str
    summary: str = ""
    error: str | None = None
    effects: list[dict[str, Any]] = field(default_factory=list)
    delay: float = 0
    keep_plan: bool = False


def take_batch(lanes: Lanes, lane: Lane) -> list[Run]:
    """Return the runs that are due: at most one of each entity, in the order of their changes, now *running*."""
    mine = and_(runs.c.automation == lane.automation, runs.c.lane == lane.lane)
    with lanes.writing(lane) as connection:
        # What a former holder left behind is due at once.
        connection.execute(update(runs).where(mine, runs.c.state == "running").values(state="waiting", due=0))
        rows = connection.execute(
            select(
                runs,
                *[changes.c[name] for name in ("key", "kind", "project_id", "by", "status", "from_status")],
                changes.c.at.label("changed_at"),
                (now() - runs.c.first_tried).label("waited"),
            )
            .join(changes, changes.c.key == runs.c.change_key)
            .where(mine, due(), ~behind())
            .order_by(runs.c.at, runs.c.id)
            .limit(BATCH)
        ).all()
        connection.execute(
            update(runs)
            .where(runs.c.id.in_([row.id for row in rows]))
            .values(
                state="running",
                attempts=runs.c.attempts + 1,
                first_tried=func.coalesce(runs.c.first_tried, now()),
            )
        )
    return [_run(row) for row in rows]


def record_plans(lanes: Lanes, lane: Lane, plans: Mapping[int, Any]) -> None:
    """Keep what is going to be done, by run id, before any of it is."""
    if not plans:
        return
    with lanes.writing(lane) as connection:
        connection.execute(
            update(runs).where(runs.c.id == bindparam("run")).values(plan=bindparam("effects_planned"), effects=None),
            [{"run": run, "effects_planned": plan} for run, plan in plans.items()],
        )


def finish(lanes: Lanes, lane: Lane, outcomes: Mapping[int, Outcome]) -> None:
    """Keep how the runs of a batch ended, and hand the lane back."""
    with lanes.writing(lane) as connection:
        for keep_plan in (False, True):
            rows = [_parameters(run, outcome) for run, outcome in outcomes.items() if outcome.keep_plan == keep_plan]
            if rows:
                connection.execute(_finished(keep_plan), rows)
        lanes.hand_back(connection, lane)


def _finished(keep_plan: bool) -> Update:
    values: dict[str, Any] = {
        "state": bindparam("new_state"),
        "summary": bindparam("new_summary"),
        "error": bindparam("new_error"),
        "effects": bindparam("new_effects"),
        "due": now() + bindparam("delay", type_=Float()),
        "finished": case((bindparam("new_state") != "waiting", now())),
    }
    if not keep_plan:
        values["plan"] = None
    return update(runs).where(runs.c.id == bindparam("run")).values(values)


def _parameters(run: int, outcome: Outcome) -> dict[str, Any]:
    return {
        "run": run,
        "new_state": outcome.state,
        "new_summary": outcome.summary,
        "new_error": None if outcome.error is None else without_secrets(outcome.error),
        "new_effects": outcome.effects,
        "delay": outcome.delay,
    }


def _run(row: Row[Any]) -> Run:
    change = Change(
        key=row.key,
        kind=row.kind,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        project_id=row.project_id,
        at=datetime.fromtimestamp(row.changed_at, UTC),
        by=_person(row.by),
        status=row.status,
        from_status=row.from_status,
    )
    return Run(
        id=row.id,
        automation=row.automation,
        change=change,
        project=row.project,
        entity_name=row.entity_name,
        entity_parent=row.entity_parent,
        attempts=row.attempts + 1,
        waited=row.waited or 0.0,
        plan=row.plan,
        effects=row.effects or [],
        arguments=row.arguments,
        checkpoints=row.checkpoints,
        ftrack_job_id=row.ftrack_job_id,
        user=_person(row.user),
        cancelled=row.cancelled,
    )


def _person(value: Mapping[str, str] | None) -> Person | None:
    return None if value is None else Person(**value)
