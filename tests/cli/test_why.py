"""``callboard why``: against a real sandbox and a database that a real server has filled, or nobody has."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_server_commands import configuration, create_project, done, server

from callboard.demo.processes import Process
from ftrack_sandbox.testing import SandboxServer

__all__ = ["configuration", "server"]

Command = Callable[..., Any]

NOBODY = "11111111-2222-3333-4444-555555555555"


def why(callboard: Command, *arguments: str) -> dict[str, Any]:
    answer = callboard("why", *arguments, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_a_project_that_got_its_folders(
    callboard: Command, server: Process, ftrack_sandbox: SandboxServer, here: Path
) -> None:
    assert server.ready == "ready"
    project = create_project(ftrack_sandbox, "comet")
    [run] = done(callboard, 1)
    link = f"{ftrack_sandbox.url}/#entityId={project}&entityType=show&itemId=projects&view=tasks"
    found = why(callboard, link)
    assert found["entity"] == {"type": "Project", "id": project, "name": "comet"}
    assert found["verdict"]["cause"] == "done"
    [folders] = [each for each in found["automations"] if each["name"] == "create_project_folder"]
    assert (folders["verdict"]["cause"], folders["run"]) == ("done", run["id"])
    assert {each["answer"] for each in folders["conditions"][:-1]} == {"yes"}
    assert folders["conditions"][-1]["question"] == "Would it do something now?"
    assert "create_task_folder" in found["others"]
    assert found["seen"][0]["runs"] == {"create_project_folder": {"id": run["id"], "state": "done"}}
    only = why(callboard, f"Project:{project}", "--automation", "create_task_folder")
    assert [each["verdict"]["cause"] for each in only["automations"]] == ["kind"]
    shown = callboard("why", project).out
    assert "create_project_folder" in shown
    assert "yes  Is it not paused?" in shown


def test_what_happens_while_no_server_runs_is_not_seen(
    callboard: Command, configuration: Path, ftrack_sandbox: SandboxServer
) -> None:
    project = create_project(ftrack_sandbox, "dune")
    found = why(callboard, project)
    assert found["verdict"]["cause"] == "never started"
    assert found["verdict"]["fix"]["command"] == "callboard run"
    assert "→ Start the event server. callboard run" in callboard("why", project).out


def test_what_ftrack_does_not_show_is_missing(callboard: Command, configuration: Path) -> None:
    found = why(callboard, f"Task:{NOBODY}")
    assert found["verdict"]["cause"] == "missing"
    assert "may not see it" in found["verdict"]["sentence"]
    elsewhere = why(callboard, f"https://other.ftrackapp.com/#entityId={NOBODY}&entityType=task")
    assert elsewhere["verdict"]["cause"] == "other ftrack"


def test_while_ftrack_is_away_it_says_so(callboard: Command, configured: Path) -> None:
    found = why(callboard, f"Task:{NOBODY}")
    assert found["verdict"]["cause"] == "unknown"
    assert "cannot be reached" in found["verdict"]["sentence"]
    assert found["automations"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["SH010 comp"], "is not TYPE:ID"), ([NOBODY, "--automation", "status_handlr"], "did you mean status_handler?")],
)
def test_wrong_usage(callboard: Command, configured: Path, arguments: list[str], sentence: str) -> None:
    answer = callboard("why", *arguments)
    assert answer.code == 2
    assert sentence in " ".join(answer.err.split())
