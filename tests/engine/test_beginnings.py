"""Automations that are turned on: what happened before is not handled, what happened since is, whatever clocks say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.engine.test_reader import Studio, at
from tests.engine.work import trigger

from callboard.engine.reading.reader import LONG_OVERLAP
from callboard.engine.store.history import History
from callboard.errors import TryAgain
from callboard.ftrack import Portion
from ftrack_sandbox.testing import SandboxServer

FIRST, SECOND = trigger("first"), trigger("second")


@pytest.fixture
def studio(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[Studio]:
    """A studio whose first automation has been on for a while."""
    studio = Studio(ftrack_sandbox, tmp_path)
    studio.reader = studio.new_reader(FIRST)
    studio.read()
    yield studio
    studio.close()


def handled(studio: Studio, automation: str) -> list[str]:
    """The entities that an automation looks at."""
    return [run["entity"]["id"] for run in History(studio._store).runs(automation=automation, state="waiting")][::-1]


@pytest.mark.parametrize("clock", [0, -7200, 7200, 400 * 86400], ids=["right", "slow", "fast", "far off"])
def test_of_a_backlog_only_what_happened_since_is_handled(studio: Studio, clock: float) -> None:
    studio.now = datetime.now(UTC).timestamp() + clock
    before = studio.tasks(3)
    studio.reader = studio.new_reader(FIRST, SECOND)
    studio.read(LONG_OVERLAP)
    since = studio.tasks(2)
    studio.read()
    assert set(handled(studio, "first")) == {task.id for task in [*before, *since]}
    assert set(handled(studio, "second")) == {task.id for task in since}


def test_whoever_catches_up_has_the_rest_handled_and_the_history_says_why_it_was_not(studio: Studio) -> None:
    [before] = studio.tasks(1)
    studio.reader = studio.new_reader(FIRST, SECOND)
    studio.read()
    [ignored] = History(studio._store).runs(automation="second")
    assert ignored["summary"] == "It happened before second was turned on; `callboard catch-up` handles it."
    studio.reader.read_since(datetime.now(UTC) - timedelta(hours=1))
    assert before.id in handled(studio, "second")


@pytest.mark.parametrize("restarted", [False, True], ids=["goes on", "starts anew"])
def test_a_long_backlog_is_read_to_its_end_before_everything_that_is_new_counts(
    studio: Studio, restarted: bool
) -> None:
    clock = studio.sandbox.clock
    before = []
    for hour in range(8, 18):
        clock.set(at(hour))
        before += studio.tasks(1)
    studio.ftrack.page = Portion(2)
    studio.reader = studio.new_reader(FIRST, SECOND)
    studio.reader.begin(LONG_OVERLAP)
    assert studio.reader.read_page()
    clock.set(at(19))
    since = studio.tasks(1)
    if restarted:
        studio.reader = studio.new_reader(FIRST, SECOND)
    studio.read(LONG_OVERLAP)
    # ftrack's own clock is set back: what is new is new all the same.
    clock.set(at(3))
    since += studio.tasks(1)
    assert studio.reader.look([studio.bell(since[1])]) == []
    assert handled(studio, "second") == [task.id for task in since]
    assert set(handled(studio, "first")) == {task.id for task in [*before, *since]}


def test_one_that_was_off_begins_again_whether_its_feed_is_shared_or_not(studio: Studio) -> None:
    for others in [[FIRST], [trigger("projects", entity_type="Project")]]:
        studio.reader = studio.new_reader(*others, SECOND)
        studio.read()
        studio.reader = studio.new_reader(*others)
        studio.read()
        missed = studio.tasks(2)
        studio.reader = studio.new_reader(*others, SECOND)
        studio.read()
        [new] = studio.tasks(1)
        studio.read()
        assert handled(studio, "second")[-1] == new.id
        assert not {task.id for task in missed} & set(handled(studio, "second"))


def test_what_happens_while_ftrack_cannot_be_reached_happens_afterwards(studio: Studio) -> None:
    studio.now = datetime.now(UTC).timestamp()
    [before] = studio.tasks(1)
    studio.sandbox.clock.advance(60)
    studio.now += 60
    studio.reader = studio.new_reader(FIRST, SECOND)
    studio.sandbox.faults.api(502, calls=1)
    with pytest.raises(TryAgain):
        studio.read()
    studio.sandbox.clock.advance(3600)
    studio.clock.move(3600)
    studio.now += 3600
    [since] = studio.tasks(1)
    studio.read()
    assert handled(studio, "second") == [since.id]
    assert handled(studio, "first") == [before.id, since.id]


def test_beside_another_server_that_reads_it_begins_when_its_own_server_starts(studio: Studio) -> None:
    elsewhere = studio.reader
    [before] = studio.tasks(1)
    studio.reader = studio.new_reader(FIRST, SECOND, trigger("shots", entity_type="Shot"))
    beside = studio.reader
    assert beside.look_again() == 0
    [since] = studio.tasks(1)
    shot = studio._create("Shot", {"name": "SH020", "parent": studio._project})
    studio.reader = elsewhere
    studio.read()
    assert beside.look_again() == 1
    assert beside.look_again() == 0
    assert handled(studio, "second") == [since.id]
    # It takes over.
    studio.reader = beside
    studio.read()
    assert handled(studio, "second") == [since.id]
    assert handled(studio, "shots") == [shot.id]
    assert sorted(handled(studio, "first")) == sorted([before.id, since.id])
