"""A whole rehearsal: read once, played through one or two configurations, compared with what Callboard did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callboard.errors import Refused
from callboard.ftrack import Ftrack
from callboard.registry import Trigger
from callboard.rehearsal.actual import add_actual
from callboard.rehearsal.applying import apply_entries, check_sandbox
from callboard.rehearsal.comparison import Difference, compare
from callboard.rehearsal.entries import Rehearsal
from callboard.rehearsal.rehearse import OnProgress, record, rehearse
from callboard.settings import Settings


@dataclass(frozen=True)
class Result:
    """The result of a rehearsal.

    Attributes:
        rehearsal: What the configuration would have done.
        differences: What the other one makes of it; None without another one.
        refused: What the sandbox refused, a sentence each.
    """

    rehearsal: Rehearsal
    differences: list[Difference] | None
    refused: list[str]


@dataclass(frozen=True)
class Request:
    """The rehearsal to run.

    Attributes:
        settings: The configuration.
        triggers: The automations.
        since: The oldest moment.
        other: Another configuration to compare with.
        project: Only changes of the project of that name.
        apply: Whether to do it, as far as it concerns ftrack.
    """

    settings: Settings
    triggers: Sequence[Trigger]
    since: datetime
    other: Settings | None = None
    project: str | None = None
    apply: bool = False

    def run(self, on_progress: OnProgress) -> Result:
        """Rehearse.

        Args:
            on_progress: Called with how much was played, and how much there is.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
            Refused: Nothing happened, there is no such project, or what it is to be applied to is not a sandbox.
        """
        access = self.settings.ftrack
        ftrack = Ftrack(access.server, access.api_user, access.api_key.get_secret_value())
        if self.apply:
            check_sandbox(access.server, access.api_user, access.api_key.get_secret_value())
        recording = record(ftrack, self.triggers, self.since, self.project)
        count = len(recording.sightings)
        if not count:
            raise Refused(f"Nothing that an automation looks at happened since {self.since:%Y-%m-%d %H:%M} UTC.")
        refused: list[str] = []
        whole = count if self.other is None else 2 * count
        rehearsal = rehearse(
            ftrack,
            self.settings,
            self.triggers,
            recording,
            on_progress=lambda done: on_progress(done, whole),
            on_planned=lambda entries: refused.extend(apply_entries(ftrack, entries) if self.apply else ()),
        )
        differences = None
        if self.other is not None:
            second = rehearse(
                ftrack,
                self.other,
                self.triggers,
                recording,
                on_progress=lambda done: on_progress(count + done, whole),
            )
            differences = compare(rehearsal, second)
        return Result(add_actual(rehearsal, self.settings.database.url), differences, refused)
