"""Figures for charts: every run that ended is counted once, by whichever server, and the history is not read."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import update
from tests.clock import Clock
from tests.engine.work import inbox_of, sighting, trigger

from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.figures import (
    BOUNDS,
    CHANGES,
    MINUTE,
    QUARTER,
    SHIFT,
    Figures,
    count_minutes,
    read_figures,
    read_totals,
)
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, runs

#: The beginning of a shift, and so of a quarter and of a minute.
START = 1_772_409_600
EFFECT = {"kind": "make_folders", "text": "made a folder", "done": True}

Happened = Callable[..., None]


@pytest.fixture
def happened(store: Store) -> Happened:
    """Runs that ended so many seconds after :data:`START`, each so many seconds after its change."""
    inbox = inbox_of(store, trigger())
    lanes = Lanes(store)

    def happened(after: float, took: float = 2, *, state: RunState = RunState.DONE, count: int = 1) -> None:
        inbox.store([sighting(f"e{number}") for number in range(count)])
        lane = lanes.claim(["greet"])
        assert lane is not None
        batch = take_batch(lanes, lane)
        effects = [EFFECT] if state is RunState.DONE else []
        finish(lanes, lane, {run.id: Outcome(state, "Greeted.", effects=effects) for run in batch})
        ids, keys = [run.id for run in batch], [run.change.key for run in batch]
        with store.writing() as connection:
            ended = {"finished": START + after, "at": START + after - took}
            connection.execute(update(runs).where(runs.c.id.in_(ids)).values(ended))
            connection.execute(update(changes).where(changes.c.key.in_(keys)).values(stored=START + after))

    return happened


@pytest.fixture
def count(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], int]:
    """Count as if it were so many seconds after :data:`START`; returns in how many calls."""
    clock = Clock()
    from sqlalchemy import literal

    import callboard.engine.store.figures as module

    monkeypatch.setattr(module, "now", lambda: literal(clock.now))

    def count(after: float) -> int:
        clock.now = START + after
        calls = 1
        while count_minutes(store):
            calls += 1
        return calls

    return count


def test_a_minute_is_counted_once_when_it_is_over(
    store: Store, happened: Happened, count: Callable[[float], int]
) -> None:
    happened(5, count=3)
    happened(59, state=RunState.FAILED)
    happened(61)
    count(74)
    assert read_figures(store, MINUTE, START) == {}
    for _ in range(2):
        count(76)
    [minute] = read_figures(store, MINUTE, START).values()
    assert minute[CHANGES] == Figures(changes=4)
    assert (minute["greet"].done, minute["greet"].failed, minute["greet"].effects) == (3, 1, 3)
    assert (minute["greet"].tries, minute["greet"].seconds) == (4, 6)
    count(136)
    for span in (QUARTER, SHIFT):
        [figures] = read_figures(store, span, START).values()
        assert (figures["greet"].done, figures[CHANGES].changes) == (4, 5)


def test_totals_include_what_is_not_counted_yet(
    store: Store, happened: Happened, count: Callable[[float], int]
) -> None:
    happened(5, count=2)
    count(76)
    happened(70)
    assert read_totals(store)["greet"].done == 3
    count(136)
    assert read_totals(store)["greet"].done == 3


def test_a_time_without_servers_is_made_up_for_and_quiet_hours_cost_nothing(
    store: Store, happened: Happened, count: Callable[[float], int]
) -> None:
    happened(5)
    count(76)
    happened(5 * 3600)
    happened(30 * 3600)
    assert count(40 * 3600) == 1
    assert read_totals(store)["greet"].done == 3
    assert sum(step["greet"].done for step in read_figures(store, QUARTER, START).values() if "greet" in step) == 3


def test_two_servers_count_together_what_one_would(
    store: Store, happened: Happened, count: Callable[[float], int]
) -> None:
    for number in range(30):
        happened(number * 60)
    threads = [threading.Thread(target=count, args=[3600]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_totals(store)["greet"].done == 30
    assert sum(step[CHANGES].changes for step in read_figures(store, MINUTE, START).values()) == 30


def test_the_past_of_charts_is_forgotten_and_the_totals_stay(
    store: Store, happened: Happened, count: Callable[[float], int]
) -> None:
    happened(5)
    count(76)
    happened(4 * 86400)
    count(4 * 86400 + 76)
    assert list(read_figures(store, MINUTE, START)) == [START + 4 * 86400]
    assert list(read_figures(store, QUARTER, START)) == [START + 4 * 86400]
    assert len(read_figures(store, SHIFT, START)) == 2
    assert read_totals(store)["greet"].done == 2


def test_the_share_of_runs_that_were_quicker() -> None:
    def took(*seconds: float) -> Figures:
        classes = [BOUNDS.index(each) for each in seconds]
        return Figures(took=tuple(classes.count(number) for number in range(len(BOUNDS) + 1)))

    assert Figures().quantile(0.5) is None
    assert took(2).quantile(1) == 2
    assert took(1, 2, 3, 5).quantile(0.5) == 2
    assert took(1, 1, 1, 1).quantile(0.5) == pytest.approx(0.875)
    longest = Figures(took=(*(0,) * len(BOUNDS), 1))
    assert longest.quantile(0.5) == BOUNDS[-1]
