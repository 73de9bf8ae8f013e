"""The rhythm of readings that a hub asks for which comes and goes: soon if that is rare, together if it is not."""

from __future__ import annotations

from collections.abc import Callable


class Rhythm:
    """Pauses between things that are done on demand: none, then a first one that doubles while the demand continues.

    Args:
        clock: A clock that is never set back, in seconds.
        first: Seconds between two of them, after a time in which there were none.
        longest: Seconds between two of them, at most.
    """

    def __init__(self, clock: Callable[[], float], first: float, longest: float) -> None:
        self._clock = clock
        self._first = first
        self._longest = longest
        self._pause = 0.0
        self._last = clock() - longest

    def next(self) -> float:
        """Return when it may be done next."""
        return self._last + self._pause

    def beat(self) -> None:
        """Note that it is done now."""
        now = self._clock()
        goes_on = now - self._last < 2 * max(self._pause, self._first)
        self._pause = min(2 * self._pause, self._longest) if goes_on and self._pause else self._first
        self._last = now
