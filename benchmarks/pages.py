"""What the dashboard costs: pages of a long history, pages that stay open, 10,000 views, and viewers beside a burst."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median

import requests

from backlog import postgresql
from burst import play_callboard, write_templates
from rows import Row
from servers import Sandbox, callboard, memory_of, sandbox
from viewers import viewing

sys.path.append(str(Path(__file__).parents[1]))
from tests.dashboard.site import Site
from tests.engine.store.backlog import analyze, fill

from callboard.dashboard.metrics import metrics_text
from callboard.engine.store.database import Store
from callboard.engine.store.figures import BOUNDS, KEPT, Figures
from callboard.engine.store.page_tables import figures
from callboard.engine.store.topics import topics

#: Runs of a long history, runs that wait, and views of which the median is taken.
HISTORY, WAITING, TIMES = 1_000_000, 100_000, 15
#: Seconds for which open pages are watched, and how many of them.
WATCHED, OPEN = 60, (0, 1, 20)
VIEWS = 10_000
MEGABYTE = 1 << 20
#: Open dashboards beside a burst, and how often each way is played.
VIEWERS, ROUNDS = 5, 2


def measure(folder: Path) -> list[Row]:
    """Measure all of it."""
    rows = list(_long_history("SQLite", lambda name: f"sqlite:///{folder / f'{name}.db'}"))
    with postgresql() as create:
        rows += _long_history("PostgreSQL", lambda _name: create())
    if sys.platform.startswith("linux"):
        rows += _open_pages(folder / "open")
    return [*rows, _viewers_beside_a_burst(folder / "burst")]


# A long history


def _long_history(database: str, create: Callable[[str], str]) -> Iterator[Row]:
    took: dict[str, dict[str, float]] = {}
    for size, (done, waiting) in {"small": (1000, 100), "large": (HISTORY, WAITING)}.items():
        site = Site(create(size))
        site.store.prepare()
        fill(site.store, waiting=waiting, done=done)
        _fill_charts(site.store)
        analyze(site.store)
        took[size] = _seconds_of_pages(site)
        site.store.close()
    for name, seconds in took["large"].items():
        aim = 0.2 if name != "a look at what changed" else 0.005
        yield Row(
            f"{database}: {name}, {HISTORY:,} runs and {WAITING:,} that wait",
            f"{seconds * 1000:.1f} ms",
            f"< {aim * 1000:g} ms",
            seconds < aim,
            f"median of {TIMES}, nothing kept; {took['small'][name] * 1000:.1f} ms with 1,000 runs and 100 that wait",
        )


def _fill_charts(store: Store) -> None:
    """Store figures for every bar of every chart, of twelve automations."""
    clock = int(time.time())
    took = [1] * (len(BOUNDS) + 1)
    rows = [
        {"span": span, "start": clock // span * span - number * span, "automation": name, "done": 25, "took": took}
        for span in KEPT
        for number in range(130)
        for name in ("", *(f"automation_{each}" for each in range(12)))
    ]
    with store.writing() as connection:
        connection.execute(figures.insert(), rows)
        connection.execute(figures.insert().values(span=0, start=0, automation="greet", took=Figures().took))


def _seconds_of_pages(site: Site) -> dict[str, float]:
    client = site.client()
    context = client.app.state.context  # type: ignore[attr-defined]  # Starlette keeps it for whoever serves the app
    pages: dict[str, Callable[[], object]] = {
        "the page Now": lambda: client.get("/?over=month").raise_for_status(),
        "figures for Prometheus": lambda: metrics_text(context),
        "the health check": lambda: client.get("/healthz").raise_for_status(),
        "a look at what changed": lambda: topics(site.store),
    }
    found = {}
    for name, show in pages.items():
        seconds = []
        for _ in range(TIMES):
            context.answers.forget()
            started = time.perf_counter()
            show()
            seconds.append(time.perf_counter() - started)
        found[name] = median(seconds)
    return found


# Pages that stay open


def _open_pages(folder: Path) -> list[Row]:
    (folder / "projects").mkdir(parents=True)
    configuration = f'[studio]\nproject_root = "{folder / "projects"}"\n'
    with (
        sandbox(folder / "data") as server,
        callboard(folder, server, configuration) as file,
        _dashboard(file, server) as (address, process),
    ):
        shares = {}
        for count in OPEN:
            with viewing(address, count, folder / "viewers.log"):
                requests.get(address, timeout=30).raise_for_status()
                time.sleep(3)
                before, started = _cpu(process), time.monotonic()
                time.sleep(WATCHED)
                shares[count] = (_cpu(process) - before) / (time.monotonic() - started)
        return [*_idle_rows(shares), _memory_of_views(address, process)]


@contextmanager
def _dashboard(file: Path, server: Sandbox) -> Iterator[tuple[str, Path]]:
    """Run ``callboard dashboard``; yields its address, and where Linux tells about its process."""
    command = [str(Path(sys.executable).with_name("callboard")), "dashboard", "-c", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | server.environment) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), Path(f"/proc/{process.pid}")
        finally:
            process.terminate()


def _cpu(process: Path) -> float:
    """Return the seconds of a core that a process has used."""
    parts = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _idle_rows(shares: dict[int, float]) -> Iterator[Row]:
    for count, aim in zip(OPEN[1:], (0.001, 0.01), strict=True):
        more = shares[count] - shares[0]
        yield Row(
            f"pages: {count} open while nothing happens" if count > 1 else "pages: one open while nothing happens",
            f"{more:.2%} of a core",
            f"< {aim:.1%}",
            more < aim,
            f"over {WATCHED} s, beside an event server; without any the process takes {shares[0]:.2%}",
        )


def _memory_of_views(address: str, process: Path) -> Row:
    session = requests.Session()
    sizes = []
    for number in range(VIEWS):
        session.get(address, timeout=30).raise_for_status()
        if number in (VIEWS // 10, VIEWS - 1):
            sizes.append(memory_of(process))
    return Row(
        f"pages: memory after {VIEWS:,} views",
        f"{sizes[1] / MEGABYTE:.0f} MB, {sizes[1] / sizes[0]:.2f} x",
        f"< 1.05 x of after {VIEWS // 10:,}",
        sizes[1] / sizes[0] < 1.05,
    )


# Viewers beside a burst


def _viewers_beside_a_burst(folder: Path) -> Row:
    templates = write_templates(folder / "templates")
    seconds: dict[int, list[float]] = {0: [], VIEWERS: []}
    # In turns, since the machine's own speed drifts.
    for number in range(ROUNDS):
        for count, found in seconds.items():
            found.append(play_callboard(folder / f"{number}-{count}", templates, viewers=count).seconds)
    ratio = min(seconds[VIEWERS]) / min(seconds[0])
    return Row(
        f"pages: a burst of 2,000 tasks with {VIEWERS} open dashboards",
        f"{min(seconds[VIEWERS]):.2f} s, {ratio:.2f} x",
        "< 1.1 x of without",
        ratio < 1.1,
        f"best of {ROUNDS}, viewers on the same cores; means {mean(seconds[VIEWERS]):.2f} and {mean(seconds[0]):.2f} s",
    )
