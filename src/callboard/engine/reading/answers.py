"""Which rows answer which doorbells.

A doorbell rings for a change that has just happened, so only a row that nobody had seen shortly before answers it, and
each row answers one doorbell: an older change of the same kind does not pass for the one that is announced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar

R = TypeVar("R")

#: Seconds for which a row that was seen is new to doorbells, whose events may come late.
_NEW_FOR = 120.0
#: Keys that are remembered; more than are seen in that time.
_MOST = 200_000


class Answers:
    """The rows that may answer doorbells; without a clock of its own.

    Args:
        clock: A clock that is never set back, in seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Insertion order is the order of time.
        self._seen: dict[str, float] = {}
        self._given: set[str] = set()

    def note(self, keys: Iterable[str]) -> None:
        """Note the keys of changes that were seen for the first time."""
        now = self._clock()
        for key in keys:
            self._seen.setdefault(key, now)
        while self._seen:
            oldest = next(iter(self._seen))
            if self._seen[oldest] > now - _NEW_FOR and len(self._seen) <= _MOST:
                return
            del self._seen[oldest]
            self._given.discard(oldest)

    def seen(self, keys: Collection[str]) -> set[str]:
        """Return the keys among these that were seen for the first time lately."""
        return {key for key in keys if key in self._seen}

    def match(self, wanted: Sequence[Hashable | None], rows: Iterable[tuple[Hashable, str, R]]) -> list[R | None]:
        """Return for each doorbell the row that answers it, or None.

        Args:
            wanted: What each doorbell rings for; None when for nothing here.
            rows: What each row is to a doorbell, the key of its change, and the row, oldest first. Of several that are
                the same to doorbells, the newest answers.
        """
        candidates: dict[Hashable, list[tuple[str, R]]] = defaultdict(list)
        for what, key, row in rows:
            if key in self._seen and key not in self._given:
                candidates[what].append((key, row))
        answers: list[R | None] = []
        for what in wanted:
            found = candidates[what].pop() if what is not None and candidates.get(what) else None
            answers.append(None if found is None else found[1])
            if found is not None:
                self._given.add(found[0])
        return answers
