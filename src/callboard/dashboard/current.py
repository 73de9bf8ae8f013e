"""Answers that all pages share for a moment, so that twenty open pages cost as much as one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

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

    def get(self) -> T:
        """Return it."""
        with self._lock:
            moment = self._clock()
            if self._kept is None or moment - self._kept[0] >= self._seconds:
                self._kept = (moment, self._read())
            return self._kept[1]
