"""One job from start to end: its work, its outcome, and its ftrack Job.

An attempt ends in one of three ways: the work *ends* (done or failed), it *waits* (something is away, or the server
stops), or the process dies. How the work ended is recorded before ftrack's Job shows it; so a crash
between the two, or ftrack being away, delays the Job and nothing else, and no Job stays *running* forever.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from callboard.changes import Person
from callboard.engine.actions import ftrack_jobs
from callboard.engine.actions.running_job import Parked, RunningJob
from callboard.engine.running.failures import defect, outcome_of, retry_delay, traceback_of
from callboard.engine.running.hand import Hand
from callboard.engine.store.batches import Outcome
from callboard.engine.store.database import Store
from callboard.engine.store.jobs import JobRun, finish_job, keep_end, take_job
from callboard.engine.store.lanes import Lane, LaneLostError, Lanes
from callboard.engine.store.states import RunState
from callboard.errors import CallboardError, Cancelled, Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.jobs import Job
from callboard.registry import Action, Registry
from callboard.settings import Settings

_log = logging.getLogger(__name__)

#: How often a work may be cut off before it is not begun again.
_CRASHES = 3

Work = Callable[[Job, dict[str, Any]], str]


@dataclass(frozen=True)
class WorkEnd:
    """The end of a job's work.

    Attributes:
        state: Whether it succeeded.
        sentence: What was done, or why it failed, for people.
        traceback: Where a defect of the work came from.
    """

    state: Literal["done", "failed"]
    sentence: str
    traceback: str | None = None


class JobRunner:
    """Carries out jobs from lanes in hand; may be used from any thread.

    Args:
        stopping: Set when the server stops; works are parked then.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        *,
        store: Store,
        lanes: Lanes,
        ftrack: Ftrack,
        stopping: threading.Event,
    ) -> None:
        self._settings, self._registry, self._ftrack = settings, registry, ftrack
        self._store, self._lanes, self._stopping = store, lanes, stopping
        self._running: dict[int, RunningJob] = {}

    @property
    def running(self) -> list[RunningJob]:
        """The jobs that are being worked on now."""
        return list(self._running.values())

    def carry_out(self, hand: Hand) -> None:
        """Carry out the job of the lane in hand and hand the lane back.

        Raises:
            LaneLostError: Another server has it now.
            TryAgain: The database cannot be reached.
        """
        lane = hand.lane
        run = take_job(self._lanes, lane)
        if run is None:
            self._lanes.release(lane)
            return
        hand.runs = [run.run]
        end = WorkEnd(**run.ended) if run.ended else self._start_work(lane, run)
        outcome = self._report_end(lane, run, end) if isinstance(end, WorkEnd) else end
        finish_job(self._lanes, lane, run.id, outcome)

    def _start_work(self, lane: Lane, run: JobRun) -> WorkEnd | Outcome:
        """Begin or continue the work; return how it ended, or that it waits."""
        job = RunningJob(
            run,
            lane,
            store=self._store,
            lanes=self._lanes,
            ftrack=self._ftrack,
            settings=self._settings,
            stopping=self._stopping,
        )
        with job:
            self._running[run.id] = job
            try:
                end = self._try_work(job)
                job.end()
            finally:
                # When this attempt was given up, another one may be at the same job by now.
                if self._running.get(run.id) is job:
                    del self._running[run.id]
        if isinstance(end, Outcome):
            self._show_waiting(run, end)
        return end

    def _try_work(self, job: RunningJob) -> WorkEnd | Outcome:
        run = job.run
        end: WorkEnd | Outcome
        try:
            end = WorkEnd("done", self._run_work(job))
        except Parked:
            end = Outcome(RunState.WAITING, "It continues when the server starts again.")
        except TryAgain as error:
            cleared = job.look()
            end = self._retry_or_fail(run, error) if cleared is None else WorkEnd("failed", cleared)
        except (Cancelled, Refused) as error:
            end = WorkEnd("failed", str(error))
        except LaneLostError:
            raise
        except Exception as error:  # noqa: BLE001 - work may raise anything; its Job says what
            _log.exception("the work of %s failed (run %s)", run.automation, run.id)
            end = WorkEnd("failed", _sentence(error), traceback_of(defect(error)))
        return end

    def _run_work(self, job: RunningJob) -> str:
        run = job.run
        job.check()
        if job.begin() > _CRASHES:
            raise Refused(
                f"The server was cut off {_CRASHES} times during this job; see its log, then launch it again."
            )
        work = self._find_work(run)
        self._show_running(run)
        return work(job, run.arguments["arguments"])

    def _retry_or_fail(self, run: JobRun, error: TryAgain) -> WorkEnd | Outcome:
        outcome = outcome_of(error, run.run, self._settings.automation(run.automation).retry_for)
        return outcome if outcome.state is RunState.WAITING else WorkEnd("failed", outcome.error or "")

    def _find_work(self, run: JobRun) -> Work:
        action = self._registry.actions.get(run.automation)
        if action is None:
            raise Refused(f"The action {run.automation} no longer exists.")
        if reason := self._settings.why_off(action.name, action.needs):
            raise Refused(reason)
        name = run.arguments["work"]
        work = work_named(action, name)
        if work is None:
            raise Refused(f"{action.label} has no work named {name} any more; launch it again.")
        return work

    def _show_running(self, run: JobRun) -> None:
        job_id, sentence = run.ftrack_job_id, "The work begins."
        try:
            ftrack_jobs.update(self._ftrack, job_id, "running", sentence)
        except Refused:
            # The server died before it made the Job, or somebody deleted it.
            ftrack_jobs.create(self._ftrack, job_id, run.user or Person("", ""), sentence)
            ftrack_jobs.update(self._ftrack, job_id, "running", sentence)

    def _show_waiting(self, run: JobRun, outcome: Outcome) -> None:
        sentence = outcome.summary or f"Tried again in {outcome.delay:g} s: {outcome.error}"
        try:
            ftrack_jobs.update(self._ftrack, run.ftrack_job_id, "queued", sentence)
        except CallboardError as error:
            _log.info("job %s: ftrack cannot show that it waits: %s", run.id, error)

    def _report_end(self, lane: Lane, run: JobRun, end: WorkEnd) -> Outcome:
        """Show in ftrack how the work ended."""
        keep_end(self._lanes, lane, run.id, asdict(end))
        try:
            ftrack_jobs.update(self._ftrack, run.ftrack_job_id, end.state, end.sentence)
        except TryAgain as error:
            # However long ftrack is away, its Job shows it in the end.
            delay = retry_delay(run.run.attempts)
            return Outcome(RunState.WAITING, end.sentence, str(error), delay=delay)
        except Refused as error:
            _log.warning("job %s: ftrack does not show how it ended: %s", run.id, error)
        problem = None if end.state == "done" else end.sentence
        return Outcome(RunState(end.state), end.sentence, problem, traceback=end.traceback)


def work_named(action: Action, name: str) -> Work | None:
    """Return the function of that name at the top of the action's own file; a stored name cannot lead anywhere else."""
    return getattr(sys.modules[action.answer.__module__], name, None)


def _sentence(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({place.filename.rpartition('/')[2]}:{place.lineno})"
