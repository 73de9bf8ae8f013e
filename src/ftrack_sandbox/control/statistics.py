"""Counts of the server's work: the requests that a tool needed, and their cost here."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any


class Statistics:
    """Counts requests, operations by action, and the seconds that the server's own code took.

    Latency and other faults are not work, and are never part of ``seconds``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()
        self._seconds = 0.0

    def add_request(self, operations: object, seconds: float) -> None:
        """Count one call of /api.

        Args:
            operations: The request's body as parsed; anything but a list of objects counts as no operation.
            seconds: Time from having read the body to having written the answer's body.
        """
        actions = [
            action
            for operation in (operations if isinstance(operations, list) else [])
            if isinstance(operation, dict) and isinstance(action := operation.get("action"), str)
        ]
        with self._lock:
            self._counts["requests"] += 1
            self._actions.update(actions)
            self._seconds += seconds

    def add(self, name: str, amount: int = 1) -> None:
        """Count something else: ``uploads``, ``downloads``, ``events_received``, ``events_sent``, ``hub_cuts``."""
        with self._lock:
            self._counts[name] += amount

    def reset(self) -> None:
        """Count from zero."""
        with self._lock:
            self._counts.clear()
            self._actions.clear()
            self._seconds = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return ``requests``, ``operations`` (by action), ``seconds`` and the other counters."""
        with self._lock:
            names = ("requests", "uploads", "downloads", "events_received", "events_sent", "hub_cuts")
            counts = {name: self._counts[name] for name in names}
            return {**counts, "operations": dict(self._actions), "seconds": round(self._seconds, 6)}
