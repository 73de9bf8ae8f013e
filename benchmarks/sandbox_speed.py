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
        return [_fresh(), _project(server), _page(server), _tree(server)]


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


def _tree(server: Sandbox) -> Row:
    """Fetch the page of the project with all of its shots open, as a browser does that is signed in."""
    [sequence] = server.query('select id, project_id from Sequence where name is "SEQ"')
    address = f"{server.url}/project/{sequence['project_id']}?open={sequence['id']}:{SHOTS}"
    seconds = []
    with requests.Session() as browser:
        secret = browser.get(f"{server.url}/sign-in", timeout=30).text.partition('name="csrf" value="')[2]
        form = {"user": server.api_user, "csrf": secret.partition('"')[0]}
        browser.post(f"{server.url}/sign-in", data=form, timeout=30).raise_for_status()
        for _ in range(6):
            started = time.perf_counter()
            page = browser.get(address, timeout=30)
            seconds.append(time.perf_counter() - started)
            assert page.text.count('class="branch"') > SHOTS
    return Row(
        f"sandbox: the page of a project with {SHOTS} shots open",
        f"{median(seconds) * 1000:.0f} ms",
        "< 300 ms",
        median(seconds) < 0.3,
        f"median of {len(seconds)}, over HTTP",
    )
