"""How long a copy of a studio's ftrack takes, and a rehearsal of a month on it."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ftrack_sandbox.store import Store
from rows import Row
from servers import Sandbox, sandbox

SHOTS, TASKS, VERSIONS, CHANGES = 500, 2000, 5000, 20_000
LATENCY = 40
_LONG_AGO = "2020-01-01T00:00:00"


def measure(folder: Path) -> list[Row]:
    """Measure both on one studio, and the memory of the copying process on a fifth of it besides."""
    with sandbox(folder / "small") as small:
        facts = _facts(small)
    _fill(folder / "small", facts, part=5)
    with sandbox(folder / "small", latency=LATENCY) as small:
        _, little = _import(small, folder / "small-copy")
    with sandbox(folder / "data") as server:
        facts = _facts(server)
    _fill(folder / "data", facts)
    with sandbox(folder / "data", latency=LATENCY) as server:
        seconds, memory = _import(server, folder / "copy")
        return [
            Row(
                f"import: {SHOTS} shots, {TASKS:,} tasks, {VERSIONS:,} versions, {CHANGES:,} status changes",
                f"{seconds:.1f} s",
                "< 60 s",
                seconds < 60,
                f"at {LATENCY} ms; no more than 100 requests a second",
            ),
            Row(
                "import: memory, against a fifth of the studio",
                f"{memory / little:.2f} x",
                "< 1.2 x",
                memory / little < 1.2,
                f"{memory / 1024:.0f} MB at most",
            ),
            _rehearse(server, folder),
        ]


def _facts(server: Sandbox) -> dict[str, Any]:
    return {
        "schema": server.query('select id from ProjectSchema where name is "VFX Scheme"')[0]["id"],
        "type": server.query('select id from Type where name is "Animation"')[0]["id"],
        "statuses": [each["id"] for each in server.query("select id from Status")],
        "asset type": server.query("select id from AssetType")[0]["id"],
        "user": server.query("select id from User")[0]["id"],
    }


def _fill(data: Path, facts: dict[str, Any], part: int = 1) -> None:
    """Write the studio into the database of a server that is down: quicker than by its API."""
    chance = random.Random(1)  # noqa: S311 - a studio of random statuses
    now = datetime.now(UTC)
    project, user, statuses = _id(), facts["user"], facts["statuses"]

    def change(parent: str) -> dict[str, Any]:
        then = now - timedelta(seconds=chance.randrange(30 * 86400))
        before, after = chance.sample(statuses, 2)
        date = then.strftime("%Y-%m-%dT%H:%M:%S")
        return {
            "id": _id(),
            "parent_id": parent,
            "date": date,
            "from_status_id": before,
            "status_id": after,
            "user_id": user,
        }

    shots = [
        {"id": _id(), "name": f"s{number:04d}", "parent_id": project, "project_id": project, "created_at": _LONG_AGO}
        for number in range(SHOTS // part)
    ]
    common = {"project_id": project, "type_id": facts["type"], "status_id": statuses[0], "created_at": _LONG_AGO}
    tasks = [
        {"id": _id(), "name": f"task {number}", "parent_id": shot["id"], **common}
        for shot in shots
        for number in range(TASKS // SHOTS)
    ]
    assets = [
        {"id": _id(), "name": f"a{number}", "context_id": task["parent_id"], "type_id": facts["asset type"]}
        for number, task in enumerate(tasks)
    ]
    made = [chance.randrange(len(tasks)) for _ in range(VERSIONS // part)]
    versions = [
        {
            "id": _id(),
            "version": made[:number].count(place) + 1,
            "asset_id": assets[place]["id"],
            "task_id": tasks[place]["id"],
            "date": _LONG_AGO,
            "user_id": user,
            "status_id": statuses[1],
        }
        for number, place in enumerate(made)
    ]
    store = Store(data / "ftrack.sqlite")
    with store.writing() as transaction:
        named = {"name": "big", "full_name": "Big", "project_schema_id": facts["schema"], "created_at": _LONG_AGO}
        transaction.insert("Project", {"id": project, "project_id": project, "status": "active", **named})
        transaction.insert_many("Shot", shots)
        transaction.insert_many("Task", tasks)
        transaction.insert_many("Asset", assets)
        transaction.insert_many("AssetVersion", versions)
        count = CHANGES // part
        of_versions = [change(chance.choice(versions)["id"]) for _ in range(count * 3 // 5)]
        of_tasks = [change(chance.choice(tasks)["id"]) for _ in range(count * 2 // 5)]
        transaction.insert_many("AssetVersionStatusChange", of_versions)
        transaction.insert_many("TypedContextStatusChange", of_tasks)
    store.close()


def _id() -> str:
    return str(uuid.uuid4())


def _import(server: Sandbox, data: Path) -> tuple[float, int]:
    """Return the seconds it took, and the most memory in kilobytes."""
    command = [sys.executable, "-m", "ftrack_sandbox", "import", "--data", str(data), "--requests-per-second", "100"]
    environment, quiet = {**os.environ, **server.environment}, subprocess.DEVNULL
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the import failed")
    return time.perf_counter() - started, used.ru_maxrss


def _rehearse(server: Sandbox, folder: Path) -> Row:
    (folder / "production").mkdir()
    file = folder / "callboard.toml"
    file.write_text(
        f'[studio]\nproject_root = "{folder}/production"\n[slack]\ntoken = "none"\ndefault_channel = "#all"\n'
        f'[database]\nurl = "sqlite:///{folder}/none.db"\n'
    )
    file.chmod(0o600)
    command = [sys.executable, "-m", "callboard", "rehearse", "--since", "31d", "-c", str(file)]
    started = time.perf_counter()
    environment = {**os.environ, **server.environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    played = re.search(r"([\d,]+) changes were played", done.stdout)
    return Row(
        f"rehearsal of {played[1] if played else 'no'} changes",
        f"{seconds:.1f} s",
        "< 60 s",
        seconds < 60,
        f"five automations, at {LATENCY} ms",
    )
