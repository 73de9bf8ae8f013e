"""Requests about many things: in portions that ftrack can handle, and alone if one spoils the others' request.

Too much for ftrack (a timeout, 413, 5xx) halves the portion until the thing at fault is alone; successes let it grow
again. A refusal, or a defect met on the way, is halved as well, and leaves the size of the portions as it is.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from callboard.engine.running.failures import defect
from callboard.engine.store.lanes import LaneLostError
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Portion, TooMuchForFtrack

_log = logging.getLogger(__name__)

#: Seconds for which one call tries smaller portions while nothing succeeds; the rest is tried again later.
_PATIENCE = 120.0
#: Things in a row that are too much for ftrack each by itself, after which it is not asked for the others.
_ALONE = 3
#: Things that are refused alone, for the same reason and before any success: the others would be as well.
_SAME = 8

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Item]], Sequence[Result]]


def in_portions(
    items: Sequence[Item], work: Work[Item, Result], portion: Portion, clock: Callable[[], float] = time.monotonic
) -> list[Result | TryAgain | Refused]:
    """Return what becomes of each thing: its result, or its problem.

    Args:
        items: What is asked about.
        work: Asks about some of them and returns their results, in order; all of it or nothing.
        portion: How many together; shared by all that ask the same.
        clock: Seconds, ever growing.

    Raises:
        LaneLostError: As *work* raises it.
    """
    results: list[Result | TryAgain | Refused] = []
    size, alone, until = portion.size, 0, clock() + _PATIENCE
    isolation = _Isolation(work)
    while len(results) < len(items):
        part = items[len(results) : len(results) + size]
        try:
            results += isolation.results(part)
        except TooMuchForFtrack as error:
            portion.halve()
            if len(part) > 1 and clock() < until:
                size = (len(part) + 1) // 2
                continue
            alone += 1
            left = len(items) - len(results)
            results += [error] * (left if alone == _ALONE or clock() >= until else len(part))
        except TryAgain as error:
            # Away altogether: a smaller request would not get through either.
            results += [error] * (len(items) - len(results))
        else:
            portion.grow()
            size, alone, until = portion.size, 0, clock() + _PATIENCE
    return results


class _Isolation(Generic[Item, Result]):
    """Finds the things at fault in a request that was refused."""

    def __init__(self, work: Work[Item, Result]) -> None:
        self._work = work
        self._refusals: Counter[str] = Counter()
        self._succeeded = False

    def results(self, items: Sequence[Item]) -> list[Result | TryAgain | Refused]:
        """Return what becomes of each, asking about halves where a request is refused.

        Raises:
            TryAgain: ftrack cannot be reached.
        """
        try:
            results: list[Result | TryAgain | Refused] = list(self._work(items))
        except (TryAgain, LaneLostError):
            raise
        except Refused as error:
            problem = error
        except Exception as error:  # noqa: BLE001 - whatever the defect, it is that of as few runs as possible
            _log.exception("a request about %d runs met a defect", len(items))
            problem = defect(error)
        else:
            self._succeeded = True
            return results
        if len(items) == 1:
            self._refusals[str(problem)] += 1
            return [problem]
        half = len(items) // 2
        found = self.results(items[:half])
        if not self._succeeded and self._refusals[str(problem)] >= _SAME:
            return found + [problem] * (len(items) - half)
        return found + self.results(items[half:])
