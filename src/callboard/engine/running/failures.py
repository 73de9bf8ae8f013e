"""The outcome of a run that did not succeed: it waits and is retried, or it has failed."""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import Any

from callboard.engine.running.texts import readable
from callboard.engine.store.batches import Outcome, Run
from callboard.engine.store.states import RunState
from callboard.errors import CallboardError, Refused, TryAgain
from callboard.settings.durations import write_duration

#: Seconds until the first retry, and the most between two.
_FIRST, _LONGEST = 5.0, 60.0
#: Letters of a traceback that are kept: its end, which names the error.
_TRACEBACK = 8000


def outcome_of(
    problem: TryAgain | Refused,
    run: Run,
    retry_for: timedelta,
    effects: list[dict[str, Any]] | None = None,
    *,
    keep_plan: bool = False,
) -> Outcome:
    """Return how an attempt that met a problem ended.

    Args:
        problem: What it met.
        run: The run, with how often and how long it has been tried.
        retry_for: How long it may be tried.
        effects: What was done before, as ``{kind, text, done}``.
        keep_plan: Whether its plan is to be carried to its end when it is tried again.
    """
    sentence, done = readable(str(problem)), effects or []
    if isinstance(problem, Refused):
        trace = traceback_of(problem)
        return Outcome(RunState.FAILED, error=sentence, effects=done, keep_plan=keep_plan, traceback=trace)
    delay = max(retry_delay(run.attempts), problem.after or 0.0)
    if run.tried + delay > retry_for.total_seconds():
        gave_up = f"It was tried for {write_duration(retry_for)} in vain: {sentence}"
        return Outcome(RunState.FAILED, error=gave_up, effects=done, keep_plan=keep_plan)
    return Outcome(RunState.WAITING, error=sentence, effects=done, delay=delay, tried=delay, keep_plan=keep_plan)


def defect(error: Exception) -> Refused:
    """Return the refusal that stands for a defect of Callboard's own; its traceback belongs into the log."""
    what = " ".join(str(error).split())
    refused = Refused(f"Callboard has a defect, see its log: {type(error).__name__}: {what}"[:1000])
    refused.__cause__ = error
    return refused


def traceback_of(problem: BaseException) -> str | None:
    """Return where the cause of a problem came from; None when it has no cause other than what its sentence says."""
    cause = problem.__cause__
    if cause is None or isinstance(cause, CallboardError):
        return None
    return readable("".join(traceback.format_exception(cause)))[-_TRACEBACK:]


def retry_delay(attempts: int) -> float:
    """Return the seconds to wait after this many attempts: 5, then doubling to 60."""
    return float(min(_FIRST * 2 ** min(attempts - 1, 10), _LONGEST))
