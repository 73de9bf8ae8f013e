"""The server's clock, which can be set: a test of "after ten o'clock" need not wait for ten o'clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the server's time; starts as the machine's time and can be moved and stopped.

    Calling it gives the time, aware and in UTC. Only what the server writes follows it (``created_at``,
    ``StatusChange.date``, ...); waiting times, heartbeats and faults follow the machine.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        """Return the server's time."""
        with self._lock:
            return self._now()

    def set(self, moment: datetime, *, stopped: bool = False) -> None:
        """Go on from ``moment``, or stand still there.

        Raises:
            ValueError: The moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("The clock is set to a moment with a time zone, such as 2030-01-31T09:59:00Z.")
        with self._lock:
            self._offset = moment - datetime.now(UTC)
            self._stopped_at = moment.astimezone(UTC) if stopped else None

    def advance(self, seconds: float) -> None:
        """Jump forward, also when the clock stands still."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)
            if self._stopped_at is not None:
                self._stopped_at += timedelta(seconds=seconds)

    def reset(self) -> None:
        """Follow the machine's clock again."""
        with self._lock:
            self._offset = timedelta()
            self._stopped_at = None

    @property
    def stopped(self) -> bool:
        """Whether the clock stands still."""
        return self._stopped_at is not None

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._offset if self._stopped_at is None else self._stopped_at
