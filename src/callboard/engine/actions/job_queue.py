"""The long work of actions: stored before the action answers, and carried out by workers of its own."""

from __future__ import annotations

import functools
import json
import logging
import threading
from collections.abc import Callable, Collection

from callboard.changes import Change, Person
from callboard.engine.actions import ftrack_jobs
from callboard.engine.actions.job_runner import JobRunner, work_named
from callboard.engine.running.crew import Crew, Member
from callboard.engine.running.hand import Hand
from callboard.engine.store.batches import Outcome
from callboard.engine.store.database import Store
from callboard.engine.store.jobs import actions_with_jobs, add_job, cancel_jobs, finish_job
from callboard.engine.store.lanes import LaneLostError, Lanes
from callboard.engine.store.states import RunState
from callboard.errors import CallboardError, Refused, TryAgain
from callboard.forms import StartJob
from callboard.ftrack import Ftrack
from callboard.registry import Action, Registry
from callboard.settings import Settings
from callboard.studio.media import clean_leftovers

_log = logging.getLogger(__name__)

#: Jobs that run at the same time, beside one heavy one.
_ORDINARY = 2
#: Seconds after which workers look for due jobs without being woken.
_LOOK = 1.0
#: Seconds that stopping waits for work that does not look whether it should stop.
_GRACE = 10.0
#: Seconds without a sign of life after which a job is given up, and after which it is then taken up again. Jobs look
#: for every frame and every part of a file whether they should stop; what takes long without looking is a dead drive.
DEADLINE, _AGAIN = 1800.0, 60.0


class Jobs:
    """Takes in jobs, and carries them out while it is started.

    Args:
        on_broken: Called when so many workers are stuck that the process has to end.
        deadline: Seconds without a sign of life after which a job is given up.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Registry,
        *,
        store: Store,
        lanes: Lanes,
        ftrack: Ftrack,
        on_broken: Callable[[], None] = lambda: None,
        deadline: float = DEADLINE,
    ) -> None:
        self._registry, self._ftrack = registry, ftrack
        self._store, self._lanes = store, lanes
        self._due = threading.Condition()
        self._on_broken, self._deadline = on_broken, deadline
        self._crew: Crew | None = None
        self._stopping = threading.Event()
        self._runner = JobRunner(settings, registry, store=store, lanes=lanes, ftrack=ftrack, stopping=self._stopping)

    def start(self) -> None:
        """Start the workers; what a former server left unfinished continues, and what it left on disk is removed.

        Raises:
            TryAgain: The database cannot be reached.
        """
        clean_leftovers()
        heavy = {action.name for action in self._registry.actions.values() if action.heavy}
        ordinary = (set(self._registry.actions) | actions_with_jobs(self._store)) - heavy
        kinds = [("jobs", ordinary)] * _ORDINARY + [("heavy-jobs", heavy)]
        self._crew = Crew(
            [(f"{kind}-{number}", functools.partial(self._work, names)) for number, (kind, names) in enumerate(kinds)],
            deadline=self._deadline,
            give_up=self._give_up,
            on_broken=self._on_broken,
        )
        self._crew.start()

    @property
    def stuck(self) -> list[str]:
        """A sentence for each worker that does not come back."""
        return self._crew.stuck if self._crew is not None else []

    def stop(self) -> None:
        """Park the running jobs until the next start; return when nothing runs any more, or only stuck work."""
        self._stopping.set()
        self.wake()
        if self._crew is not None:
            self._crew.stop(_GRACE)
        for job in self._runner.running:
            # Cut off by us in the middle of something long; that is not a crash of its own making.
            _log.warning("job %s did not stop in %g s; it begins again at the next start", job.run.id, _GRACE)
            try:
                job.end()
            except (TryAgain, LaneLostError) as error:
                _log.warning("job %s: its stop cannot be recorded: %s", job.run.id, error)

    def wake(self) -> None:
        """Say that a job may be due."""
        with self._due:
            self._due.notify_all()

    def submit(self, action: Action, job: StartJob, launch: Change, *, name: str, project: str | None) -> bool:
        """Store a job, which makes it durable, and create its ftrack Job.

        Args:
            action: Whose work it is.
            job: What the action wants done.
            launch: The launch, as a change of kind ``launched`` by the person who launched it.
            name: Name of what is selected, for people.
            project: Its project's name.

        Returns:
            Whether it is new; False when the same launch was taken in before, here or by another server.

        Raises:
            Refused: The work could not be found again after a restart.
            TryAgain: The database cannot be reached.
        """
        _check(action, job)
        person = launch.by or Person("", "")
        job_id = ftrack_jobs.job_id(launch.key)
        arguments = {"work": job.work.__name__, "arguments": job.arguments}
        is_new = add_job(
            self._store,
            launch,
            action.name,
            name=name,
            project=project,
            user=person,
            arguments=arguments,
            ftrack_job_id=job_id,
        )
        if not is_new:
            return False
        try:
            ftrack_jobs.create(self._ftrack, job_id, person, job.description)
        except CallboardError as error:
            # The job is stored and begins all the same; then the Job is asked for again.
            _log.warning("the ftrack Job of %s cannot be created now: %s", action.name, error)
        self.wake()
        return True

    def clear(self, ftrack_job_ids: Collection[str], sentence: str) -> None:
        """Stop the work of these ftrack Jobs, on whichever server it runs; what waits never begins.

        Args:
            ftrack_job_ids: Any Jobs; those that are not ours are passed over.
            sentence: The reason, for people.

        Raises:
            TryAgain: The database cannot be reached.
        """
        cancel_jobs(self._store, ftrack_job_ids, sentence)
        for job in self._runner.running:
            job.look()
        self.wake()

    def _work(self, names: Collection[str], member: Member) -> None:
        if not self._serve_a_job(names, member):
            with self._due:
                if not self._stopping.is_set():
                    self._due.wait(_LOOK)

    def _serve_a_job(self, names: Collection[str], member: Member) -> bool:
        """Take the next job and carry it out; return False when none is due."""
        lane = None
        try:
            lane = self._lanes.claim(names)
            if lane is None:
                return False
            member.hand = Hand(lane, "working on a job")
            self._runner.carry_out(member.hand)
        except LaneLostError as error:
            _log.warning("a job was given up, or went to another server, while this server worked on it: %s", error)
        except TryAgain as error:
            _log.warning("jobs wait: %s", error)
        except Exception:  # noqa: BLE001 - one broken job must not end the worker
            _log.exception("carrying out a job met a defect; it is taken up again")
        else:
            return True
        finally:
            member.hand = None
        if lane is not None:
            # Its lease must not be kept alive by us; when it ends, the job is taken up again.
            self._lanes.forget(lane)
        return False

    def _give_up(self, hand: Hand, idle: float) -> None:
        """Let a job be taken up again whose work does not come back; that counts as a crash of it."""
        waits = Outcome(RunState.WAITING, error=f"It was given up after {idle:.0f} s without progress.", delay=_AGAIN)
        try:
            for run in hand.runs:
                finish_job(self._lanes, hand.lane, run.id, waits)
        except (TryAgain, LaneLostError) as error:
            _log.warning("job %s could not be handed back; its lease will expire: %s", hand.lane.lane, error)
        finally:
            self._lanes.give_up(hand.lane)


def _check(action: Action, job: StartJob) -> None:
    if work_named(action, job.work.__name__) is not job.work:
        name, home = job.work.__name__, f"in the file that defines {action.name}"
        raise Refused(f"The work {name} of {action.name} must be a top-level function {home}.")
    try:
        json.dumps(job.arguments)
    except (TypeError, ValueError) as error:
        raise Refused(f"The arguments of {job.work.__name__} are not plain JSON values: {error}.") from error
