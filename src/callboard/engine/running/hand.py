"""The work in a worker's hand, and its progress."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from callboard.engine.running.progress import Progress
from callboard.engine.running.seen import Seen
from callboard.engine.store.batches import Run
from callboard.engine.store.lanes import Lane


@dataclass(eq=False)
class Hand:
    """A lane in hand, and the step that its work is at.

    Attributes:
        lane: The lane.
        what: What is being done, as a phrase: ``making folders``.
        began: When the lane was taken, by the steady clock.
        runs: The runs that were taken.
        batch: How far their plans have been carried out; empty until they are recorded.
        current: The ids of the runs for which it is being done.
        seen: What was read of ftrack for a small batch, and may be written to without reading it again; else None.
    """

    lane: Lane
    what: str = "taking runs"
    began: float = 0.0
    runs: Sequence[Run] = ()
    batch: Sequence[Progress] = ()
    current: Collection[int] = ()
    seen: Seen | None = None

    def step(self, what: str, current: Collection[int]) -> None:
        """Go on to the next step; to be called before anything that others see, and anything that may take long.

        Raises:
            LaneLostError: The lane's lease has ended, or this server gave the work up.
        """
        self.lane.check()
        self.what, self.current = what, current
