"""Workers: each takes a lane, carries a batch of its runs all the way, hands it back, and takes the next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from callboard.effects import Effect
from callboard.engine.running.apply import Applier, Progress
from callboard.engine.running.failures import outcome_of
from callboard.engine.running.load import load
from callboard.engine.running.plan import from_json, plan, to_json
from callboard.engine.store.batches import Outcome, Run, finish, record_plans, take_batch
from callboard.engine.store.lanes import Lane, LaneLostError, Lanes
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.registry import Trigger
from callboard.settings import Settings

_log = logging.getLogger(__name__)

#: Workers of one server: so many lanes are worked on at once.
WORKERS = 4
#: Seconds after which a worker looks for due runs without being woken: for retries, and what other processes stored.
_LOOK = 0.5
#: Seconds to wait when the database is away.
_PAUSE = 2.0


class Workers:
    """The workers of one server.

    Args:
        settings: The configuration.
        triggers: The automations that work here.
        lanes: Where work is claimed.
        ftrack: The studio's ftrack.
        applier: Carries plans out.
    """

    def __init__(
        self, settings: Settings, triggers: Sequence[Trigger], *, lanes: Lanes, ftrack: Ftrack, applier: Applier
    ) -> None:
        self._settings = {trigger.name: settings.automation(trigger.name) for trigger in triggers}
        self._triggers = {trigger.name: trigger for trigger in triggers}
        self._lanes = lanes
        self._ftrack = ftrack
        self._applier = applier
        self._stopping = threading.Event()
        self._due = threading.Condition()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start working."""
        for number in range(WORKERS):
            thread = threading.Thread(target=self._work, name=f"worker {number + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Finish what was begun, park the rest of it, and return when no worker works any more."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join()

    def wake(self) -> None:
        """Say that runs may be due."""
        with self._due:
            self._due.notify_all()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                served = self.serve_a_lane()
            except TryAgain as error:
                _log.warning("%s It is tried again in %g s.", error, _PAUSE)
                self._stopping.wait(_PAUSE)
            except LaneLostError as error:
                _log.warning("the lease of the lane %s ended while it was worked on; its work is done again", error)
            except Exception:  # noqa: BLE001 - whatever the defect, the others' runs go on
                _log.exception("a worker met a defect; what it was at is taken up again")
                self._stopping.wait(_PAUSE)
            else:
                if not served:
                    with self._due:
                        self._due.wait(_LOOK)

    def serve_a_lane(self) -> bool:
        """Take the next lane and carry a batch of it; False when nothing is due."""
        lane = self._lanes.claim(list(self._triggers))
        if lane is None:
            return False
        try:
            runs = take_batch(self._lanes, lane)
            outcomes = self._carry_out(lane, runs)
            finish(self._lanes, lane, outcomes)
        finally:
            self._lanes.forget(lane)
        for run in runs:
            _log_outcome(run, outcomes[run.id])
        return True

    def _carry_out(self, lane: Lane, runs: Sequence[Run]) -> dict[int, Outcome]:
        """Load, plan and apply a batch."""
        trigger = self._triggers[lane.automation]
        outcomes, plans = self._plan(trigger, [run for run in runs if run.plan is None])
        record_plans(self._lanes, lane, {run: to_json(effects) for run, effects in plans.items()})
        plans |= {run.id: from_json(run.plan) for run in runs if run.plan is not None}
        batch = [Progress(run, plans[run.id]) for run in runs if run.id in plans]
        try:
            self._applier.apply(lane, batch, self._stopping)
        except (TryAgain, LaneLostError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever the defect, these runs fail visibly and no others
            _log.exception("applying a batch of %s failed", trigger.name)
            for progress in batch:
                progress.problem = progress.problem or Refused(f"Callboard has a defect, see its log: {error!r}.")
        return outcomes | {progress.run.id: self._outcome(trigger, progress) for progress in batch}

    def _plan(self, trigger: Trigger, runs: Sequence[Run]) -> tuple[dict[int, Outcome], dict[int, list[Effect]]]:
        """Plan what is to be done about each run's change; outcomes are of those that need nothing done, or failed."""
        retry_for = self._settings[trigger.name].retry_for
        try:
            changes = load(self._ftrack, trigger, [run.change for run in runs])
        except (TryAgain, Refused) as error:
            return {run.id: outcome_of(error, run, retry_for) for run in runs}, {}
        outcomes: dict[int, Outcome] = {}
        plans: dict[int, list[Effect]] = {}
        for run, change in zip(runs, changes, strict=True):
            if change is None:
                outcomes[run.id] = Outcome("done", f"The {run.change.entity_type} no longer exists.")
                continue
            try:
                plans[run.id] = plan(trigger, change, self._settings[trigger.name])
            except (TryAgain, Refused) as error:
                outcomes[run.id] = outcome_of(error, run, retry_for)
        return outcomes, plans

    def _outcome(self, trigger: Trigger, progress: Progress) -> Outcome:
        if progress.parked:
            # What was not begun is planned anew, as things are then; what a crash cut off is carried to its end.
            return Outcome("waiting", effects=progress.run.effects, keep_plan=progress.run.plan is not None)
        if progress.problem is not None:
            retry_for = self._settings[trigger.name].retry_for
            return outcome_of(progress.problem, progress.run, retry_for, progress.records)
        return Outcome("done", progress.summary or "Nothing was to be done.", effects=progress.records)


def _log_outcome(run: Run, outcome: Outcome) -> None:
    """Log how a run ended; the history says the same, and more."""
    name = " ".join(filter(None, [run.project, run.change.entity_type, run.entity_parent, run.entity_name]))
    if outcome.error is None:
        _log.info("%s of %s: %s", run.automation, name, outcome.summary or outcome.state)
    else:
        level = logging.ERROR if outcome.state == "failed" else logging.WARNING
        _log.log(level, "%s of %s %s: %s", run.automation, name, outcome.state, outcome.error)
