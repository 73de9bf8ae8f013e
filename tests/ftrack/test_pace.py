"""The pace at which ftrack is asked: portions that fit, and pauses that it asked for."""

from __future__ import annotations

import contextlib
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.clock import Clock

from callboard.ftrack.pace import LONGEST_HOLD, TOGETHER, Limiter, Portion, limiter_of, read_retry_after


def test_a_portion_is_halved_down_to_one_and_grows_after_successes() -> None:
    portion = Portion(500)
    sizes = []
    while portion.halve():
        sizes.append(portion.size)
    assert sizes == [250, 125, 63, 32, 16, 8, 4, 2, 1]
    for _ in range(100):
        portion.grow()
    assert portion.size == 500


@given(st.integers(1, 5000), st.lists(st.booleans(), max_size=200))
def test_a_portion_is_never_none_and_never_more_than_the_most(most: int, successes: list[bool]) -> None:
    portion = Portion(most)
    for success in successes:
        if success:
            portion.grow()
        else:
            portion.halve()
        assert 1 <= portion.size <= most


def test_a_server_is_left_alone_for_the_longest_time_it_asked_for() -> None:
    clock = Clock()
    limiter = Limiter(clock)
    assert limiter.remaining() == 0
    limiter.hold(20)
    limiter.hold(5)
    assert limiter.remaining() == 20
    clock.move(15)
    assert limiter.remaining() == 5
    clock.move(15)
    assert limiter.remaining() == 0
    limiter.hold(10**9)
    assert limiter.remaining() == LONGEST_HOLD


def test_a_process_has_one_limiter_for_each_server() -> None:
    assert limiter_of("http://a.example") is limiter_of("http://a.example")
    assert limiter_of("http://a.example") is not limiter_of("http://b.example")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("17", 17.0),
        (" 0 ", 0.0),
        ("9" * 400, LONGEST_HOLD),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("Mon, 02 Mar 2026 12:00:00 GMT", 0.0),
        ("Mon, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_what_a_retry_after_header_asks_for(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value) == seconds


def test_a_retry_after_header_may_be_a_date() -> None:
    asked = read_retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))
    assert asked is not None
    assert 55 < asked <= 60


@given(st.text())
def test_any_retry_after_header_is_survived(value: str) -> None:
    asked = read_retry_after(value)
    assert asked is None or 0 <= asked <= LONGEST_HOLD


def test_so_many_requests_are_under_way_and_no_more() -> None:
    limiter = Limiter(Clock())
    with ExitStack() as turns:
        assert all(turns.enter_context(limiter.turn(0)) for _ in range(TOGETHER))
        with limiter.turn(0) as mine:
            assert not mine
        limiter.together.halve()
    with ExitStack() as turns:
        taken = [turns.enter_context(limiter.turn(0)) for _ in range(TOGETHER)]
        assert taken.count(True) == TOGETHER // 2


def test_whoever_waits_has_the_next_turn_also_after_a_problem() -> None:
    limiter = Limiter(Clock())
    had: list[bool] = []

    def take() -> None:
        with contextlib.suppress(RuntimeError), limiter.turn(30) as mine:
            had.append(mine)
            raise RuntimeError("on purpose")

    threads = [threading.Thread(target=take) for _ in range(5 * TOGETHER)]
    with ExitStack() as turns:
        for _ in range(TOGETHER):
            turns.enter_context(limiter.turn(0))
        for thread in threads:
            thread.start()
        assert had == []
    for thread in threads:
        thread.join()
    assert had == [True] * len(threads)
