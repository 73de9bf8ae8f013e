"""When the feeds are read: regularly, soon after a gap, and not every time when the hub comes and goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.clock import Clock

from callboard.engine.reading.agenda import Agenda, Pace
from callboard.engine.reading.rhythm import Rhythm

SHORT, LONG = timedelta(seconds=120), timedelta(minutes=10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agenda(clock: Clock) -> Agenda:
    return Agenda(clock, Pace(60.0, 5.0, SHORT, LONG), Rhythm(clock, 1.0, 30.0))


def test_the_first_reading_is_due_immediately_and_goes_far_back(agenda: Agenda, clock: Clock) -> None:
    assert agenda.due() == clock.now
    assert agenda.begin() == LONG


def test_it_is_read_more_often_while_nothing_is_heard(agenda: Agenda, clock: Clock) -> None:
    agenda.begin()
    assert agenda.due() == clock.now + 5
    agenda.hear(True)
    assert agenda.due() <= clock.now
    assert agenda.begin() == LONG
    assert agenda.due() == clock.now + 60
    clock.move(60)
    assert agenda.begin() == SHORT


def test_a_loss_alone_asks_for_no_reading_before_the_next_one_without_a_hub(agenda: Agenda, clock: Clock) -> None:
    agenda.hear(True)
    agenda.begin()
    agenda.hear(False)
    assert agenda.due() == clock.now + 5
    clock.move(5)
    assert agenda.begin() == LONG


def test_twenty_flaps_within_some_seconds_are_a_handful_of_readings(agenda: Agenda, clock: Clock) -> None:
    agenda.hear(True)
    agenda.begin()
    readings = 0
    for _ in range(20):
        agenda.hear(False)
        clock.move(0.5)
        agenda.hear(True)
        clock.move(0.5)
        if agenda.due() <= clock.now:
            agenda.begin()
            readings += 1
    assert 1 <= readings <= 6
    # What was missed in the last one is read as well.
    assert agenda.due() <= clock.now + 30


def test_a_single_loss_is_made_up_for_immediately(agenda: Agenda, clock: Clock) -> None:
    agenda.hear(True)
    agenda.begin()
    clock.move(600)
    agenda.hear(False)
    agenda.hear(True)
    assert agenda.due() <= clock.now


def test_taking_the_watch_again_reads_immediately(agenda: Agenda, clock: Clock) -> None:
    agenda.hear(True)
    agenda.begin()
    agenda.restart()
    assert (agenda.due(), agenda.begin()) == (clock.now, LONG)
