"""Applying: the plans of a batch are carried out. First the disk, run by run; then ftrack, together; then Slack.

Every effect is repeatable, so a batch that was cut off anywhere is simply applied again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from callboard.effects import (
    CopyFiles,
    CopyTemplate,
    Effect,
    MakeFolders,
    SendSlack,
    SetMetadata,
    SetThumbnail,
    Skip,
)
from callboard.engine.running.apply_ftrack import FtrackEffect, write
from callboard.engine.running.apply_thumbnails import upload_icons
from callboard.engine.store.batches import Run
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lane
from callboard.engine.store.ledger import Ledger
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from callboard.settings import Settings
from callboard.studio.slack import Slack
from callboard.studio.storage.folders import Storage


@dataclass
class Progress:
    """How far the plan of a run has been carried out.

    Attributes:
        texts: What was done, by the effect's place in the plan.
        problem: Why it went no further.
        parked: Whether it was not begun, since the server stops.
        noted: What ftrack is to note of what was done on disk, by the effect's place.
    """

    run: Run
    effects: Sequence[Effect]
    texts: dict[int, str] = field(default_factory=dict)
    problem: TryAgain | Refused | None = None
    parked: bool = False
    noted: dict[int, SetMetadata] = field(default_factory=dict)

    @property
    def going(self) -> bool:
        """Whether there may be more to do."""
        return self.problem is None and not self.parked

    @property
    def records(self) -> list[dict[str, Any]]:
        """Each effect with what was done, or with what was to be done."""
        return [
            {
                "kind": effect.kind,
                "text": self.texts.get(place, effect.describe()),
                "done": place in self.texts and not isinstance(effect, Skip),
            }
            for place, effect in enumerate(self.effects)
        ]

    @property
    def summary(self) -> str:
        """What was done, in one sentence."""
        said = "; ".join(text.rstrip(".") for _, text in sorted(self.texts.items()))
        return f"{said[0].upper()}{said[1:]}." if said else ""


class Applier:
    """Applies the effects of one server's batches. May be used from any thread.

    Args:
        settings: The configuration.
        ftrack: The studio's ftrack.
        store: For the ledger of messages.
    """

    def __init__(self, settings: Settings, ftrack: Ftrack, store: Store) -> None:
        self._mounts = settings.studio.mounts
        self._ftrack = ftrack
        self._store = store
        self._slack = Slack(settings.slack, settings.ftrack.server) if settings.slack is not None else None

    def apply(self, lane: Lane, batch: Sequence[Progress], stopping: threading.Event) -> None:
        """Carry out the plans of a batch, noting in each run's progress how far it came.

        Raises:
            LaneLostError: The lane's lease ended; nothing more was done.
        """
        self._apply_to_disk(lane, batch, stopping)
        self._upload_icons(lane, batch)
        self._apply_to_ftrack(lane, batch)
        self._send_messages(lane, batch)

    def _apply_to_disk(self, lane: Lane, batch: Sequence[Progress], stopping: threading.Event) -> None:
        with Storage(self._mounts) as storage:
            for progress in batch:
                lane.check()
                progress.parked = stopping.is_set()
                if progress.parked:
                    continue
                with _record_problem(progress):
                    for place, effect in enumerate(progress.effects):
                        _apply_to_disk(storage, progress, place, effect)

    def _upload_icons(self, lane: Lane, batch: Sequence[Progress]) -> None:
        shown: dict[str, list[Progress]] = {}
        for progress in batch:
            for effect in progress.effects:
                if progress.going and isinstance(effect, SetThumbnail) and effect.icon is not None:
                    shown.setdefault(effect.icon, []).append(progress)
        for icon, concerned in shown.items():
            lane.check()
            try:
                upload_icons(self._ftrack, [icon])
            except (TryAgain, Refused) as error:
                for progress in concerned:
                    progress.problem = error

    def _apply_to_ftrack(self, lane: Lane, batch: Sequence[Progress]) -> None:
        wanted = {progress.run.id: _ftrack_effects(progress) for progress in batch if progress.going}
        something = {run: list(effects.values()) for run, effects in wanted.items() if effects}
        written = write(self._ftrack, something, lane.check)
        for progress in batch:
            if progress.run.id in written:
                result = written[progress.run.id]
                progress.problem = result.problem
                for place, text in zip(wanted[progress.run.id], result.texts, strict=False):
                    # What was done on disk says more than that ftrack knows it now.
                    progress.texts.setdefault(place, text)

    def _send_messages(self, lane: Lane, batch: Sequence[Progress]) -> None:
        away: TryAgain | None = None
        for progress in batch:
            messages = [place for place, effect in enumerate(progress.effects) if isinstance(effect, SendSlack)]
            if not messages or not progress.going:
                continue
            # When Slack did not answer once, it is not asked for every other run of the batch.
            progress.problem = away
            if away is None:
                with _record_problem(progress):
                    self._send_messages_of(lane, progress)
                away = progress.problem if isinstance(progress.problem, TryAgain) else None

    def _send_messages_of(self, lane: Lane, progress: Progress) -> None:
        for place, effect in enumerate(progress.effects):
            if isinstance(effect, SendSlack):
                lane.check()
                ledger = Ledger(self._store, progress.run.id, place)
                progress.texts[place] = self._slack_or_refuse().send(effect, ledger)

    def _slack_or_refuse(self) -> Slack:
        if self._slack is None:
            raise Refused("There is no [slack] in the configuration; add it to send messages.")
        return self._slack


def _apply_to_disk(storage: Storage, progress: Progress, place: int, effect: Effect) -> None:
    match effect:
        case Skip():
            progress.texts[place] = effect.reason
        case MakeFolders():
            progress.texts[place] = storage.make_folders(effect)
        case CopyFiles():
            progress.texts[place] = storage.copy_files(effect)
        case CopyTemplate():
            copied = storage.copy_template(effect)
            progress.texts[place] = copied.text
            if copied.path is not None:
                progress.noted[place] = SetMetadata(entity=effect.entity, key=effect.metadata_key, value=copied.path)


def _ftrack_effects(progress: Progress) -> dict[int, FtrackEffect]:
    """Return what is to be done in ftrack, by the effect's place."""
    own = {place: effect for place, effect in enumerate(progress.effects) if isinstance(effect, FtrackEffect)}
    return dict(sorted((own | progress.noted).items()))


@contextmanager
def _record_problem(progress: Progress) -> Iterator[None]:
    try:
        yield
    except (TryAgain, Refused) as error:
        progress.problem = error
