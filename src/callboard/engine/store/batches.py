"""Batches of runs: taken from a lane together, planned, written back together.

What this costs follows the batch, never what waits behind it: taking reads one range of the heads that are due, and
finishing looks up one successor for each run that ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Float,
    Row,
    Select,
    Update,
    bindparam,
    case,
    delete,
    literal,
    null,
    select,
    update,
)

from callboard.changes import Cause, Change, Person
from callboard.chunks import chunks
from callboard.engine.store.database import now
from callboard.engine.store.facets import note_lists
from callboard.engine.store.heads import promote
from callboard.engine.store.lanes import LONGEST_DELAY, TOO_LATE, Lane, Lanes
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import caused, changes, is_head, runs
from callboard.engine.store.tables import lanes as lane_rows
from callboard.engine.store.whys import note_tries, number_whys
from callboard.secrets import without_secrets

#: Runs of one batch, at most.
BATCH = 2000
_CHANGE = (
    "kind",
    "project_id",
    "by",
    "status",
    "from_status",
    "name",
    "parent",
    "project",
    "cause_run",
    "cause_by",
)


@dataclass(frozen=True)
class Run:
    """A run that was taken from its lane.

    Attributes:
        change: The change as the inbox knows it, without entity, related and workflow.
        attempts: How often it was taken, this time included.
        tried: Seconds for which servers have been trying it before.
        plan: The plan that an interrupted attempt stored; None to plan again.
        effects: What former attempts did, as ``{kind, text, done}``.
    """

    id: int
    automation: str
    change: Change
    project: str | None
    entity_name: str
    entity_parent: str | None
    attempts: int
    tried: float
    plan: Any
    effects: list[dict[str, Any]]


@dataclass(frozen=True)
class Outcome:
    """The end of an attempt.

    Attributes:
        state: Where the run is now.
        summary: One sentence: what it did, or why it did nothing.
        error: One sentence when it did not succeed.
        effects: What was done so far, as ``{kind, text, done}``.
        delay: Seconds until it is tried again, when it waits.
        tried: Seconds that this attempt took, and the wait that follows it.
        keep_plan: Whether the recorded plan must still be carried out, because it may have begun.
        traceback: Where an error came from, for those who fix it; None for what needs no fix in the code.
    """

    state: RunState
    summary: str = ""
    error: str | None = None
    effects: list[dict[str, Any]] = field(default_factory=list)
    delay: float = 0
    tried: float = 0
    keep_plan: bool = False
    traceback: str | None = None

    @property
    def why(self) -> str | None:
        """The error, or the reason why nothing was done; None when something was."""
        return self.error or (None if any(each["done"] for each in self.effects) else self.summary or None)


@dataclass(frozen=True)
class PlannedStatus:
    """A status that a run is about to set.

    Attributes:
        run: The run's id.
        entity_id: What gets the status.
        status: The status' name.
        by: Whose change the run answers.
    """

    run: int
    entity_id: str
    status: str
    by: Person | None


def take_batch(lanes: Lanes, lane: Lane) -> list[Run]:
    """Take the runs that are due, at most one of each entity; return them in the order of their changes."""
    ids = take_due(lanes, lane)
    with lanes.reading() as connection:
        taken = [run for some in chunks(ids) for run in _read_runs(connection, some)]
    return sorted(taken, key=lambda run: (run.change.at, run.id))


def _read_runs(connection: Connection, ids: Sequence[int]) -> list[Run]:
    """Read runs; one whose JSON is damaged comes without it, and with a plan that nobody can read."""
    of_changes = [changes.c[name].label(f"change_{name}") for name in _CHANGE]
    try:
        return [run_of(row) for row in connection.execute(_runs_with(runs.c, of_changes, ids))]
    except (TypeError, ValueError):
        if len(ids) > 1:
            half = len(ids) // 2
            return _read_runs(connection, ids[:half]) + _read_runs(connection, ids[half:])
    damaged = [null().label("effects"), literal("damaged").label("plan")]
    whole = [column for column in runs.c if not isinstance(column.type, JSON)]
    plain = [null().label(each.name) if isinstance(each.type, JSON) else each for each in of_changes]
    return [run_of(row) for row in connection.execute(_runs_with([*whole, *damaged], plain, ids))]


def _runs_with(of_runs: Iterable[Any], of_changes: Iterable[Any], ids: Sequence[int]) -> Select[Any]:
    joined = select(*of_runs, *of_changes).join_from(runs, changes, changes.c.key == runs.c.change_key)
    return joined.where(runs.c.id.in_(ids))


def take_due(lanes: Lanes, lane: Lane) -> list[int]:
    """Mark the runs that are due as *running*, and return their ids; what a former holder left behind is due."""
    heads = (runs.c.automation == lane.automation, runs.c.lane == lane.lane, is_head())
    with lanes.writing(lane) as connection:
        # Nothing is due so late, unless the clock was set back since.
        connection.execute(update(runs).where(*heads, runs.c.due > now() + TOO_LATE).values(due=0))
        due = select(runs.c.id).where(*heads, runs.c.due <= now()).order_by(runs.c.due, runs.c.id).limit(BATCH)
        ids = list(connection.scalars(due))
        for some in chunks(ids):
            taken = {"state": RunState.RUNNING, "attempts": runs.c.attempts + 1}
            connection.execute(update(runs).where(runs.c.id.in_(some)).values(taken))
    return ids


def record_plans(lanes: Lanes, lane: Lane, plans: Mapping[int, Any], planned: Iterable[PlannedStatus] = ()) -> None:
    """Keep what is going to be done, by run id, before any of it is.

    Args:
        lanes: The server's lanes.
        lane: The lane in hand.
        plans: By run id, anything that JSON can hold.
        planned: The statuses that are going to be set, so that ftrack's news of them is known for what it is.
    """
    rows = [
        {"entity_id": each.entity_id, "status": each.status, "run_id": each.run, "by": _json(each.by)}
        for each in planned
    ]
    if not plans and not rows:
        return
    with lanes.writing(lane) as connection:
        if plans:
            connection.execute(
                update(runs).where(runs.c.id == bindparam("run")).values(plan=bindparam("planned"), effects=None),
                [{"run": run, "planned": plan} for run, plan in plans.items()],
            )
            note_lists(connection, plans)
        if rows:
            # A plan that is carried on later sets its statuses later.
            statement = lanes.insert(caused).values(at=now())
            key = [caused.c.entity_id, caused.c.status, caused.c.run_id]
            connection.execute(statement.on_conflict_do_update(index_elements=key, set_={"at": now()}), rows)


def finish(lanes: Lanes, lane: Lane, outcomes: Mapping[int, Outcome]) -> None:
    """Keep how the runs of a batch ended, let those behind them come next, and hand the lane back."""
    with lanes.writing(lane) as connection:
        keep_outcomes(connection, outcomes)
        hand_back(lanes, connection, lane)


def keep_outcomes(connection: Connection, outcomes: Mapping[int, Outcome]) -> None:
    """Write how runs ended; of each entity whose run is over, the next one becomes the head."""
    if not outcomes:
        return
    whys = number_whys(connection, {run: why for run, outcome in outcomes.items() if (why := outcome.why) is not None})
    rows = [{**_parameters(run, outcome), "new_why": whys.get(run)} for run, outcome in outcomes.items()]
    connection.execute(_FINISHED, rows)
    note_tries(connection, [_try(run, whys[run], outcome) for run, outcome in outcomes.items() if outcome.error])
    over = [run for run, outcome in outcomes.items() if outcome.state not in (RunState.WAITING, RunState.RUNNING)]
    promote(connection, over)


def hand_back(lanes: Lanes, connection: Connection, lane: Lane) -> None:
    """Hand a lane back; it is due when the first of its heads is."""
    mine = (runs.c.automation == lane.automation, runs.c.lane == lane.lane, is_head())
    first = select(runs.c.due).where(*mine).order_by(runs.c.due).limit(1).scalar_subquery()
    lanes.hand_back(connection, lane, due=first)


def remove_lane(connection: Connection, lane: Lane) -> None:
    """Forget the lane of a job that is over; a late writer finds none, and writes nothing."""
    rows = lane_rows.c
    mine = (rows.automation == lane.automation, rows.lane == lane.lane, rows.epoch == lane.epoch)
    connection.execute(delete(lane_rows).where(*mine, rows.due.is_(None)))


def run_of(row: Row[Any]) -> Run:
    """Return a run as it was read together with its change."""
    change = Change(
        key=row.change_key,
        kind=row.change_kind,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        project_id=row.change_project_id,
        at=datetime.fromtimestamp(row.at, UTC),
        by=person_of(row.change_by),
        status=row.change_status,
        from_status=row.change_from_status,
        cause=None if row.change_cause_run is None else Cause(row.change_cause_run, person_of(row.change_cause_by)),
    )
    return Run(
        id=row.id,
        automation=row.automation,
        change=change,
        project=row.change_project,
        entity_name=row.change_name or "",
        entity_parent=row.change_parent,
        attempts=row.attempts,
        tried=row.tried,
        plan=row.plan,
        effects=records_of(row.effects),
    )


def records_of(value: Any) -> list[dict[str, Any]]:
    """Return the stored ``{kind, text, done}`` of a run's effects; none when they are not that."""
    records = value if isinstance(value, list) else []
    return records if all(isinstance(each, dict) and {"text", "done"} <= each.keys() for each in records) else []


def person_of(value: Any) -> Person | None:
    """Return a stored person."""
    return Person(**value) if isinstance(value, dict) else None


def _json(person: Person | None) -> dict[str, Any] | None:
    return None if person is None else asdict(person)


_FINISHED: Update = (
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        state=bindparam("new_state"),
        head=bindparam("new_head"),
        summary=bindparam("new_summary"),
        error=bindparam("new_error"),
        why=bindparam("new_why"),
        effects=bindparam("new_effects"),
        plan=case((bindparam("keep_plan"), runs.c.plan), else_=null()),
        due=now() + bindparam("delay", type_=Float()),
        tried=runs.c.tried + bindparam("new_tried", type_=Float()),
        finished=case((bindparam("over"), now()), else_=None),
    )
)


def _try(run: int, why: int, outcome: Outcome) -> dict[str, Any]:
    said = {"error": outcome.error or "", "traceback": outcome.traceback}
    return {"run": run, "why": why} | {name: text and without_secrets(text) for name, text in said.items()}


def _parameters(run: int, outcome: Outcome) -> dict[str, Any]:
    waits = outcome.state is RunState.WAITING
    return {
        "run": run,
        "new_state": outcome.state,
        "new_head": waits,
        # What is stored is what people read: in the history, on the pages, in ftrack's Job.
        "new_summary": without_secrets(outcome.summary),
        "new_error": None if outcome.error is None else without_secrets(outcome.error),
        "new_effects": [{**effect, "text": without_secrets(effect["text"])} for effect in outcome.effects],
        "keep_plan": outcome.keep_plan,
        "delay": min(outcome.delay, LONGEST_DELAY),
        "new_tried": outcome.tried,
        "over": not waits,
    }
