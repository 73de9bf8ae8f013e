"""Doorbells in hand: gathered, looked after again while their row does not show, and given up at last."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.clock import Clock

from callboard.engine.reading.bells import Bells
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.rhythm import Rhythm

AGAIN = (1.0, 2.0, 4.0)


def bell(entity: str, event: str = "event") -> Doorbell:
    return Doorbell("TypedContext", "Task", entity, "status", "former", event, None)


def bells_of(clock: Clock, *, most: int = 100) -> Bells:
    return Bells(clock, Rhythm(clock, 0.05, 2.0), AGAIN, most)


def test_the_first_doorbell_is_due_immediately_and_the_next_ones_are_gathered() -> None:
    clock = Clock()
    bells = bells_of(clock)
    assert bells.due() is None
    pauses = []
    for number in range(8):
        bells.ring([bell(str(number))])
        due = bells.due()
        assert due is not None
        pauses.append(round(max(due - clock.now, 0.0), 6))
        clock.now = max(due, clock.now)
        bells.settle(bells.take(), [])
    assert pauses == [0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    clock.move(60)
    bells.ring([bell("later")])
    assert bells.due() is not None
    assert (bells.due() or 0) <= clock.now


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
