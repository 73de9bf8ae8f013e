"""Applying the plans of a batch: first the disk, run by run; then ftrack, together; then Slack.

Every effect is repeatable, so a batch that was cut off anywhere is simply applied again. Only what is known to have
been done is left out, since people may have changed it meanwhile.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from callboard import seams
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
from callboard.engine.running.apply_ftrack import COMMIT, FtrackEffect, write
from callboard.engine.running.apply_thumbnails import upload_icons
from callboard.engine.running.failures import defect
from callboard.engine.running.hand import Hand
from callboard.engine.running.progress import Progress
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import LaneLostError
from callboard.engine.store.ledger import Ledger
from callboard.engine.store.pauses import Pauses
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, Portion
from callboard.settings import Settings
from callboard.studio.slack import Slack
from callboard.studio.storage.folders import Storage

_log = logging.getLogger(__name__)

#: The effects that are applied to the disk.
OnDisk = MakeFolders | CopyFiles | CopyTemplate


class Applier:
    """Applies the effects of one server's batches. May be used from any thread.

    Args:
        settings: The configuration.
        ftrack: The studio's ftrack.
        store: For the ledger of messages.
        pauses: What is paused is begun no more.
    """

    def __init__(self, settings: Settings, ftrack: Ftrack, store: Store, pauses: Pauses) -> None:
        self._mounts = settings.studio.mounts
        self._ftrack = ftrack
        self._store, self._pauses = store, pauses
        self._slack = Slack(settings.slack, settings.ftrack.server) if settings.slack is not None else None
        self._portion = Portion(COMMIT)

    def apply(self, hand: Hand, stopping: threading.Event) -> None:
        """Carry out the plans of the batch in hand, noting in each run's progress how far it came.

        Raises:
            LaneLostError: The lane's lease ended; nothing more was done.
            TryAgain: The database cannot be reached.
        """
        self._apply_to_disk(hand, stopping)
        self._upload_icons(hand)
        self._apply_to_ftrack(hand)
        self._send_messages(hand)

    def _apply_to_disk(self, hand: Hand, stopping: threading.Event) -> None:
        if any(isinstance(effect, OnDisk) for progress in hand.batch for _, effect in progress.remaining()):
            # That may take long, and what was seen be another story by then.
            hand.seen = None
        with Storage(self._mounts, hand.lane.check) as storage:
            for progress in hand.batch:
                hand.step("making folders and files", [progress.run.id])
                progress.parked = stopping.is_set() or self._pauses.of(hand.lane.automation) is not None
                if progress.parked:
                    continue
                with _record_problem(progress):
                    for place, effect in progress.remaining():
                        seams.reach("disk: before an effect")
                        _apply_to_disk(storage, progress, place, effect)

    def _upload_icons(self, hand: Hand) -> None:
        shown: dict[str, list[Progress]] = {}
        for progress in hand.batch:
            for _, effect in progress.remaining():
                if progress.going and isinstance(effect, SetThumbnail) and effect.icon is not None:
                    shown.setdefault(effect.icon, []).append(progress)
        for icon, concerned in shown.items():
            hand.step("sending icons to ftrack", [progress.run.id for progress in concerned])
            try:
                upload_icons(self._ftrack, [icon])
            except (TryAgain, Refused) as error:
                for progress in concerned:
                    progress.problem = error

    def _apply_to_ftrack(self, hand: Hand) -> None:
        wanted = {progress.run.id: _ftrack_effects(progress) for progress in hand.batch if progress.going}
        something = {run: list(effects.values()) for run, effects in wanted.items() if effects}
        before_commit = functools.partial(hand.step, "writing to ftrack", list(something))
        before_commit()
        written = write(self._ftrack, something, before_commit, self._portion, hand.seen)
        for progress in hand.batch:
            if progress.run.id in written:
                result = written[progress.run.id]
                progress.problem = result.problem
                for place, text in zip(wanted[progress.run.id], result.texts, strict=False):
                    # What was done on disk says more than that ftrack knows it now.
                    progress.done[place] = progress.copied.get(place, text)

    def _send_messages(self, hand: Hand) -> None:
        for progress in hand.batch:
            if progress.going:
                with _record_problem(progress):
                    for place, effect in progress.remaining():
                        if isinstance(effect, SendSlack):
                            hand.step("sending messages", [progress.run.id])
                            ledger = Ledger(self._store, progress.run.id, place)
                            progress.done[place] = self._slack_or_refuse().send(effect, ledger)

    def _slack_or_refuse(self) -> Slack:
        if self._slack is None:
            raise Refused("The configuration has no [slack]; add it to send messages.")
        return self._slack


def _apply_to_disk(storage: Storage, progress: Progress, place: int, effect: Effect) -> None:
    match effect:
        case Skip():
            progress.done[place] = effect.reason
        case MakeFolders():
            progress.done[place] = storage.make_folders(effect)
        case CopyFiles():
            progress.done[place] = storage.copy_files(effect)
        case CopyTemplate():
            copied = storage.copy_template(effect)
            if copied.path is None:
                progress.done[place] = copied.text
            else:
                # It is done when ftrack knows the path, too.
                progress.copied[place] = copied.text
                progress.to_note[place] = SetMetadata(entity=effect.entity, key=effect.metadata_key, value=copied.path)


def _ftrack_effects(progress: Progress) -> dict[int, FtrackEffect]:
    """Return what is to be done in ftrack, by the effect's place."""
    own = {place: effect for place, effect in progress.remaining() if isinstance(effect, FtrackEffect)}
    return dict(sorted((own | progress.to_note).items()))


@contextmanager
def _record_problem(progress: Progress) -> Iterator[None]:
    try:
        yield
    except (TryAgain, Refused) as error:
        progress.problem = error
    except LaneLostError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the defect, this run fails visibly and no other
        _log.exception("applying run %s met a defect", progress.run.id)
        progress.problem = defect(error)
