"""The size and pace of requests to an ftrack server; all threads of the process share one pace per server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: The longest pause that a server may ask for, in seconds; a larger ``Retry-After`` is a mistake.
LONGEST_HOLD = 600.0
#: Requests to a server at the same time, at most: workers, watch and menu need no more.
TOGETHER = 8
#: The number of successes after which a halved portion is doubled again.
_SUCCESSES = 4


class Portion:
    """The number of things in one request: halved if a request was too much, doubled again after a few successes.

    May be used from any thread.

    Args:
        most: The initial and maximum size.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = most
        self._successes = 0
        self._lock = threading.Lock()

    def halve(self) -> bool:
        """Halve the size; return False if it is one already."""
        with self._lock:
            self._successes = 0
            if self.size == 1:
                return False
            self.size = (self.size + 1) // 2
            return True

    def grow(self) -> None:
        """Count a success."""
        with self._lock:
            if self.size == self.most:
                return
            self._successes += 1
            if self._successes == _SUCCESSES:
                self.size = min(self.most, 2 * self.size)
                self._successes = 0


class Limiter:
    """Holds back requests to a server: for as long as it asked, and so that few are under way at the same time.

    May be used from any thread.

    Args:
        clock: A clock that is never set back, in seconds.

    Attributes:
        together: Requests at the same time: fewer while the server refuses some of them (429, 503).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held_until = clock()
        self._lock = threading.Lock()
        self._free = threading.Condition(self._lock)
        self._busy = 0
        self.together = Portion(TOGETHER)

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Take one's turn among the requests to the server; yields False if there was none within so many seconds."""
        with self._free:
            mine = self._free.wait_for(lambda: self._busy < self.together.size, seconds)
            self._busy += mine
        try:
            yield mine
        finally:
            with self._free:
                self._busy -= mine
                self._free.notify()

    def hold(self, seconds: float) -> None:
        """Hold back all requests for this long."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + min(seconds, LONGEST_HOLD))

    def remaining(self) -> float:
        """Return the seconds until the server may be asked again; 0 if it may be asked now."""
        with self._lock:
            return max(0.0, self._held_until - self._clock())


_limiters: dict[str, Limiter] = {}
_lock = threading.Lock()


def limiter_of(server: str) -> Limiter:
    """Return this process's only limiter for a server.

    Args:
        server: The server's address.
    """
    with _lock:
        return _limiters.setdefault(server, Limiter())


def read_retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, or None.

    Args:
        value: Seconds or a date (RFC 9110, 10.2.3).
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_HOLD)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_HOLD)
