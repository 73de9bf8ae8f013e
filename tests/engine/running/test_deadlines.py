"""Work that does not come back: its lane goes on without what it is stuck at, and the server says so."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.running.test_batch import READS, Bench, Make, bench
from tests.waiting import until

from callboard.changes import Change
from callboard.effects import Effect, SetMetadata
from callboard.engine.running.crew import MOST_STUCK, Crew, Member
from callboard.engine.running.hand import Hand
from callboard.engine.running.worker import Workers
from callboard.engine.store.lanes import Lane
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings

__all__ = ["bench"]


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[Path]:
    """A file that blocks whoever opens it, as a dead network drive does; at the end it answers."""
    fifo = tmp_path / "drive"
    os.mkfifo(fifo)
    yield fifo
    # Opened for both, it blocks nobody, and lets go those who wait for a writer.
    answering = os.open(fifo, os.O_RDWR)
    os.write(answering, b"x" * 100)
    until(lambda: not [each for each in threading.enumerate() if each.name == "stuck worker"], what="the stuck ones")
    os.close(answering)


def look_at(drive: Path) -> Trigger:
    """An automation that looks at the drive for tasks whose name says so."""

    def note(change: Change, _settings: Any) -> Iterator[Effect]:
        if change.entity["name"] == "comp0":
            threading.current_thread().name = "stuck worker"
            with drive.open("rb") as file:
                file.read(1)
        yield SetMetadata(entity=change.entity.reference, key="seen", value="yes")

    return Trigger("note", note, "created", "Task", AutomationSettings, READS)


def started(studio: Bench, deadline: float) -> Workers:
    """The workers of a server, at work, with a heart that keeps their leases."""
    server = studio.server
    workers = Workers(server._lanes, server._workers._batches, on_broken=server.broken.set, deadline=deadline)
    server._heart.start()
    workers.start()
    return workers


def test_a_blocked_drive_delays_its_own_run_alone(bench: Make, drive: Path) -> None:
    studio = bench(look_at(drive))
    tasks = studio.tasks(5)
    studio.look(*tasks)
    workers = started(studio, deadline=0.5)
    until(lambda: len(studio.runs(state="done")) == 4, 20, "the runs that need no drive")
    until(lambda: workers.stuck, 20)
    [waiting] = studio.runs(state="waiting")
    assert waiting["entity"]["name"] == "comp0"
    assert "without progress in planning" in waiting["error"]
    assert studio.metadata(*tasks) == [{}] + [{"seen": "yes"}] * 4
    [sentence] = workers.stuck
    assert "has been planning for note" in sentence
    assert not studio.server.broken.is_set()
    # It stops all the same, and the fresh worker was not the stuck one.
    workers._crew.stopping.set()
    workers.wake()
    studio.server._heart.stop()


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


class Stuck:
    """A crew of one whose work comes back only when the gate opens."""

    def __init__(self, gate: threading.Event) -> None:
        self.clock, self.gate = Clock(), gate
        self.given_up: list[Hand] = []
        self.broken = threading.Event()
        self.begun: list[Member] = []
        self.crew = Crew(
            [("worker 1", self._work)],
            deadline=60,
            give_up=lambda hand, _idle: self.given_up.append(hand),
            on_broken=self.broken.set,
            clock=self.clock,
        )
        self.crew._start(self.crew._members[0])

    def _work(self, member: Member) -> None:
        member.hand = Hand(Lane("note", "heron", 1, ends=0, progressed=self.clock()), "making folders")
        self.begun.append(member)
        self.gate.wait(20)
        member.hand = None

    def is_at_work(self, number: int) -> bool:
        """Return whether the worker of that number has something in hand."""
        return len(self.begun) == number and self.begun[-1].hand is not None

    def pass_time(self, seconds: float) -> None:
        """Let the time pass, as an overseer sees it who looks every few seconds."""
        for _ in range(int(seconds // 5)):
            self.clock.seconds += 5
            self.crew.look_after()


@pytest.fixture
def stuck(gate: threading.Event) -> Iterator[Stuck]:
    stuck = Stuck(gate)
    yield stuck
    stuck.crew.stopping.set()


def test_what_makes_progress_is_left_alone(stuck: Stuck) -> None:
    until(lambda: stuck.begun)
    for _ in range(10):
        stuck.pass_time(50)
        hand = stuck.begun[0].hand
        assert hand is not None
        hand.lane.progressed = stuck.clock()
    assert stuck.given_up == []


def test_the_stuck_are_replaced_until_too_many_are(stuck: Stuck) -> None:
    for number in range(1, MOST_STUCK + 1):
        until(functools.partial(stuck.is_at_work, number))
        assert not stuck.broken.is_set()
        stuck.pass_time(70)
        assert len(stuck.crew.stuck) == number
    assert stuck.broken.is_set()
    stuck.crew.stopping.set()
    stuck.gate.set()
    until(lambda: stuck.crew.stuck == [], what="those that came back after all")


def test_a_process_that_was_stopped_as_a_whole_gives_nothing_up(stuck: Stuck) -> None:
    until(lambda: stuck.begun)
    stuck.pass_time(10)
    stuck.clock.seconds += 3600
    stuck.crew.look_after()
    assert stuck.given_up == []
    stuck.pass_time(70)
    assert len(stuck.given_up) == 1


def test_stopping_does_not_wait_for_the_stuck(gate: threading.Event) -> None:
    crew = Crew([("worker 1", lambda _member: gate.wait(20))], deadline=60, give_up=_ignore, on_broken=_nothing)
    crew._start(crew._members[0])
    crew.stop(grace=0.1)
    assert "does not come back" in crew.stuck[0]


def _ignore(_hand: Hand, _idle: float) -> None:
    pass


_nothing: Callable[[], None] = threading.Event().set
