"""Doorbells that are still to be looked after: gathered while many ring, and again until their row shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.gathering import Gathering


@dataclass
class _Waiting:
    """The time at which a doorbell is looked after next, and how often it was."""

    due: float
    looks: int


class Bells:
    """The doorbells in hand of one watch; without threads and clocks of its own.

    Args:
        clock: A clock that is never set back, in seconds.
        gathering: How soon doorbells that ring are looked after.
        again: Seconds after which a doorbell is looked after once more, time after time.
        most: Doorbells that are remembered; what is beyond them the cursors find.
    """

    def __init__(self, clock: Callable[[], float], gathering: Gathering, again: Sequence[float], most: int) -> None:
        self._clock = clock
        self._gathering = gathering
        self._again = again
        self._most = most
        self._new: dict[Doorbell, None] = {}
        self._waiting: dict[Doorbell, _Waiting] = {}

    def ring(self, bells: Iterable[Doorbell]) -> None:
        """Remember doorbells; one that rings twice rings once."""
        for bell in bells:
            if len(self._new) + len(self._waiting) >= self._most:
                return
            if bell not in self._waiting:
                self._new[bell] = None

    def due(self) -> float | None:
        """Return when there is something to look after, or None."""
        moments = [waiting.due for waiting in self._waiting.values()]
        if self._new:
            moments.append(self._gathering.next())
        return min(moments, default=None)

    def take(self) -> list[Doorbell]:
        """Return the doorbells to look after now; they stay in hand until they are settled."""
        now = self._clock()
        self._gathering.note(len(self._new))
        return [*(bell for bell, waiting in self._waiting.items() if waiting.due <= now), *self._new]

    def given_up(self, absent: Iterable[Doorbell]) -> list[Doorbell]:
        """Return those of the doorbells whose row is absent that are not looked after again."""
        return [bell for bell in absent if self._looks(bell) == len(self._again)]

    def settle(self, taken: Iterable[Doorbell], absent: Iterable[Doorbell]) -> None:
        """Forget the doorbells that were taken, but look again after those whose row is absent, for a while."""
        now, missing = self._clock(), set(absent)
        for bell in taken:
            looks = self._looks(bell)
            self._new.pop(bell, None)
            self._waiting.pop(bell, None)
            if bell in missing and looks < len(self._again):
                self._waiting[bell] = _Waiting(now + self._again[looks], looks + 1)

    def _looks(self, bell: Doorbell) -> int:
        return self._waiting[bell].looks if bell in self._waiting else 0

    def clear(self) -> None:
        """Forget all of them."""
        self._new.clear()
        self._waiting.clear()
