"""A burst of 2,000 new tasks in 500 shots, from a server 40 ms away: Callboard, a usual listener, and the bare disk."""

from __future__ import annotations

import shutil
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from rows import Row
from servers import Sandbox, callboard, free_port, running, sandbox, status
from viewers import viewing

if TYPE_CHECKING:
    from collections.abc import Iterable

LATENCY = 40
SHOTS = 500
LISTENER_SHOTS = 50
TEMPLATES = {"Animation": "ma", "Lighting": "ma", "Compositing": "nk", "FX": "hip"}
TEMPLATE_BYTES = 64 * 1024
DEADLINE = 300


@dataclass(frozen=True)
class Burst:
    """What one contender needed.

    Attributes:
        seconds: From the moment ftrack has the tasks until every file is there.
        requests: Calls of ``/api`` until everything was noted in ftrack.
        server_seconds: Time that the sandbox's own code took for them.
    """

    seconds: float
    requests: int
    server_seconds: float


def measure(folder: Path) -> list[Row]:
    """Run the three contenders one after another and compare them."""
    templates = write_templates(folder / "templates")
    tasks = SHOTS * len(TEMPLATES)
    listener_tasks = LISTENER_SHOTS * len(TEMPLATES)
    listener = _listener(folder / "listener", templates)
    # The disk's own speed swings from one minute to the next: it is measured right before and right after.
    floors = [_floor(folder / "floor before", templates)]
    ours = play_callboard(folder / "callboard", templates)
    floors.append(_floor(folder / "floor after", templates))
    floor = mean(floors)
    ratio = (listener.seconds / listener_tasks) / (ours.seconds / tasks)
    allowed = 3 * floor + 10 * LATENCY / 1000 + ours.server_seconds
    return [
        Row(f"burst: bare folders and copies of {tasks} tasks", f"{floor:.2f} s", note=_before_and_after(floors)),
        Row(
            f"burst: a usual listener, {listener_tasks} tasks",
            f"{listener.seconds:.1f} s, {listener.requests} requests",
            note="one query and one commit a task",
        ),
        Row(
            f"burst: Callboard, {tasks} tasks",
            f"{ours.seconds:.2f} s, {ours.requests} requests",
            f"<= {allowed:.2f} s (3 x floor + 10 round trips + server time)",
            ours.seconds <= allowed,
            f"the sandbox itself took {ours.server_seconds:.2f} s on the same two cores",
        ),
        Row(
            "burst: Callboard against the listener, per task",
            f"{ratio:.0f} x faster",
            ">= 100 x",
            ratio >= 100,
            "the listener waits for ftrack, Callboard for the disk: where the bare folders take over 1 s, it is less",
        ),
        Row(
            "burst: changes per request to ftrack",
            f"{tasks / ours.requests:.0f}",
            ">= 50",
            tasks / ours.requests >= 50,
        ),
    ]


def _before_and_after(seconds: list[float]) -> str:
    before, after = seconds
    return f"no ftrack at all; {before:.2f} s right before and {after:.2f} s right after Callboard"


def write_templates(folder: Path) -> Path:
    """Write a studio's template files."""
    folder.mkdir(parents=True)
    for type_name, extension in TEMPLATES.items():
        (folder / f"{type_name.lower()}.{extension}").write_bytes(b"x" * TEMPLATE_BYTES)
    return folder


def _floor(folder: Path, templates: Path) -> float:
    started = time.perf_counter()
    for shot in _shot_names(SHOTS):
        base = folder / "burst" / "shots" / "SEQ" / shot
        for name in ("comps", "plates", "render"):
            (base / "img" / name).mkdir(parents=True, exist_ok=True)
        for type_name, extension in TEMPLATES.items():
            scene = base / "scene" / type_name.lower()
            scene.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(templates / f"{type_name.lower()}.{extension}", scene / f"{shot}_v01.{extension}")
    return time.perf_counter() - started


def _listener(folder: Path, templates: Path) -> Burst:
    projects = folder / "projects"
    projects.mkdir(parents=True)
    command = [sys.executable, str(Path(__file__).with_name("listener.py")), str(projects), str(templates)]
    with (
        sandbox(folder / "data", latency=LATENCY) as server,
        running(command, folder / "listener.log", server.environment),
    ):
        return _play(
            server, projects, LISTENER_SHOTS, settled=lambda: _noted(server) == LISTENER_SHOTS * len(TEMPLATES)
        )


def play_callboard(folder: Path, templates: Path, *, viewers: int = 0) -> Burst:
    """Play the burst with Callboard, while so many people look at its first page."""
    projects = folder / "projects"
    projects.mkdir(parents=True)
    configuration = f'[studio]\nproject_root = "{projects}"\ntemplate_files = "{templates}"\n'
    port = free_port() if viewers else 0
    with (
        sandbox(folder / "data", latency=LATENCY) as server,
        callboard(folder, server, configuration, port=port) as file,
        viewing(f"http://127.0.0.1:{port}", viewers, folder / "viewers.log"),
    ):

        def settled() -> bool:
            counts = status(file, server)
            if counts["failed"]:
                raise RuntimeError("Callboard failed runs; see callboard runs --state failed.")
            return bool(counts["waiting"] + counts["running"] == 0)

        return _play(server, projects, SHOTS, settled=settled)


def _play(server: Sandbox, projects: Path, shots: int, *, settled: Any) -> Burst:
    """Create the tasks in one batch, and wait for the last file and for the last note in ftrack."""
    operations, parent = _project(server)
    server.call(operations)
    files = list(_files(projects, shots))
    operations = list(_shots(server, parent, shots))
    server.reset_statistics()
    server.call(operations)
    created = server.statistics()
    started = time.perf_counter()
    for file in files:
        while not file.exists():
            if time.perf_counter() - started > DEADLINE:
                raise RuntimeError(f"{file} was not there after {DEADLINE} s.")
            time.sleep(0.005)
    seconds = time.perf_counter() - started
    while not settled():
        time.sleep(0.2)
    counted = server.statistics()
    return Burst(seconds, counted["requests"] - 1, counted["seconds"] - created["seconds"])


def _project(server: Sandbox) -> tuple[list[dict[str, Any]], tuple[str, str]]:
    schema = server.query('select id from ProjectSchema where name is "VFX Scheme"')[0]["id"]
    project, sequence = str(uuid.uuid4()), str(uuid.uuid4())
    values = {"name": "burst", "full_name": "Burst", "project_schema_id": schema, "status": "active"}
    create = [
        _create("Project", {"id": project, **values}),
        _create("Sequence", {"id": sequence, "name": "SEQ", "parent_id": project, "project_id": project}),
    ]
    return create, (project, sequence)


def _shots(server: Sandbox, parent: tuple[str, str], shots: int) -> Iterable[dict[str, Any]]:
    project, sequence = parent
    types = {found["name"]: found["id"] for found in server.query("select id, name from Type")}
    for name in _shot_names(shots):
        shot = str(uuid.uuid4())
        yield _create("Shot", {"id": shot, "name": name, "parent_id": sequence, "project_id": project})
        for task in TEMPLATES:
            values = {"name": task, "parent_id": shot, "project_id": project, "type_id": types[task]}
            yield _create("Task", {"id": str(uuid.uuid4()), **values})


def _create(entity_type: str, values: dict[str, Any]) -> dict[str, Any]:
    data = {"__entity_type__": entity_type, **values}
    return {"action": "create", "entity_type": entity_type, "entity_key": [values["id"]], "entity_data": data}


def _shot_names(shots: int) -> list[str]:
    return [f"SH{10 * number:05}" for number in range(1, shots + 1)]


def _files(projects: Path, shots: int) -> Iterable[Path]:
    for shot in _shot_names(shots):
        for type_name, extension in TEMPLATES.items():
            scene = projects / "burst" / "shots" / "SEQ" / shot / "scene" / type_name.lower()
            yield scene / f"{shot}_v01.{extension}"


def _noted(server: Sandbox) -> int:
    return len(server.query('select key from Metadata where key is "filename"'))
