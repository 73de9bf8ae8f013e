"""How much is asked of an ftrack server, and how soon: every thread of the process keeps one pace for each server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: The longest that a server may ask to be left alone, in seconds; a larger ``Retry-After`` is a mistake.
LONGEST_HOLD = 600.0
#: Successes after which a portion that was halved is doubled again.
_SUCCESSES = 4


class Portion:
    """How many things one request is about: halved when a request was too much, doubled again after a few successes.

    May be used from any thread.

    Args:
        most: The size that it begins with and never exceeds.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = most
        self._successes = 0
        self._lock = threading.Lock()

    def halve(self) -> bool:
        """Ask for half as much from now on; return False when it is one thing already."""
        with self._lock:
            self._successes = 0
            if self.size == 1:
                return False
            self.size = (self.size + 1) // 2
            return True

    def grow(self) -> None:
        """Note a success."""
        with self._lock:
            if self.size == self.most:
                return
            self._successes += 1
            if self._successes == _SUCCESSES:
                self.size = min(self.most, 2 * self.size)
                self._successes = 0


class Limiter:
    """Keeps requests away from a server for as long as it asked for. May be used from any thread.

    Args:
        clock: A clock that is never set back, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held_until = clock()
        self._lock = threading.Lock()

    def hold(self, seconds: float) -> None:
        """Let nobody ask the server for so long."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + min(seconds, LONGEST_HOLD))

    def remaining(self) -> float:
        """Return the seconds for which the server is still to be left alone; 0 when it may be asked."""
        with self._lock:
            return max(0.0, self._held_until - self._clock())


_limiters: dict[str, Limiter] = {}
_lock = threading.Lock()


def limiter_of(server: str) -> Limiter:
    """Return the one limiter that this process has for a server.

    Args:
        server: The server's address.
    """
    with _lock:
        return _limiters.setdefault(server, Limiter())


def read_retry_after(value: str | None) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, or None when it asks for nothing.

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
