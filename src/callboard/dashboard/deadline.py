"""A deadline for questions to servers that may not answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from callboard.errors import TryAgain

T = TypeVar("T")

#: Questions at the same time; while so many hang, further ones are not asked.
_TOGETHER = 4


class Deadline:
    """Calls that a page waits for so many seconds at most.

    Args:
        seconds: How long.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_TOGETHER, thread_name_prefix="question")

    def call(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns.

        Raises:
            TryAgain: It takes too long.
        """
        asked = self._threads.submit(ask)
        try:
            return asked.result(self._seconds)
        except TimeoutError as error:
            asked.cancel()
            raise TryAgain(f"ftrack did not answer within {self._seconds:g} s; try again in a minute.") from error
