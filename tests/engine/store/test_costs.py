"""What claiming, taking, finishing and storing cost follows the batch, whatever waits and whatever is known of it.

On PostgreSQL the plans that were carried out say how many rows each step touched; on SQLite its virtual machine counts
its own steps. Neither depends on the machine's speed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from tests.engine.store.backlog import analyze, fill
from tests.engine.work import inbox_of, sighting, trigger

from callboard.engine.store.batches import BATCH, Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.states import RunState

#: Rows of a relation that one statement may touch: those of a batch, and some for whatever it has to look past.
MOST = 2 * BATCH
#: Instructions of SQLite's machine between two counts.
GRAIN = 100


def serve_a_batch(store: Store) -> None:
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    runs = take_batch(lanes, lane)
    assert len(runs) == BATCH
    finish(lanes, lane, {run.id: Outcome(RunState.DONE, "Greeted.") for run in runs})


def store_a_page(store: Store) -> None:
    page = [sighting(f"e{number}", after=number) for number in range(0, 500, 7)]
    assert inbox_of(store, trigger()).store(page) == len(page)


@contextmanager
def touched(store: Store) -> Iterator[list[tuple[int, str, str]]]:
    """Explain every statement as it is carried out: rows of a table, the table, the statement."""
    found: list[tuple[int, str, str]] = []

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.lstrip().lower().startswith(("select", "insert", "update", "delete")):
            return
        with connection.connection.cursor() as cursor:
            cursor.execute("savepoint explained")
            cursor.execute(
                f"explain (analyze, format json) {statement}",
                parameters[0] if isinstance(parameters, list) else parameters,
            )
            [plan] = cursor.fetchone()
            cursor.execute("rollback to savepoint explained")
        found.extend((rows, table, statement) for table, rows in nodes(plan[0]["Plan"]))

    event.listen(store._engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(store._engine, "before_cursor_execute", explain)


def nodes(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Give how many rows of each relation a plan read, those included that it threw away."""
    if "Relation Name" in plan and plan["Node Type"] != "ModifyTable":
        thrown_away = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield plan["Relation Name"], round((plan["Actual Rows"] + thrown_away) * plan["Actual Loops"])
    for each in plan.get("Plans", ()):
        yield from nodes(each)


@pytest.mark.parametrize("work", [serve_a_batch, store_a_page])
@pytest.mark.parametrize("known", ["before the burst", "all of it"])
def test_postgresql_touches_a_batch_of_rows_only(
    postgresql: Callable[[], str], work: Callable[[Store], None], known: str
) -> None:
    store = Store(postgresql())
    store.prepare()
    if known == "before the burst":
        analyze(store)
    fill(store, waiting=100_000, done=20_000)
    if known == "all of it":
        analyze(store)
    try:
        with touched(store) as rows:
            work(store)
    finally:
        store.close()
    assert {table for _, table, _ in rows} >= {"runs", "lanes"} or work is store_a_page
    worst = max(rows)
    assert worst[0] <= MOST, json.dumps(worst, indent=1)


@contextmanager
def counted(store: Store) -> Iterator[Callable[[], int]]:
    """Count the instructions that SQLite's machine carries out."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += GRAIN
        return 0

    def connect(raw: Any, _record: Any) -> None:
        raw.set_progress_handler(tick, GRAIN)

    store._engine.dispose()
    event.listen(store._engine, "connect", connect)
    try:
        yield lambda: count
    finally:
        store.close()


@pytest.mark.parametrize("work", [serve_a_batch, store_a_page])
def test_sqlite_does_the_same_steps_however_much_waits(tmp_path: Any, work: Callable[[Store], None]) -> None:
    steps = {}
    for waiting in (10_000, 100_000):
        store = Store(f"sqlite:///{tmp_path / f'{waiting}.db'}")
        store.prepare()
        fill(store, waiting=waiting, done=waiting)
        with counted(store) as count:
            work(store)
            steps[waiting] = count()
    assert steps[10_000] > GRAIN
    assert steps[100_000] <= 1.2 * steps[10_000], steps


def test_a_worker_that_finds_nothing_due_reads_lanes_and_writes_nothing(store: Store) -> None:
    fill(store, waiting=20)
    statements: list[str] = []
    lanes = Lanes(store)
    assert lanes.claim(["greet"]) is not None
    event.listen(store._engine, "before_cursor_execute", lambda *told: statements.append(told[2].lower()))
    assert lanes.claim(["greet"]) is None
    assert [each for each in statements if "runs" in each or each.startswith(("update", "insert"))] == []
