"""Reading under seeded faults: every change is stored, none twice, each entity's in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.simulation.database import Database
from tests.simulation.world import World, play

from callboard.engine.reading import asking, reader, watch
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.store import heard
from callboard.engine.store.beginnings import Beginning
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.lanes import Lanes
from callboard.errors import TryAgain

#: Seeds that are played, so many in each test; ``make soak`` plays more of them.
SEEDS, TOGETHER = 200, 10


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_every_change_is_stored_once_and_in_order(database: Database, first: int) -> None:
    wrong = {seed: found for seed in range(first, first + TOGETHER) if (found := play(seed, database))}
    assert wrong == {}, 'make soak ARGS="--seed N" plays one of them again'


def _no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reader, watch):
        for name in ("OVERLAP", "LONG_OVERLAP"):
            monkeypatch.setattr(module, name, timedelta(0))


def _no_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inbox, "horizon", lambda _inbox: datetime.fromtimestamp(0, UTC))


def _no_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beginning, "preceded_by", lambda _beginning, _change: False)


def _dropped_watch_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lanes, "forget", lambda _lanes, _lane: None)


def _believed_event_swallows_the_next_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "_is_row_of", lambda change, row: change.status == row.status)
    monkeypatch.setattr(heard, "_was_left", lambda *_: False)


def _late_row_is_another_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "_is_row_of", lambda _change, _row: False)


def _seconds_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "in_order", lambda found, _starts: sorted(found, key=lambda each: each.change.at))


@pytest.mark.parametrize(
    "switch_off",
    [
        _no_overlap,
        _no_horizon,
        _no_beginnings,
        _late_row_is_another_change,
        _seconds_in_any_order,
    ],
)
def test_the_simulation_notices_when_a_safeguard_is_missing(
    database: Database, monkeypatch: pytest.MonkeyPatch, switch_off: Callable[[pytest.MonkeyPatch], None]
) -> None:
    switch_off(monkeypatch)
    assert any(play(seed, database) for seed in range(SEEDS))


@pytest.mark.parametrize("kept", [True, False])
def test_a_watch_that_could_not_be_handed_over_is_somebody_elses_soon(
    database: Database, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    if not kept:
        _dropped_watch_is_renewed(monkeypatch)
    world = World(1, database)
    world.begin()
    world.faults["release"] += [TryAgain("away")] * 3
    for server in world.servers:
        if server.watch.taken:
            server.hear(False)
    world.pass_time(2)
    world.create()
    world.end()
    assert (world.audit() == []) is kept


@pytest.mark.parametrize("kept", [True, False])
def test_an_event_that_is_believed_swallows_no_later_change(
    database: Database, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    if not kept:
        _believed_event_swallows_the_next_change(monkeypatch)
    world = World(1, database)
    world.begin()
    task = next(iter(world.ftrack.tasks.values()))
    for server in world.servers:
        server.ring(Doorbell("TypedContext", "Task", task.id, task.status, "Hold", "forged", None))
    world.believable.add(f"heard:forged:{task.id}")
    world.pass_time(10)
    assert f"heard:forged:{task.id}" in world.handled()
    for status in ("Running", task.status):
        world.change_to(task, status)
        # Each is stored for itself, at the latest by a regular reading.
        world.pass_time(70)
    world.end()
    assert (world.audit() == []) is kept


def test_a_seed_replays_exactly(database: Database) -> None:
    played = []
    for _ in range(2):
        world = World(8, database)
        world.play(40)
        played.append((world.time, world.expected, world.handled(), world.gone))
    assert played[0] == played[1]
