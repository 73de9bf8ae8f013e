"""Gathering: doorbells are looked after soon while few ring, and together while many do."""

from __future__ import annotations

from collections.abc import Callable


class Gathering:
    """The pauses between looks: the more doorbells the last one gathered, the longer the next one gathers.

    So a studio where something happens a few times a second is answered immediately, and one where it happens twenty
    times costs ftrack a few requests a second.

    Args:
        clock: A clock that is never set back, in seconds.
        first: Seconds between two looks, at least; a burst doubles them from here.
        each: Seconds for each doorbell that was gathered.
        longest: Seconds between two looks, at most.
    """

    def __init__(self, clock: Callable[[], float], first: float, each: float, longest: float) -> None:
        self._clock = clock
        self._first = first
        self._each = each
        self._longest = longest
        self._pause = 0.0
        self._last = clock()

    def next(self) -> float:
        """Return when doorbells that ring are looked after next."""
        return self._last + self._pause

    def note(self, gathered: int) -> None:
        """Note that so many new doorbells are looked after now."""
        wanted = min(gathered * self._each, 2 * self._pause, self._longest)
        self._pause = max(wanted, self._first)
        self._last = self._clock()
