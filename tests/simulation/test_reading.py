"""Reading under seeded faults: every change is stored, none twice, each entity's in their order."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.simulation.world import World

from callboard.engine.store.database import Store

SEEDS = 20

Play = Callable[..., World]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database with its tables, and nothing in it."""
    file = tmp_path_factory.mktemp("simulation") / "empty.db"
    store = Store(f"sqlite:///{file}")
    store.prepare()
    store.close()
    return file


@pytest.fixture
def play(empty: Path, tmp_path: Path) -> Iterator[Play]:
    """Plays a seed to its end."""
    stores: list[Store] = []

    def play(seed: int, *, servers: int = 2, late: bool = False, moves: int = 60) -> World:
        file = tmp_path / f"{seed}{late}.db"
        shutil.copyfile(empty, file)
        stores.append(Store(f"sqlite:///{file}"))
        world = World(seed, stores[-1], servers=servers, late=late)
        world.play(moves)
        return world

    yield play
    for store in stores:
        store.close()


def audit(world: World) -> list[str]:
    """What is wrong at the end."""
    handled = world.handled()
    wrong = [f"{key} is missing" for key in world.expected if key not in handled and key not in world.gone]
    wrong += [f"{key} was handled though it never happened" for key in handled if key not in world.expected]
    wrong += [f"{key} was handled twice" for key in set(handled) if handled.count(key) > 1]
    for task in world.ftrack.tasks.values():
        keys = [f"status:{task.id}:first", *(f"status:{step.id}" for step in task.steps[1:])]
        order = [handled.index(key) for key in keys if key in handled]
        if order != sorted(order) and not world.late:
            wrong.append(f"the statuses of {task.id} were stored in another order")
    return wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_change_is_stored_once_and_in_order(play: Play, seed: int) -> None:
    assert audit(play(seed)) == []


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_rows_that_show_late_are_found_and_nothing_is_handled_twice(play: Play, seed: int) -> None:
    assert audit(play(seed, late=True, servers=1)) == []
