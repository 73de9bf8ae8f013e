"""What the long work of an action gets in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from callboard.changes import Person
from callboard.ftrack import Ftrack
from callboard.settings import Settings

if TYPE_CHECKING:
    import ftrack_api


class Job(Protocol):
    """One run of an action's long work; the person sees it as a ftrack Job.

    A crash starts the work again from its beginning with the same arguments: it looks at what is there already, or at
    its checkpoints, and goes on.
    """

    @property
    def user(self) -> Person:
        """Who launched the action."""

    @property
    def settings(self) -> Settings:
        """The whole configuration."""

    @property
    def automation_settings(self) -> Any:
        """The action's own settings."""

    @property
    def ftrack(self) -> Ftrack:
        """Plain, fast reading and writing."""

    @property
    def review_ftrack(self) -> Ftrack:
        """The ftrack that clients see; :class:`~callboard.errors.Refused` when none is configured."""

    def session(self) -> ftrack_api.Session:
        """Return the official client's session, for components and locations; closed when the job ends."""

    def review_session(self) -> ftrack_api.Session:
        """Return the same for the ftrack that clients see."""

    def progress(self, sentence: str) -> None:
        """Say what is being done, in the Job's description; raises Cancelled when the job was cleared."""

    def check(self) -> None:
        """Raise Cancelled when the job was cleared; cheap enough for every frame."""

    def remember(self, key: str, value: Any) -> None:
        """Keep a checkpoint (a plain JSON value) that survives a crash."""

    def recall(self, key: str) -> Any:
        """Return the checkpoint kept under *key*, or None."""
