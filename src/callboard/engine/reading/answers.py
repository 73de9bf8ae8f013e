"""The rows that answer doorbells.

A doorbell rings for a change that has just happened, so only a row that nobody had seen shortly before answers it, and
each row answers one doorbell: an older change of the same kind does not pass for the one that is announced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence

#: Seconds for which a row that was seen is new to doorbells, whose events may come late.
_NEW_FOR = 120.0
#: Keys that are remembered, at most.
_MOST = 200_000


class Answers:
    """The rows that may answer doorbells, by the keys of their changes; without a clock of its own.

    Args:
        clock: A clock that is never set back, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # In the order of time.
        self._seen: dict[str, float] = {}
        self._given: set[str] = set()

    def note(self, keys: Iterable[str]) -> None:
        """Note what was seen for the first time."""
        now = self._clock()
        for key in keys:
            self._seen.setdefault(key, now)
        self._forget()

    def give(self, keys: Iterable[str]) -> None:
        """Note what has answered a doorbell, and answers no other one."""
        self._given.update(key for key in keys if key in self._seen)

    def seen(self, keys: Collection[str]) -> set[str]:
        """Return which of these were seen for the first time lately."""
        self._forget()
        return {key for key in keys if key in self._seen}

    def match(
        self, wanted: Sequence[Hashable | None], rows: Iterable[tuple[Hashable, str]], unknown: Collection[str]
    ) -> list[str | None]:
        """Return for each doorbell the key of the row that answers it, or None.

        Args:
            wanted: What each doorbell rings for; None when for nothing here.
            rows: What each row is to a doorbell, and its key, oldest first. Of several that are the same to doorbells,
                the newest answers.
            unknown: Keys that are seen for the first time now.
        """
        candidates: dict[Hashable, list[str]] = defaultdict(list)
        for what, key in rows:
            if key in unknown or (key in self._seen and key not in self._given):
                candidates[what].append(key)
        return [candidates[what].pop() if what is not None and candidates.get(what) else None for what in wanted]

    def _forget(self) -> None:
        """Forget what was seen too long ago to be new."""
        now = self._clock()
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > now - _NEW_FOR and len(self._seen) <= _MOST:
                return
            del self._seen[oldest]
            self._given.discard(oldest)
