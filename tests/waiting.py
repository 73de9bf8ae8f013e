"""Waiting for what happens in other threads and processes, with a deadline instead of fixed sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float = 10.0, what: str = "the condition") -> T:
    """Call `condition` until what it returns is true, and return that.

    Args:
        condition: called every few milliseconds.
        seconds: how long to go on.
        what: what is waited for, for the message of the failure.

    Raises:
        AssertionError: if the condition did not hold in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}; the last answer was {result!r}")
        time.sleep(0.005)
