"""How fast the sandbox is: starting one for a test, creating a project and reading a page of it."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import Any

import ftrack_api
import requests

from ftrack_sandbox.testing import SandboxFactory
from rows import Row
from servers import Sandbox, sandbox

SHOTS = 500
TASKS = ("Animation", "Lighting", "Compositing", "FX")
PAGE = (
    "select name, parent.name, project.name, status.name, type.name, priority.name, object_type.name "
    "from Task order by name limit 500"
)


def measure(folder: Path) -> list[Row]:
    """Measure the start of fresh servers, and the rest on one."""
    with sandbox(folder / "data") as server:
        return [_fresh(), _project(server), _page(server)]


def _fresh() -> Row:
    factory, seconds = SandboxFactory(), []
    for _ in range(11):
        started = time.perf_counter()
        server = factory()
        requests.get(f"{server.url}/healthz", timeout=10).raise_for_status()
        seconds.append(time.perf_counter() - started)
    factory.close()
    first, *others = seconds
    return Row(
        "sandbox: a fresh server with the demo project for a test",
        f"{median(others) * 1000:.0f} ms",
        "< 100 ms",
        median(others) < 0.1,
        f"median of {len(others)}, its first answer included; the first one took {first * 1000:.0f} ms",
    )


def _session(server: Sandbox) -> Any:
    return ftrack_api.Session(
        server.url, server.api_key, server.api_user, auto_connect_event_hub=False, schema_cache_path=False
    )


def _project(server: Sandbox) -> Row:
    session = _session(server)
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    types = {found["name"]: found for found in session.query("select name from Type")}
    started = time.perf_counter()
    project = session.create("Project", {"name": "speed", "full_name": "Speed", "project_schema": schema})
    sequence = session.create("Sequence", {"name": "SEQ", "parent": project})
    for number in range(SHOTS):
        shot = session.create("Shot", {"name": f"SH{number:04}", "parent": sequence})
        for name in TASKS:
            session.create("Task", {"name": name, "parent": shot, "type": types[name]})
    session.commit()
    seconds = time.perf_counter() - started
    session.close()
    return Row(
        f"sandbox: {SHOTS} shots and {SHOTS * len(TASKS)} tasks created",
        f"{seconds:.2f} s",
        "< 5 s",
        seconds < 5,
        "one commit of the official client, the client's own time included",
    )


def _page(server: Sandbox) -> Row:
    server.query(PAGE)
    server.reset_statistics()
    for _ in range(5):
        server.query(PAGE)
    milliseconds = server.statistics()["seconds"] / 5 * 1000
    return Row(
        "sandbox: a page of 500 tasks with 6 relations",
        f"{milliseconds:.0f} ms of server time",
        "< 150 ms",
        milliseconds < 150,
        "mean of 5",
    )
