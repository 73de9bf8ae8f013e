"""The job that an action's long work receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from callboard.changes import Person
from callboard.ftrack import Ftrack
from callboard.settings import Settings

if TYPE_CHECKING:
    import ftrack_api


class Job(Protocol):
    """One run of an action's long work; ftrack shows it to the person as a Job.

    After a crash the work starts again from its beginning with the same arguments. It looks at what exists already, or
    at its checkpoints, and continues.
    """

    @property
    def user(self) -> Person:
        """The person who launched the action."""

    @property
    def settings(self) -> Settings:
        """The whole configuration."""

    @property
    def automation_settings(self) -> Any:
        """The action's own settings."""

    @property
    def ftrack(self) -> Ftrack:
        """The studio's ftrack, for plain and fast reading and writing."""

    @property
    def review_ftrack(self) -> Ftrack:
        """The ftrack that clients see; :class:`~callboard.errors.Refused` if none is configured."""

    def session(self) -> ftrack_api.Session:
        """Return the official client's session, for components and locations; closed when the job ends."""

    def review_session(self) -> ftrack_api.Session:
        """Return such a session for the ftrack that clients see."""

    def progress(self, sentence: str, done: float | None = None) -> None:
        """Show a sentence as the Job's description, and how far the work is; raise Cancelled if the job was cleared.

        Args:
            sentence: What is being done.
            done: How much of the whole work is done, from 0 to 1; None when that is not known.
        """

    def show(self, picture: bytes) -> None:
        """Show a frame of the media beside the job on the dashboard: a small JPEG."""

    def check(self) -> None:
        """Raise Cancelled if the job was cleared; cheap enough to call for every frame."""

    def remember(self, key: str, value: Any) -> None:
        """Keep a checkpoint (a plain JSON value) that survives a crash."""

    def recall(self, key: str) -> Any:
        """Return the checkpoint kept under *key*, or None."""
