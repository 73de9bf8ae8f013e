"""The running side under random faults, at every seam, and with each of its safeguards switched off in turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from tests.simulation.database import Database
from tests.simulation.studio import STATUSES, Studio, play
from tests.simulation.systems import TASKS

from callboard.changes import Change
from callboard.engine.running import batch, portions, progress, worker
from callboard.engine.running import plan as planning
from callboard.engine.running.hand import Hand
from callboard.engine.store import batches, lanes
from callboard.engine.store.database import now
from callboard.engine.store.ledger import Ledger
from callboard.engine.store.tables import is_open, runs
from callboard.engine.store.tables import lanes as lane_rows
from callboard.registry import Trigger

#: Seeds that are played, so many in each test; ``make soak`` plays more of them.
SEEDS, TOGETHER = 200, 10


@pytest.fixture
def simulate(tmp_path: Path, database: Database) -> Callable[[int], list[str]]:
    """Plays a seed, and returns what was wrong in the end."""
    return lambda seed: play(seed, tmp_path / str(seed), database)


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_whatever_happens_everything_is_done_in_order_and_once(
    simulate: Callable[[int], list[str]], first: int
) -> None:
    wrong = {seed: found for seed in range(first, first + TOGETHER) if (found := simulate(seed))}
    assert wrong == {}, 'make soak ARGS="--seed N" plays one of them again'


def test_whoever_dies_at_any_seam_leaves_work_that_the_next_one_ends(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[str] = []
    plan = planning.plan

    def count(trigger: Trigger, change: Change, settings: Any) -> Any:
        planned.append(change.key)
        return plan(trigger, change, settings)

    monkeypatch.setattr(batch, "plan", count)
    promised, died_at = _promises(), set[str]()
    for number in range(1000):
        deaths = _DeathAt(number)
        studio = deaths.studio = Studio(tmp_path / str(number), database, on_seam=deaths)
        studio.faults = False
        for task, status in zip((*TASKS, TASKS[0]), STATUSES, strict=True):
            studio.change(task, status)
        planned.clear()
        studio.run(0)
        assert studio.audit() == [], f"after the death at seam {number}"
        if deaths.died_at is None:
            assert died_at == set(promised), "the table of ARCHITECTURE.md names every seam"
            return
        died_at.add(deaths.died_at)
        promise = promised[deaths.died_at]
        if len(planned) > len(set(planned)):
            assert "planned again" in promise, deaths.died_at
        twice = len(studio.slack.sent) - len(set(studio.slack.sent))
        assert twice == ("sent twice" in promise), deaths.died_at
    raise AssertionError("there is no end of seams")


def _promises() -> dict[str, str]:
    """What the documented table says about a death at each seam."""
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text("utf-8")
    rows = [line.strip("|").split("|") for line in text.partition("| the process dies")[2].splitlines() if "|" in line]
    return {seam: row[2] for row in rows if len(row) == 3 for seam in re.findall(r"`([a-z]+: [^`]+)`", row[1])}


class _DeathAt:
    """Lets the process die at the seam of a number, counted from 0."""

    studio: Studio

    def __init__(self, number: int) -> None:
        self._number = number
        self._reached = 0
        self.died_at: str | None = None

    def __call__(self, seam: str) -> None:
        self._reached += 1
        if self._reached == self._number + 1:
            self.died_at = seam
            self.studio.die(seam)


def _no_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes.Lane, "check", lambda _lane: None)


def _no_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "sent", lambda _ledger: set())


def _no_recorded_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "record_plans", lambda *_: None)


def _no_kept_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress.Progress, "keeps_plan", False)


def _no_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def write(server: lanes.Lanes, _lane: lanes.Lane) -> Iterator[Connection]:
        with server._store.writing() as connection:
            yield connection

    monkeypatch.setattr(lanes.Lanes, "writing", write)


def _no_heads(monkeypatch: pytest.MonkeyPatch) -> None:
    def take(server: lanes.Lanes, lane: lanes.Lane) -> list[int]:
        mine = (runs.c.automation == lane.automation, runs.c.lane == lane.lane, is_open(), runs.c.due <= now())
        with server.writing(lane) as connection:
            ids = list(connection.scalars(select(runs.c.id).where(*mine)))
            connection.execute(update(runs).where(runs.c.id.in_(ids)).values(state="running"))
        return ids

    monkeypatch.setattr(batches, "take_due", take)


def _poison_stays_in_its_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    def results(isolation: portions._Isolation[Any, Any], items: Sequence[Any]) -> list[Any]:
        return list(isolation._work(items))

    def carry_out(workers: worker.Workers, hand: Hand) -> Any:
        return workers._batches.carry_out(hand, workers._crew.stopping)

    monkeypatch.setattr(portions._Isolation, "results", results)
    monkeypatch.setattr(worker.Workers, "_carry_out", carry_out)


def _lease_ends_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    hand_back = lanes.Lanes.hand_back

    def keep(server: lanes.Lanes, connection: Connection, lane: lanes.Lane, **more: Any) -> None:
        hand_back(server, connection, lane, **more)
        connection.execute(update(lane_rows).where(lanes._is(lane)).values(lease_until=now()))

    def claim(server: lanes.Lanes, automations: Collection[str]) -> lanes.Lane | None:
        with server._store.reading() as connection:
            waiting = (lane_rows.c.due <= now(), lane_rows.c.lease_until <= now(), lane_rows.c.automation != "")
            row = connection.execute(
                select(lane_rows.c.automation, lane_rows.c.lane, lane_rows.c.epoch).where(*waiting)
            ).first()
        return None if row is None or not automations else server.take(row.automation, row.lane, row.epoch)

    monkeypatch.setattr(lanes.Lanes, "hand_back", keep)
    monkeypatch.setattr(lanes.Lanes, "claim", claim)


@pytest.mark.parametrize(
    "switch_off",
    [
        _poison_stays_in_its_lane,
        _lease_ends_by_the_clock,
        _no_epoch,
        _no_fence,
        _no_ledger,
        _no_recorded_plan,
        _no_kept_plan,
        _no_heads,
    ],
)
def test_the_simulation_notices_when_a_safeguard_is_missing(
    simulate: Callable[[int], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    switch_off: Callable[[pytest.MonkeyPatch], None],
) -> None:
    switch_off(monkeypatch)
    assert any(simulate(seed) for seed in range(SEEDS))


def test_a_seed_replays_exactly(tmp_path: Path, database: Database) -> None:
    played = []
    for number in range(2):
        studio = Studio(tmp_path / str(number), database, seed=7)
        studio.run(60)
        played.append((studio.seconds, studio.slack.sent, studio.ftrack.metadata, studio.windows))
    assert played[0] == played[1]
