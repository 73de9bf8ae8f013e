"""Doorbells in hand: gathered, looked after again while their row does not show, and given up at last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.clock import Clock

from callboard.engine.reading.bells import Bells
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.gathering import Gathering

AGAIN = (1.0, 2.0, 4.0)


def bell(entity: str, event: str = "event") -> Doorbell:
    return Doorbell("TypedContext", "Task", entity, "status", "former", event, None)


def bells_of(clock: Clock, *, most: int = 100) -> Bells:
    return Bells(clock, Gathering(clock, 0.05, 0.1, 0.5), AGAIN, most)


def looks(rate: float, seconds: float, *, at_once: int = 1) -> tuple[int, float]:
    """Ring so often a second for so long; return how many looks that is, and the longest that a doorbell waited."""
    clock = Clock()
    bells, rung, count, longest = bells_of(clock), dict[Doorbell, float](), 0, 0.0
    for number in range(round(rate * seconds)):
        rings = 1000.0 + number / rate
        while (due := bells.due()) is not None and due <= rings:
            clock.now = max(due, clock.now)
            taken = bells.take()
            bells.settle(taken, [])
            longest = max(longest, *(clock.now - rung[each] for each in taken))
            count += 1
        clock.now = rings
        together = [bell(f"{number} {place}") for place in range(at_once)]
        rung |= dict.fromkeys(together, rings)
        bells.ring(together)
    return count, longest


def test_what_happens_a_few_times_a_second_is_looked_after_soon() -> None:
    for rate in (0.1, 1, 3, 5, 9):
        _, waited = looks(rate, 60)
        assert waited < 0.11


def test_twenty_changes_a_second_are_gathered_into_a_few_requests() -> None:
    for rate in (20, 50, 200):
        count, waited = looks(rate, 60)
        assert count <= 60 * 2.5
        assert waited < 0.51


def test_a_burst_is_gathered_longer_and_longer_and_what_comes_after_it_is_not() -> None:
    clock = Clock()
    bells = bells_of(clock)
    assert bells.due() is None
    pauses = []
    for number in range(9):
        bells.ring([bell(f"{number} {place}") for place in range(500 if number < 6 else 1)])
        due = bells.due()
        assert due is not None
        pauses.append(round(max(due - clock.now, 0.0), 6))
        clock.now = max(due, clock.now)
        bells.settle(bells.take(), [])
    assert pauses == [0.0, 0.05, 0.1, 0.2, 0.4, 0.5, 0.5, 0.1, 0.1]


def test_a_doorbell_whose_row_is_absent_is_looked_after_four_times() -> None:
    clock = Clock()
    bells = bells_of(clock)
    bells.ring([bell("a"), bell("b")])
    looks = []
    while (due := bells.due()) is not None:
        clock.now = max(due, clock.now)
        taken = bells.take()
        looks.append((clock.now, [each.entity_id for each in taken]))
        absent = [each for each in taken if each.entity_id == "a"]
        given_up = bells.given_up(absent)
        bells.settle(taken, absent)
    assert looks == [(1000.0, ["a", "b"]), (1001.0, ["a"]), (1003.0, ["a"]), (1007.0, ["a"])]
    assert given_up == [bell("a")]


def test_what_was_taken_stays_in_hand_until_it_is_settled() -> None:
    clock = Clock()
    bells = bells_of(clock)
    bells.ring([bell("a")])
    assert bells.take() == [bell("a")]
    bells.ring([bell("b")])
    clock.move(1)
    assert bells.take() == [bell("a"), bell("b")]


def test_one_that_rings_twice_is_looked_after_once_and_another_event_is_another_one() -> None:
    bells = bells_of(Clock())
    bells.ring([bell("a"), bell("a"), bell("a", "another event")])
    assert bells.take() == [bell("a"), bell("a", "another event")]


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    bells = bells_of(Clock(), most=3)
    bells.ring([bell(str(number)) for number in range(10)])
    assert len(bells.take()) == 3
    bells.clear()
    assert bells.due() is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.floats(0, 5)), max_size=40))
def test_every_doorbell_is_settled_or_given_up_at_last(rings: list[tuple[str, bool, float]]) -> None:
    clock = Clock()
    bells, rung, over = bells_of(clock), set[Doorbell](), list[Doorbell]()

    def look() -> None:
        taken = bells.take()
        absent = [each for each in taken if each.entity_id in "abc"]
        over.extend(bells.given_up(absent))
        over.extend(each for each in taken if each not in absent)
        bells.settle(taken, absent)

    for number, (entity, looks, seconds) in enumerate(rings):
        rung.add(bell(entity, str(number)))
        bells.ring([bell(entity, str(number))])
        clock.move(seconds)
        if looks:
            look()
    while (due := bells.due()) is not None:
        clock.now = max(due, clock.now)
        look()
    assert sorted(over, key=repr) == sorted(rung, key=repr)
