"""How fast the sandbox is: creating a project, reading a page, and carrying events."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path
from typing import Any

import ftrack_api
import ftrack_api.event.base

from rows import Row
from servers import Sandbox, sandbox

SHOTS = 500
TASKS = ("Animation", "Lighting", "Compositing", "FX")
CONNECTIONS = 20
EVENTS = 5_000
PAGE = (
    "select name, parent.name, project.name, status.name, type.name, priority.name, object_type.name "
    "from Task order by name limit 500"
)


def measure(folder: Path) -> list[Row]:
    """Measure the three with the official client on one server."""
    with sandbox(folder / "data") as server:
        return [_project(server), _page(server), _events(server)]


def _session(server: Sandbox, *, hub: bool = False) -> Any:
    return ftrack_api.Session(server.url, server.api_key, server.api_user, auto_connect_event_hub=hub)


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


def _events(server: Sandbox) -> Row:
    topic = f"bench.{uuid.uuid4().hex}"
    received = [0] * CONNECTIONS
    sessions = [_session(server, hub=True) for _ in range(CONNECTIONS)]
    for number, session in enumerate(sessions):

        def count(_event: Any, number: int = number) -> None:
            received[number] += 1

        session.event_hub.subscribe(f"topic={topic}", count)
        threading.Thread(target=session.event_hub.wait, daemon=True).start()
    time.sleep(1)
    publisher = _session(server, hub=True)
    started = time.perf_counter()
    for number in range(EVENTS):
        publisher.event_hub.publish(ftrack_api.event.base.Event(topic=topic, data={"number": number}))
    while sum(received) < EVENTS * CONNECTIONS and time.perf_counter() - started < 120:
        time.sleep(0.01)
    seconds = time.perf_counter() - started
    rate = EVENTS / seconds
    lost = EVENTS * CONNECTIONS - sum(received)
    for session in (*sessions, publisher):
        session.close()
    return Row(
        f"sandbox: {EVENTS} events to {CONNECTIONS} connections",
        f"{rate:.0f} events/s, {lost} lost",
        ">= 1000 events/s, none lost",
        rate >= 1000 and lost == 0,
        "21 clients of the official library share one process and both cores with the server",
    )
