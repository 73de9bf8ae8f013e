"""One attempt at the long work of an action: what the work gets in hand as its job."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from callboard.changes import Person
from callboard.engine.actions import ftrack_jobs
from callboard.engine.store.database import Store
from callboard.engine.store.jobs import (
    JobRun,
    cancel_job,
    cancelled_because,
    keep_checkpoints,
    keep_picture,
    keep_progress,
)
from callboard.engine.store.lanes import Lane, LaneLostError, Lanes
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.settings import Settings

if TYPE_CHECKING:
    import ftrack_api

_log = logging.getLogger(__name__)

#: Seconds between two looks at whether the job was cleared, and between two descriptions of its progress.
_LOOK = 1.0
#: The checkpoint that counts how often the work was begun without coming to an end.
_BEGUN = "callboard.begun"


class Parked(Cancelled):
    """The server stops; the work continues at its next start."""


class RunningJob:
    """A run of an action's work on the worker that holds its lane; implements :class:`callboard.jobs.Job`.

    Used as a context manager: while it is open, its progress is shown and it hears of being cleared.

    Args:
        stopping: Set when the server stops.
    """

    def __init__(
        self,
        run: JobRun,
        lane: Lane,
        *,
        store: Store,
        lanes: Lanes,
        ftrack: Ftrack,
        settings: Settings,
        stopping: threading.Event,
    ) -> None:
        self.run = run
        self.ftrack = ftrack
        self.settings = settings
        self._lane, self._lanes, self._store, self._stopping = lane, lanes, store, stopping
        self._checkpoints = dict(run.checkpoints)
        self._cleared: str | None = None
        self._sentence = self._shown = ""
        self._done: float | None = None
        self._kept: tuple[str, float | None] = ("", None)
        self._ended = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name=f"job-{run.id}-watcher", daemon=True)
        self._sessions: dict[str, ftrack_api.Session] = {}

    def __enter__(self) -> Self:
        self.look()
        keep_progress(self._lanes, self._lane, self.run.id, "", None, begins=True)
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._watcher.join()
        for session in self._sessions.values():
            session.close()

    # What the work sees

    @property
    def user(self) -> Person:
        """The person who launched the action."""
        if self.run.user is None:
            raise Refused("It is unknown who launched this job; launch it again.")
        return self.run.user

    @property
    def automation_settings(self) -> Any:
        """The action's own settings."""
        return self.settings.automation(self.run.automation)

    @property
    def review_ftrack(self) -> Ftrack:
        """The ftrack that clients see.

        Raises:
            Refused: None is configured.
        """
        table = self.settings.review_ftrack
        if table is None:
            raise Refused("The configuration has no [review_ftrack]; add the ftrack that clients see.")
        return Ftrack.of(table)

    def session(self) -> ftrack_api.Session:
        """Return the official client's session; one per attempt, closed with it."""
        return self._session("studio", self.ftrack)

    def review_session(self) -> ftrack_api.Session:
        """Return the same for the ftrack that clients see."""
        return self._session("review", self.review_ftrack)

    def progress(self, sentence: str, done: float | None = None) -> None:
        """Say what is being done, and how far it is; the Job and the dashboard show it within a second or so."""
        self.check()
        self._sentence, self._done = sentence, done

    def show(self, picture: bytes) -> None:
        """Show a frame of the media on the dashboard."""
        keep_picture(self._lanes, self._lane, self.run.id, picture)

    def check(self) -> None:
        """Raise Cancelled when the work must stop here.

        Raises:
            Cancelled: The job was cleared, or the server stops.
            LaneLostError: This server lost the job to another one.
        """
        if self._stopping.is_set():
            raise Parked("The server stops.")
        if self._cleared is not None:
            raise Cancelled(self._cleared)
        self._lane.check()

    def remember(self, key: str, value: Any) -> None:
        """Keep a checkpoint."""
        self._checkpoints[key] = value
        keep_checkpoints(self._lanes, self._lane, self.run.id, self._checkpoints)

    def recall(self, key: str) -> Any:
        """Return the checkpoint kept under *key*, or None."""
        return self._checkpoints.get(key)

    # What the worker sees

    def begin(self) -> int:
        """Note that the work begins, and return how often it has begun since it last came to an end."""
        self.remember(_BEGUN, begun := (self.recall(_BEGUN) or 0) + 1)
        return begun

    def end(self) -> None:
        """Note that the work came to an end, whichever: it did not crash."""
        self.remember(_BEGUN, 0)

    def look(self) -> str | None:
        """Return why the job was cleared, or None; read from the store, where any server may have put it."""
        if self._cleared is None:
            self._cleared = cancelled_because(self._store, self.run.id)
        return self._cleared

    def _session(self, name: str, ftrack: Ftrack) -> ftrack_api.Session:
        if name not in self._sessions:
            self._sessions[name] = ftrack.session()
        return self._sessions[name]

    def _clear(self, sentence: str) -> None:
        """Have the work stop, also after a crash."""
        cancel_job(self._store, self.run.id, sentence)
        self.look()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK) and not self._lane.given_up:
            try:
                if self.look() is None:
                    self._keep_progress()
                    self._describe()
            except LaneLostError:
                return
            except TryAgain as error:
                _log.info("job %s: its progress cannot be shown now: %s", self.run.id, error)
            except Refused as error:
                _log.warning("job %s: ftrack does not show its progress: %s", self.run.id, error)
                self._shown = self._sentence

    def _keep_progress(self) -> None:
        """Keep how far the work is, for the dashboard."""
        now = (self._sentence, self._done)
        if now != self._kept:
            keep_progress(self._lanes, self._lane, self.run.id, *now, begins=False)
            self._kept = now

    def _describe(self) -> None:
        """Have ftrack's Job say what is being done, and hear from it whether somebody ended it."""
        sentence = self._sentence
        if sentence != self._shown:
            status = ftrack_jobs.describe(self.ftrack, self.run.ftrack_job_id, sentence)
            self._shown = sentence
            if status in {"done", "failed"}:
                self._clear("Someone ended the job in ftrack.")
