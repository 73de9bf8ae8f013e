"""The watch: when ftrack is read, what becomes of doorbells, and which of several servers has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import cast

import pytest
from tests.clock import Clock
from tests.engine.work import end_leases
from tests.waiting import until

from callboard.engine.reading import watch
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import LONG_OVERLAP, OVERLAP, Reader
from callboard.engine.reading.watch import Watch
from callboard.engine.store import lanes
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lane, Lanes
from callboard.errors import TryAgain


class Read:
    """Stands for the reader, and notes what is asked of it."""

    def __init__(self) -> None:
        self.overlaps: list[timedelta] = []
        self.pages = 0
        self.looked: list[list[str]] = []
        self.believed: list[str] = []
        #: What happened, in its order: ``page`` and ``look``.
        self.order: list[str] = []
        #: How often reading and looking meet an ftrack that is away, and for how long it wants to be left alone.
        self.away = 0
        self.after: float | None = None
        #: Pages of the passes that are to come.
        self.backlog = 0
        #: Entities whose rows do not show.
        self.absent: set[str] = set()

    def begin(self, overlap: timedelta) -> None:
        self.overlaps.append(overlap)

    def read_page(self) -> bool:
        self.order.append("page")
        self._refuse_if_away()
        self.pages += 1
        self.backlog = max(0, self.backlog - 1)
        return self.backlog > 0

    def look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        self.order.append("look")
        self.looked.append([bell.entity_id for bell in bells])
        self._refuse_if_away()
        return [bell for bell in bells if bell.entity_id in self.absent]

    def believe(self, bells: Sequence[Doorbell]) -> int:
        self.believed += [bell.entity_id for bell in bells]
        return len(bells)

    def look_again(self) -> int:
        return 0

    def cares(self, bell: Doorbell) -> bool:
        return bell.table == "TypedContext"

    def _refuse_if_away(self) -> None:
        if self.away:
            self.away -= 1
            raise TryAgain("ftrack cannot be reached.", after=self.after)


def bell(entity: str, table: str = "TypedContext") -> Doorbell:
    return Doorbell(table, "Task", entity, "status", "former status", "event", None)


@pytest.fixture
def read() -> Read:
    return Read()


def lease_for(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (lanes, watch):
        monkeypatch.setattr(module, "LEASE", seconds)


Watching = Callable[..., Watch]


@pytest.fixture
def watching(store: Store, read: Read, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watching]:
    """Begins to watch; pauses and second looks take no longer than they must, and leases hold without a heart."""
    lease_for(60, monkeypatch)
    monkeypatch.setattr(watch, "_TAKE", 0.02)
    monkeypatch.setattr(watch, "_AGAIN", (0.01, 0.01, 0.01))
    monkeypatch.setattr(watch, "_RETRY_FIRST", 0.01)
    begun: list[Watch] = []

    def begin(*, heard: bool = True) -> Watch:
        watched = Watch(cast("Reader", read), Lanes(store), may_take=lambda: True, on_stored=lambda: None)
        begun.append(watched)
        watched.hear(heard)
        watched.start()
        return watched

    yield begin
    for each in begun:
        each.stop()


class Stepped:
    """A watch without a thread, on a clock that a test moves."""

    def __init__(self, read: Read, lanes: Lanes) -> None:
        self.clock = Clock()
        self.fit = True
        self.watch = Watch(
            cast("Reader", read), lanes, may_take=lambda: self.fit, on_stored=lambda: None, clock=self.clock
        )

    def run(self, seconds: float) -> None:
        """Let time pass, and have it do what is due."""
        end = self.clock.now + seconds
        while True:
            pause = self.watch.step()
            if self.clock.now + pause > end:
                self.clock.now = end
                return
            self.clock.move(pause)


@pytest.fixture
def stepped(store: Store, read: Read, monkeypatch: pytest.MonkeyPatch) -> Stepped:
    lease_for(60, monkeypatch)
    return Stepped(read, Lanes(store))


def test_what_was_missed_is_read_before_it_is_current(watching: Watching, read: Read) -> None:
    watched = watching()
    assert watched.current.wait(20)
    assert read.overlaps == [LONG_OVERLAP]


def test_while_nothing_is_heard_it_is_not_current_but_reads(watching: Watching, read: Read) -> None:
    watched = watching(heard=False)
    until(lambda: read.overlaps, 20, "a reading")
    assert not watched.current.is_set()
    watched.hear(True)
    assert watched.current.wait(20)


def test_a_reading_that_met_an_ftrack_that_is_away_is_done_again_as_far_back(watching: Watching, read: Read) -> None:
    read.away = 2
    assert watching().current.wait(20)
    assert (read.overlaps, read.pages) == ([LONG_OVERLAP], 1)


def test_regular_readings_go_back_less_far(watching: Watching, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_REGULAR", 0.01)
    watching()
    until(lambda: len(read.overlaps) > 2, 20, "three readings")
    assert read.overlaps[:3] == [LONG_OVERLAP, OVERLAP, OVERLAP]


def test_doorbells_are_looked_after_and_others_not(watching: Watching, read: Read) -> None:
    watched = watching()
    assert watched.current.wait(20)
    watched.ring([bell("a"), bell("note", table="Note"), bell("b")])
    until(lambda: read.looked, 20, "a look")
    assert read.looked == [["a", "b"]]


def test_doorbells_survive_an_ftrack_that_is_away(watching: Watching, read: Read) -> None:
    watched = watching()
    assert watched.current.wait(20)
    read.away = 2
    watched.ring([bell("a")])
    until(lambda: len(read.looked) == 3, 20, "three looks")
    assert read.looked == [["a"]] * 3


def test_a_doorbell_whose_row_does_not_show_is_believed_after_four_looks(watching: Watching, read: Read) -> None:
    read.absent = {"a"}
    watched = watching()
    assert watched.current.wait(20)
    watched.ring([bell("a"), bell("b")])
    until(lambda: read.believed, 20, "belief")
    assert read.believed == ["a"]
    assert read.looked == [["a", "b"], ["a"], ["a"], ["a"]]


def test_the_watch_of_a_server_that_died_is_taken_before_it_is_current(
    watching: Watching, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_for(0.5, monkeypatch)
    assert Lanes(store).take_named("watch") is not None  # and nobody renews it
    watched = watching()
    assert watched.current.wait(20)
    assert watched.taken


def test_beside_a_server_that_lives_it_is_current_and_leaves_doorbells_to_it(
    watching: Watching, store: Store, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_for(1, monkeypatch)
    others = Lanes(store)
    assert isinstance(others.take_named("watch"), Lane)
    over = threading.Event()

    def live() -> None:
        while not over.wait(0.1):
            others.renew()

    alive = threading.Thread(target=live)
    alive.start()
    try:
        watched = watching()
        assert watched.current.wait(20)
        assert not watched.taken
        watched.ring([bell("a")])
        assert (read.overlaps, read.looked) == ([], [])
    finally:
        over.set()
        alive.join()
    until(lambda: watched.taken, 20, "the watch to be taken over")
    until(lambda: read.overlaps, 20, "what was missed to be read")


# Step by step


def test_it_is_current_while_a_backlog_is_still_being_read(stepped: Stepped, read: Read) -> None:
    read.backlog = 5
    stepped.watch.hear(True)
    stepped.watch.step()
    assert (read.pages, stepped.watch.current.is_set()) == (1, True)
    stepped.run(1)
    assert (read.pages, read.overlaps) == (5, [LONG_OVERLAP])


def test_neither_does_a_backlog_keep_doorbells_waiting_nor_doorbells_the_backlog(stepped: Stepped, read: Read) -> None:
    read.backlog = 100
    stepped.watch.hear(True)
    stepped.watch.step()
    for number in range(5):
        stepped.watch.ring([bell(str(number))])
        stepped.clock.move(2.5)
        stepped.watch.step()
        stepped.watch.step()
    assert read.order == ["page", *["look", "page"] * 5]


def test_when_ftrack_says_how_long_it_wants_to_be_left_alone_it_is(stepped: Stepped, read: Read) -> None:
    stepped.watch.hear(True)
    stepped.run(1)
    read.away, read.after = 1, 40.0
    stepped.watch.ring([bell("a")])
    stepped.run(1)
    asked = len(read.order)
    stepped.watch.ring([bell("b")])
    stepped.run(38)
    assert len(read.order) == asked
    stepped.run(2)
    assert read.looked == [["a"], ["a", "b"]]


def test_problems_are_met_less_and_less_often(stepped: Stepped, read: Read) -> None:
    read.away = 100
    stepped.watch.hear(True)
    stepped.run(60)
    assert 12 <= len(read.order) <= 18


def test_a_hub_that_comes_and_goes_is_a_handful_of_readings(stepped: Stepped, read: Read) -> None:
    stepped.watch.hear(True)
    stepped.run(60)
    read.pages = 0
    for _ in range(20):
        stepped.watch.hear(False)
        assert not stepped.watch.current.is_set()
        stepped.run(0.3)
        stepped.watch.hear(True)
        stepped.run(0.3)
    stepped.run(30)
    assert 2 <= read.pages <= 8
    assert stepped.watch.current.is_set()


@pytest.mark.parametrize("how", ["lease ended", "release failed", "not fit"])
def test_a_server_that_lost_the_watch_lets_another_one_have_it(
    store: Store, stepped: Stepped, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    stepped.watch.hear(True)
    stepped.run(1)
    assert stepped.watch.current.is_set()
    mine = stepped.watch._lanes
    stepped.fit = how == "lease ended"
    lane = stepped.watch._lane
    assert lane is not None
    if how == "lease ended":
        lane.ends = 0.0
    if how == "release failed":
        monkeypatch.setattr(mine, "release", raise_away)
    stepped.watch.step()
    assert not stepped.watch.taken
    assert not stepped.watch.current.is_set()
    # The heart renews what is in hand; this is not.
    mine.renew()
    end_leases(store)
    assert Lanes(store).take_named("watch") is not None
    mine.renew()


def raise_away(_lane: Lane) -> None:
    raise TryAgain("The database cannot be used.")


def test_after_it_lost_the_watch_it_takes_it_again(store: Store, stepped: Stepped, read: Read) -> None:
    stepped.watch.hear(True)
    stepped.run(1)
    lane = stepped.watch._lane
    assert lane is not None
    lane.ends = 0.0
    stepped.watch.step()
    end_leases(store)
    stepped.run(1)
    assert stepped.watch.taken
    assert stepped.watch.current.is_set()
    assert read.overlaps == [LONG_OVERLAP] * 2


def test_a_defect_of_the_reader_does_not_end_the_watch(
    stepped: Stepped, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble() -> bool:
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(read, "read_page", stumble)
        stepped.watch.hear(True)
        stepped.run(10)
        assert not stepped.watch.current.is_set()
    stepped.run(10)
    assert stepped.watch.current.is_set()
