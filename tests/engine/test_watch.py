"""The watch: when the feeds are read, what becomes of doorbells, and who of several servers has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import cast

import pytest
from tests.waiting import until

from callboard.engine.reading import watch
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import LONG_OVERLAP, OVERLAP, Feeds
from callboard.engine.reading.watch import Watch
from callboard.engine.store import lanes
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lane, Lanes
from callboard.errors import TryAgain


class Read:
    """Stands for the feeds, and notes what is asked of them."""

    def __init__(self) -> None:
        self.overlaps: list[timedelta] = []
        self.looked: list[list[str]] = []
        self.believed: list[str] = []
        #: How often reading and looking meet an ftrack that is away.
        self.away = 0
        #: Entities whose rows do not show.
        self.absent: set[str] = set()

    def read(self, overlap: timedelta) -> int:
        self.overlaps.append(overlap)
        self._refuse_if_away()
        return 0

    def look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        self.looked.append([bell.entity_id for bell in bells])
        self._refuse_if_away()
        return [bell for bell in bells if bell.entity_id in self.absent]

    def believe(self, bells: Sequence[Doorbell]) -> int:
        self.believed += [bell.entity_id for bell in bells]
        return len(bells)

    def cares(self, bell: Doorbell) -> bool:
        return bell.table == "TypedContext"

    def _refuse_if_away(self) -> None:
        if self.away:
            self.away -= 1
            raise TryAgain("ftrack cannot be reached.")


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
        watched = Watch(cast("Feeds", read), Lanes(store), may_take=lambda: True, on_stored=lambda: None)
        begun.append(watched)
        watched.hear(heard)
        watched.start()
        return watched

    yield begin
    for each in begun:
        each.stop()


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
    assert read.overlaps == [LONG_OVERLAP] * 3


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
