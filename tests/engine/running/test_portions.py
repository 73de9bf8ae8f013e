"""Portions: however ftrack takes a large request, every thing gets its result, and only those at fault a problem."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.engine.running.portions import in_portions
from callboard.engine.store.lanes import LaneLostError
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Portion, TooMuchForFtrack


class Asked:
    """Stands for ftrack: takes at most so many things at once, and never some of them."""

    def __init__(self, most: int = 10**6, faults: dict[int, Exception] | None = None) -> None:
        self.most, self.faults, self.sizes = most, faults or {}, list[int]()

    def __call__(self, items: Sequence[int]) -> list[str]:
        self.sizes.append(len(items))
        if len(items) > self.most:
            raise TooMuchForFtrack("It took too long.")
        for item in items:
            if item in self.faults:
                raise self.faults[item]
        return [f"result {item}" for item in items]


@given(st.integers(0, 300), st.integers(1, 60), st.data())
def test_only_what_is_at_fault_has_a_problem(count: int, most: int, data: st.DataObject) -> None:
    at_fault = data.draw(st.sets(st.integers(0, max(count - 1, 0)), max_size=3)) if count else set()
    kinds = st.sampled_from([Refused("No."), TypeError("a defect")])
    asked = Asked(most, {item: data.draw(kinds) for item in at_fault})
    results = in_portions(range(count), asked, Portion(100))
    assert len(results) == count
    for item, result in enumerate(results):
        if item in at_fault:
            assert isinstance(result, Refused)
        else:
            assert result == f"result {item}"


@given(st.integers(0, 1999))
def test_what_is_too_much_alone_is_found_and_the_others_go_on(culprit: int) -> None:
    asked = Asked(faults={culprit: TooMuchForFtrack("It took too long.")})
    results = in_portions(range(2000), asked, Portion(2000))
    assert [item for item, result in enumerate(results) if isinstance(result, TryAgain)] == [culprit]
    assert len(asked.sizes) < 80


def test_the_next_call_begins_with_what_was_managed() -> None:
    portion = Portion(2000)
    in_portions(range(2000), Asked(most=250), portion)
    asked = Asked(most=250)
    in_portions(range(10), asked, portion)
    assert portion.size <= 500
    assert asked.sizes == [10]


def test_what_is_managed_grows_again() -> None:
    portion = Portion(64)
    in_portions(range(64), Asked(most=8), portion)
    for _ in range(40):
        in_portions(range(1), Asked(), portion)
    assert portion.size == 64


def test_an_ftrack_that_answers_nothing_is_not_asked_about_everything() -> None:
    asked = Asked(most=0)
    results = in_portions(range(2000), asked, Portion(2000))
    assert all(isinstance(result, TooMuchForFtrack) for result in results)
    assert len(asked.sizes) < 20


def test_an_ftrack_that_is_slow_to_fail_is_tried_again_later() -> None:
    clock = iter(range(0, 100_000, 60))
    asked = Asked(most=0)
    results = in_portions(range(2000), asked, Portion(2000), lambda: float(next(clock)))
    assert all(isinstance(result, TooMuchForFtrack) for result in results)
    assert len(asked.sizes) <= 3


def test_an_ftrack_that_is_away_is_asked_once() -> None:
    away = Asked(faults={0: TryAgain("No connection.")})
    results = in_portions(range(2000), away, Portion(500))
    assert [str(result) for result in results] == ["No connection."] * 2000
    assert away.sizes == [500]


def test_what_is_refused_for_everything_is_not_asked_for_each() -> None:
    asked = Asked(faults=dict.fromkeys(range(2000), Refused("There is no such attribute.")))
    results = in_portions(range(2000), asked, Portion(2000))
    assert [str(result) for result in results] == ["There is no such attribute."] * 2000
    assert len(asked.sizes) < 50


def test_a_lost_lane_ends_it() -> None:
    with pytest.raises(LaneLostError):
        in_portions(range(20), Asked(faults={7: LaneLostError("lost")}), Portion(20))
