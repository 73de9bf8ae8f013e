"""The commands that need an ftrack, against a real sandbox, with the real event server as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from callboard.demo.processes import Process
from ftrack_sandbox.testing import SandboxServer

Command = Callable[..., Any]


@pytest.fixture
def configuration(here: Path, ftrack_sandbox: SandboxServer) -> Path:
    file = here / "callboard.toml"
    (here / "production").mkdir()
    file.write_text(
        f'[ftrack]\nserver = "{ftrack_sandbox.url}"\napi_user = "{ftrack_sandbox.api_user}"\n'
        f'api_key = "{ftrack_sandbox.api_key}"\n[studio]\nproject_root = "{here}/production"\n[dashboard]\nport = 0\n'
    )
    return file


@pytest.fixture
def server(configuration: Path) -> Iterator[Process]:
    process = Process(["callboard", "run"], configuration.parent / "log")
    yield process
    process.stop()


def create_project(sandbox: SandboxServer, name: str) -> str:
    session = sandbox.session()
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()
    return str(project["id"])


def done(callboard: Command, count: int, state: str = "done") -> list[dict[str, Any]]:
    def found() -> list[dict[str, Any]]:
        runs = json.loads(callboard("runs", "--json", "--state", state, "--automation", "create_project_folder").out)
        return runs if len(runs) >= count else []

    return until(found, what=f"{count} {state} runs")


def test_a_project_gets_its_folders_and_the_history_tells(
    callboard: Command, server: Process, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    assert server.ready == "ready"
    project = create_project(ftrack_sandbox, "comet")
    [run] = done(callboard, 1)
    assert run["entity"] == {"type": "Project", "id": project, "name": "comet"}
    assert run["project"] == "comet"
    assert "14 folders" in run["summary"]
    assert (here / "production" / "comet" / "assets" / "hdri").is_dir()
    until(lambda: json.loads(callboard("status", "--json").out)["hub"] == "connected", what="the hub's state")


def test_sigterm_and_ctrl_c_end_it_well(configuration: Path, callboard: Command) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        command = [sys.executable, "-m", "callboard", "run", "-c", str(configuration)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err


def test_a_failed_run_is_retried_once_it_is_mended(
    callboard: Command, server: Process, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    project = create_project(ftrack_sandbox, "../x")
    [run] = done(callboard, 1, state="failed")
    assert "'../x'" in run["error"]
    assert not (here / "x").exists()
    session = ftrack_sandbox.session()
    session.get("Project", project)["name"] = "x"
    session.commit()
    assert callboard("retry", run["id"]).out == "Due again: 1.\n"
    [again] = done(callboard, 1)
    assert again["id"] == run["id"]
    assert (here / "production" / "x" / "shots").is_dir()


def test_plan_says_what_would_be_done_and_changes_nothing(
    callboard: Command, configuration: Path, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    project = create_project(ftrack_sandbox, "comet")
    answer = callboard("plan", "--entity", f"Project:{project}")
    assert answer.code == 0, answer.err
    assert "create_project_folder\n  would make 11 folders" in answer.out
    assert not (here / "production" / "comet").exists()
    assert list(here.glob("*.db")) == []


def test_plan_refuses_what_is_not_there(callboard: Command, configuration: Path) -> None:
    answer = callboard("plan", "--entity", "Task:nothing")
    assert answer.code == 1
    assert answer.err == "There is no Task nothing in ftrack.\n"
    answer = callboard("plan", "--entity", "Task:x", "--automation", "create_tsk_folder")
    assert answer.code == 2
    assert "did you mean create_task_folder?" in answer.err


def test_what_was_missed_is_caught_up_with_once(
    callboard: Command, configuration: Path, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    create_project(ftrack_sandbox, "comet")
    answer = callboard("catch-up", "--since", "1h")
    assert answer.code == 0
    assert not answer.out.startswith("0 ")
    assert callboard("catch-up", "--since", "1h").out == "Found 0 missed changes.\n"
    process = Process(["callboard", "run"], here / "log")
    try:
        assert {run["entity"]["name"] for run in done(callboard, 1)} >= {"comet"}
    finally:
        process.stop()
    assert (here / "production" / "comet" / "shots").is_dir()


def test_a_first_start_begins_now(
    callboard: Command, configuration: Path, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    create_project(ftrack_sandbox, "before")
    process = Process(["callboard", "run"], here / "log")
    try:
        create_project(ftrack_sandbox, "after")
        assert [run["entity"]["name"] for run in done(callboard, 1)] == ["after"]
    finally:
        process.stop()
