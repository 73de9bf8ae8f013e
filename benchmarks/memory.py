"""The sandbox's memory: flat under a steady load, and while large files come and go."""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ftrack_api
import requests

from rows import Row
from servers import Sandbox, memory_of, process_of, sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEGABYTE = 1 << 20
WARM_UP = 15
STEADY = 30
AIM = 1.1
FILE = 20 * MEGABYTE
LARGE_FILE = 200 * MEGABYTE
SHOTS = 100
PAGE = "select name, parent.name, project.name, status.name, type.name, link from Task order by name limit 500"


def measure(folder: Path) -> list[Row]:
    """Measure both on one server; only Linux tells the memory of a process in /proc."""
    if not sys.platform.startswith("linux"):
        return [Row("sandbox: memory", "not measured", note="needs Linux")]
    with sandbox(folder / "data") as server:
        process = process_of(str(folder / "data"))
        return [_steady(server, process), *_transfers(server, process)]


@dataclass
class _Load:
    """What keeps the server busy, in threads of its own.

    Attributes:
        server: The server.
        done: How often each kind of work was done.
    """

    server: Sandbox
    done: dict[str, int] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work until the block ends.

        Raises:
            RuntimeError: A piece of the work went wrong.
        """
        with ftrack_api.Session(
            self.server.url,
            self.server.api_key,
            self.server.api_user,
            auto_connect_event_hub=True,
            schema_cache_path=False,
        ) as session:
            session.event_hub.subscribe("topic=*", lambda _event: None)
            works: tuple[Callable[[], str], ...] = (self._tree, self._file, lambda: _events(session))
            threads = [threading.Thread(target=self._repeat, args=(work,)) for work in works]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                self._ended.set()
                for thread in threads:
                    thread.join()
        if self.failures:
            raise RuntimeError("The load went wrong.") from self.failures[0]

    def _repeat(self, work: Callable[[], str]) -> None:
        while not self._ended.is_set() and not self.failures:
            try:
                name = work()
            except Exception as error:  # noqa: BLE001 - raised again by the main thread
                self.failures.append(error)
            else:
                self.done[name] = self.done.get(name, 0) + 1

    def _tree(self) -> str:
        """Create shots with tasks, read pages of them, and delete it all."""
        project = self.server.query("select id from Project")[0]["id"]
        top = _entity("Sequence", parent_id=project, name=uuid.uuid4().hex)
        batch = [top]
        for number in range(SHOTS):
            shot = _entity("Shot", parent_id=top["entity_data"]["id"], name=f"{number:04}")
            batch += [shot, *(_entity("Task", parent_id=shot["entity_data"]["id"], name=name) for name in "abc")]
        self.server.call(batch)
        for _ in range(3):
            self.server.query(PAGE)
        self.server.call([{"action": "delete", "entity_type": "Sequence", "entity_key": [top["entity_data"]["id"]]}])
        return "trees"

    def _file(self) -> str:
        """Upload and download a file, and delete its component."""
        component = _uploaded(self.server, FILE)
        _download(self.server, component)
        self.server.call([{"action": "delete", "entity_type": "FileComponent", "entity_key": [component]}])
        return f"files of {FILE // MEGABYTE} MB"


def _events(session: Any) -> str:
    """Publish events, and hear those and the ones of the batches."""
    for number in range(20):
        session.event_hub.publish(ftrack_api.event.base.Event("bench", {"number": number, "text": "x" * 2000}))
    session.event_hub.wait(0.1)
    return "rounds of events"


def _steady(server: Sandbox, process: Path) -> Row:
    load = _Load(server)
    if not server.query("select id from Project"):
        schema = server.query("select id from ProjectSchema")[0]["id"]
        server.call([_entity("Project", name="memory", full_name="Memory", project_schema_id=schema)])
    with load.running():
        time.sleep(WARM_UP)
        before = _settled(process)
        time.sleep(STEADY)
        after = _settled(process)
    done = ", ".join(f"{count} {name}" for name, count in sorted(load.done.items()))
    return Row(
        f"sandbox: memory over {STEADY} s of steady load",
        f"{before / MEGABYTE:.0f} MB, then {after / MEGABYTE:.0f} MB: {after / before:.2f} x",
        f"<= {AIM} x",
        after <= before * AIM,
        f"after {WARM_UP} s of the same load; {done}",
    )


def _transfers(server: Sandbox, process: Path) -> Iterator[Row]:
    components: list[str] = []
    works: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("upload", lambda: components.append(_uploaded(server, LARGE_FILE))),
        ("download", lambda: _download(server, components[0])),
    )
    for name, work in works:
        with _highest(process) as samples:
            work()
        growth = (max(samples) - samples[0]) / MEGABYTE
        yield Row(
            f"sandbox: memory during the {name} of {LARGE_FILE // MEGABYTE} MB",
            f"grows by {growth:.1f} MB at most",
            "< 20 MB",
            growth < 20,
            "resident memory, looked at every 5 ms",
        )


def _entity(entity_type: str, **data: Any) -> dict[str, Any]:
    return {"action": "create", "entity_type": entity_type, "entity_data": {"id": str(uuid.uuid4()), **data}}


def _uploaded(server: Sandbox, size: int) -> str:
    """Upload a file of so many bytes; returns its component's id."""
    created = _entity("FileComponent", name="memory")
    component = str(created["entity_data"]["id"])
    asked = {"action": "get_upload_metadata", "component_id": component, "file_name": "memory", "file_size": size}
    address = server.call([created, asked])[1]
    block = os.urandom(MEGABYTE)
    content = (block for _ in range(size // MEGABYTE))
    requests.put(address["url"], data=content, headers=address["headers"], timeout=120).raise_for_status()
    return component


def _download(server: Sandbox, component: str) -> None:
    query = {"id": component, "username": server.api_user, "apiKey": server.api_key}
    with requests.get(f"{server.url}/component/get", params=query, stream=True, timeout=120) as response:
        response.raise_for_status()
        for _ in response.iter_content(MEGABYTE):
            pass


def _settled(process: Path) -> float:
    """Return the median of what a process holds over two seconds, as single moments differ."""
    samples = []
    for _ in range(20):
        samples.append(memory_of(process))
        time.sleep(0.1)
    return statistics.median(samples)


@contextmanager
def _highest(process: Path) -> Iterator[list[int]]:
    """Look at a process's memory while the block runs; yields the samples, the first taken before."""
    samples = [memory_of(process)]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.005):
            samples.append(memory_of(process))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield samples
    finally:
        ended.set()
        looking.join()
