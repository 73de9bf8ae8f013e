"""Answers that all pages share for a moment, so that twenty open pages cost as much as one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Something that is read again when it is older than a moment, by one thread at a time.

    Args:
        read: Reads it; what it raises goes to whoever asked.
        seconds: How old it may be.
        clock: A steady clock, in seconds.
    """

    def __init__(self, read: Callable[[], T], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._seconds, self._clock = read, seconds, clock
        self._lock = threading.Lock()
        self._kept: tuple[float, T] | None = None
        self._forgotten = threading.Event()

    def get(self) -> T:
        """Return it."""
        with self._lock:
            moment = self._clock()
            if self._kept is None or self._forgotten.is_set() or moment - self._kept[0] >= self._seconds:
                # Before it is read: what changes meanwhile makes it old again.
                self._forgotten.clear()
                self._kept = None
                self._kept = (moment, self._read())
            return self._kept[1]

    def forget(self) -> None:
        """Have it read again before anybody gets it; waits for nobody."""
        self._forgotten.set()


class Answers:
    """All that pages share: kept for a moment, and only until something changes.

    Args:
        look: Returns a value for each topic, which differs when the topic has changed; it has to be cheap.
    """

    def __init__(self, look: Callable[[], Mapping[str, Hashable]]) -> None:
        self._look = look
        self._known: Mapping[str, Hashable] = {}
        self._shared: list[tuple[Shared[Any], frozenset[str]]] = []

    def look(self) -> Mapping[str, Hashable]:
        """Return the state of the topics; what was read before one of them changed is forgotten."""
        found, known = self._look(), self._known
        changed = {topic for topic in found if found[topic] != known.get(topic)}
        for shared, topics in self._shared:
            if changed & topics if topics else changed:
                shared.forget()
        self._known = found
        return found

    def share(self, read: Callable[[], T], seconds: float, *topics: str) -> Callable[[], T]:
        """Return a function that reads something, or returns what was read.

        Args:
            read: Reads it.
            seconds: How old it may be.
            topics: Where a change makes it old; none: anywhere.
        """
        shared = Shared(read, seconds)
        self._shared.append((shared, frozenset(topics)))

        def get() -> T:
            # Whoever opens a page sees everything that happened before, even if nobody else looked for changes.
            self.look()
            return shared.get()

        return get

    def forget(self) -> None:
        """Have everything read again before anybody gets it."""
        for shared, _ in self._shared:
            shared.forget()
