from __future__ import annotations

import pytest

from callboard.engine.running.failures import defect, traceback_of
from callboard.errors import Refused, TryAgain


def refused(cause: BaseException | None) -> Refused:
    problem = Refused("It has a defect.")
    problem.__cause__ = cause
    return problem


def test_a_defect_keeps_where_it_came_from() -> None:
    shots: dict[str, int] = {}
    with pytest.raises(KeyError) as raised:
        shots["SH010"]
    kept = traceback_of(refused(raised.value))
    assert kept == traceback_of(defect(raised.value))
    assert kept is not None
    assert kept.endswith("KeyError: 'SH010'\n")
    assert "test_tracebacks.py" in kept


def test_what_its_sentence_says_needs_no_traceback() -> None:
    assert traceback_of(refused(None)) is None
    assert traceback_of(refused(TryAgain("Slack is away."))) is None


def test_the_end_of_a_long_one_is_kept() -> None:
    kept = traceback_of(refused(ValueError("x" * 20_000)))
    assert kept is not None
    assert len(kept) == 8000
