"""How soon a change is answered while nothing else happens, and how soon a start is ready and a backlog read."""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ftrack_api

from rows import Row
from servers import Sandbox, callboard, sandbox, status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: Status changes that are answered, one after another.
CHANGES = 40
#: Versions that take turns: one that changes 20 times a minute as Callboard's own user is taken for a loop.
VERSIONS = 4
#: Seconds without any change before each of them.
IDLE = 0.3
#: Status changes in a batch each that are made as fast as the sandbox takes them, by so many people.
STREAM, PEOPLE = 1_200, 3
#: Entities that are there before a first start, and changes that happen while no server runs.
FRESH, MISSED = 2_000, 10_000
DEADLINE = 120
#: An automation that looks at every status of every task.
LOOKS = '''from callboard import Skip, on_status


@on_status("Task")
def look(change, settings):
    """Do nothing."""
    yield Skip(reason="It was looked at.")
'''
#: Only the automation that is measured is on.
CONFIGURATION = "".join(
    f"[automations.{name}]\nenabled = false\n"
    for name in ("add_version_to_dailies", "create_project_folder", "set_task_thumbnail")
)


def measure(folder: Path) -> list[Row]:
    """Measure the idle server at both latencies, and then the rest."""
    idle = [row for latency in (0, 40) for row in _idle(folder / f"idle{latency}", latency)]
    return [*idle, _ingest(folder / "ingest"), *_backlog(folder)]


@dataclass(frozen=True)
class Scene:
    """A task with a version."""

    project: str
    task: str
    version: str
    statuses: dict[str, str]


class Ear:
    """Hears when entities get a status."""

    def __init__(self, server: Sandbox) -> None:
        self._session = ftrack_api.Session(
            server.url, server.headers["ftrack-api-key"], server.api_user, auto_connect_event_hub=True, plugin_paths=[]
        )
        self._heard: dict[tuple[str, str], float] = {}
        self._changed = threading.Condition()
        self._session.event_hub.subscribe("topic=ftrack.update", self._hear)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._over.set()
        self._thread.join()
        self._session.close()

    def wait_for(self, entity: str, status_id: str) -> float:
        """Return when an entity got a status; the next time is another one."""
        with self._changed:
            if not self._changed.wait_for(lambda: (entity, status_id) in self._heard, DEADLINE):
                raise RuntimeError(f"{entity} did not get its status within {DEADLINE} s.")
            return self._heard.pop((entity, status_id))

    def count(self) -> int:
        """Return how many statuses were heard of."""
        with self._changed:
            return len(self._heard)

    def forget(self) -> None:
        """Forget what was heard."""
        with self._changed:
            self._heard.clear()

    def _listen(self) -> None:
        while not self._over.is_set():
            self._session.event_hub.wait(0.2)

    def _hear(self, event: Any) -> None:
        now = time.perf_counter()
        with self._changed:
            for entity in event["data"].get("entities", []):
                new = ((entity.get("changes") or {}).get("statusid") or {}).get("new")
                if new:
                    self._heard[entity["entityId"], new] = now
            self._changed.notify_all()


def _idle(folder: Path, latency: int) -> Iterator[Row]:
    folder.mkdir(parents=True)
    with sandbox(folder / "data", latency=latency) as server, callboard(folder, server, CONFIGURATION):
        scenes, ear = [_scene(server) for _ in range(VERSIONS)], Ear(server)
        times = []
        requests = 0
        try:
            for number in range(CHANGES):
                scene, turn = scenes[number % VERSIONS], number // VERSIONS
                wanted = scene.statuses[("Approved", "In Progress")[turn % 2]]
                time.sleep(IDLE)
                server.reset_statistics()
                ear.forget()
                server.call([_update("AssetVersion", scene.version, {"status_id": wanted})])
                began = ear.wait_for(scene.version, wanted)
                times.append(ear.wait_for(scene.task, wanted) - began)
                requests += int(server.statistics()["requests"]) - 1
        finally:
            ear.close()
    p50, p95 = (1000 * statistics.quantiles(times, n=20)[place] for place in (9, 18))
    allowed = 4 * latency + 60
    yield Row(
        f"idle: a version's status to its task's, {latency} ms away",
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, {requests / CHANGES:.1f} requests each",
        f"p95 <= {allowed} ms (4 round trips + 60 ms)",
        p95 <= allowed,
    )


def _ingest(folder: Path) -> Row:
    """Compare how soon a stream of changes is stored with how soon a callback that does nothing has heard it."""
    (folder / "automations").mkdir(parents=True)
    with sandbox(folder / "heard") as server:
        tasks = _tasks(server, _scene(server), STREAM)
        ear = Ear(server)
        time.sleep(1)
        try:
            heard = _stream(server, tasks, ear.count)
        finally:
            ear.close()
    with sandbox(folder / "stored") as server:
        tasks = _tasks(server, _scene(server), STREAM)
        with callboard(folder, server, _looking(folder)):
            stored = _stream(server, tasks, lambda: _stored(folder))
    return Row(
        f"ingest: {STREAM} status changes, one in a batch, until the last is stored",
        f"{stored:.1f} s, {heard / stored:.2f} of the speed of a callback that does nothing",
        ">= 0.8",
        heard / stored >= 0.8,
        f"the sandbox takes {STREAM / heard:.0f} batches a second, and shares two cores with Callboard",
    )


def _stream(server: Sandbox, tasks: list[str], count: Callable[[], int]) -> float:
    """Change the status of each task in a batch of its own; return the seconds until all were counted."""
    wanted = server.query('select id from Status where name is "In Progress"')[0]["id"]
    started = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE) as people:
        for _ in people.map(lambda task: server.call([_update("Task", task, {"status_id": wanted})]), tasks):
            continue
    while count() < len(tasks):
        if time.perf_counter() - started > DEADLINE:
            raise RuntimeError(f"Only {count()} of {len(tasks)} changes were counted.")
        time.sleep(0.02)
    return time.perf_counter() - started


def _looking(folder: Path) -> str:
    (folder / "automations" / "look.py").write_text(LOOKS)
    return f'[studio]\nautomations = "{folder / "automations"}"\n{CONFIGURATION}'


def _backlog(folder: Path) -> list[Row]:
    folder = folder / "backlog"
    (folder / "automations").mkdir(parents=True)
    configuration = _looking(folder)
    with sandbox(folder / "data", latency=40) as server:
        scene = _scene(server)
        tasks = _tasks(server, scene, FRESH)
        started = time.perf_counter()
        with callboard(folder, server, configuration):
            first = time.perf_counter() - started
        for name in ("In Progress", "Approved", "In Progress", "Approved", "In Progress"):
            server.call([_update("Task", task, {"status_id": scene.statuses[name]}) for task in tasks])
        started = time.perf_counter()
        with callboard(folder, server, configuration) as file:
            ready = time.perf_counter() - started
            while not _stored(folder) >= MISSED:
                if time.perf_counter() - started > DEADLINE:
                    raise RuntimeError("The backlog was not stored in time.")
                time.sleep(0.05)
            stored = time.perf_counter() - started - ready
            status(file, server)
    return [
        Row(
            f"start: first one, amid {FRESH} new entities, 40 ms away",
            f"ready after {first:.1f} s",
            "<= 3 s",
            first <= 3,
        ),
        Row(f"start: {MISSED} status changes were missed", f"ready after {ready:.1f} s", "<= 3 s", ready <= 3),
        Row(
            f"start: {MISSED} status changes were missed",
            f"stored {stored:.1f} s after ready, {MISSED / max(stored, 0.01):.0f} a second",
        ),
    ]


def _stored(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder / 'callboard.db'}?mode=ro", uri=True) as database:
        [[count]] = database.execute("select count(*) from changes where kind = 'status' and from_status is not null")
    return int(count)


def _scene(server: Sandbox) -> Scene:
    schema = server.query('select id from ProjectSchema where name is "VFX Scheme"')[0]["id"]
    statuses = {found["name"]: found["id"] for found in server.query("select id, name from Status")}
    kind = server.query('select id from Type where name is "Compositing"')[0]["id"]
    asset_type = server.query("select id from AssetType")[0]["id"]
    project, shot, task, asset, version = (str(uuid.uuid4()) for _ in range(5))
    server.call(
        [
            _create("Project", project, {"name": project, "full_name": "Reading", "project_schema_id": schema}),
            _create("Shot", shot, {"name": "SH010", "parent_id": project, "project_id": project}),
            _create("Task", task, {"name": "comp", "parent_id": shot, "project_id": project, "type_id": kind}),
            _create("Asset", asset, {"name": "comp", "context_id": shot, "type_id": asset_type}),
            _create("AssetVersion", version, {"asset_id": asset, "task_id": task, "version": 1}),
        ]
    )
    return Scene(project, task, version, statuses)


def _tasks(server: Sandbox, scene: Scene, count: int) -> list[str]:
    shot, tasks = str(uuid.uuid4()), [str(uuid.uuid4()) for _ in range(count)]
    values = {"parent_id": shot, "project_id": scene.project}
    server.call(
        [
            _create("Shot", shot, {"name": "SH020", "parent_id": scene.project, "project_id": scene.project}),
            *(_create("Task", task, {"name": f"task{number}", **values}) for number, task in enumerate(tasks)),
        ]
    )
    return tasks


def _create(entity_type: str, entity: str, values: dict[str, Any]) -> dict[str, Any]:
    data = {"__entity_type__": entity_type, "id": entity, **values}
    return {"action": "create", "entity_type": entity_type, "entity_key": [entity], "entity_data": data}


def _update(entity_type: str, entity: str, values: dict[str, Any]) -> dict[str, Any]:
    data = {"__entity_type__": entity_type, **values}
    return {"action": "update", "entity_type": entity_type, "entity_key": [entity], "entity_data": data}
