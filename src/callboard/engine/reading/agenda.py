"""The agenda of the feeds: they are read regularly, and soon after events are heard again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from callboard.engine.reading.rhythm import Rhythm


@dataclass(frozen=True)
class Pace:
    """The frequency of reading.

    Attributes:
        regular: Seconds between two readings while events are heard.
        unheard: The same while they are not.
        overlap: How much of what was read before is read again when events were heard all the time …
        long_overlap: … and when they were not.
    """

    regular: float
    unheard: float
    overlap: timedelta
    long_overlap: timedelta


class Agenda:
    """The readings of one watch; without threads and clocks of its own.

    Args:
        clock: A clock that is never set back, in seconds.
        pace: How often it is read.
        rhythm: How soon it is read when events are heard again; a hub that comes and goes does not make it every time.
    """

    def __init__(self, clock: Callable[[], float], pace: Pace, rhythm: Rhythm) -> None:
        self._clock = clock
        self._pace = pace
        self._rhythm = rhythm
        self._next = clock()
        self._overlap = pace.long_overlap
        # Whether the next reading is asked for since events are heard again.
        self._asked = False
        self.heard = False

    def due(self) -> float:
        """Return when it is read next."""
        return self._next

    def hear(self, heard: bool) -> None:
        """Note whether events are heard; when they are again, what was missed is read."""
        if heard and not self.heard:
            self._next = min(self._next, self._rhythm.next())
            self._overlap, self._asked = self._pace.long_overlap, True
        elif not heard:
            self._next = min(self._next, self._clock() + self._pace.unheard)
            self._overlap = self._pace.long_overlap
        self.heard = heard

    def restart(self) -> None:
        """Have it read now, as far back as after a gap."""
        self._next = self._clock()
        self._overlap = self._pace.long_overlap

    def begin(self) -> timedelta:
        """Note that a reading begins; return how much of what was read before it reads again."""
        if self._asked:
            self._rhythm.beat()
        overlap, self._overlap, self._asked = self._overlap, self._pace.overlap, False
        self._next = self._clock() + (self._pace.regular if self.heard else self._pace.unheard)
        return overlap
