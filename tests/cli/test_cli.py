from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import callboard.cli
from callboard.errors import CallboardError

Command = Callable[..., Any]

COMMANDS = [
    str(each.name or each.callback.__name__).replace("_", "-")
    for each in callboard.cli.app.registered_commands
    if each.callback
]
PAGE = (Path(__file__).parents[2] / "docs/commands.md").read_text("utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(callboard: Command, command: str) -> None:
    answer = callboard(command, "--help")
    assert answer.code == 0
    assert f"Usage: callboard {command}" in answer.out
    assert "--help" in answer.out


def test_help_names_every_command(callboard: Command) -> None:
    answer = callboard("--help")
    assert answer.code == 0
    assert len(COMMANDS) >= 11
    assert all(f"\n  {command} " in answer.out for command in COMMANDS)
    assert "..." not in answer.out.partition("Commands:")[2], "a command's first line is too long to be shown"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_the_page(command: str) -> None:
    assert f"\n## `callboard {command}" in PAGE


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["runs", "--state", "lost"],
        ["runs", "--nonsense"],
        ["runs", "--limit", "0"],
        ["plan"],
        ["plan", "--entity", "Task"],
        ["catch-up"],
        ["catch-up", "--since", "yesterday"],
        ["retry"],
        ["retry", "1", "--failed"],
        ["retry", "first"],
        ["init", "a", "b"],
    ],
)
def test_wrong_usage_is_2_and_says_so_on_stderr(callboard: Command, configured: Path, arguments: list[str]) -> None:
    answer = callboard(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert "Error: " in answer.err


@pytest.mark.parametrize(
    "command", [["run"], ["check"], ["status"], ["runs"], ["retry", "1"], ["catch-up", "--since=1d"]]
)
def test_a_wrong_configuration_is_2_and_names_every_mistake(
    callboard: Command, configured: Path, command: list[str]
) -> None:
    configured.write_text("[studio]\ntimezone = 'Mars'\n[dashboard]\nport = 'x'\n[slck]\n")
    answer = callboard(*command)
    assert answer.code == 2
    assert answer.out == ""
    assert [line.partition(": ")[0] for line in answer.err.splitlines()] == [
        *["callboard.toml"] * 3,
        "callboard.toml, line 2",
        "callboard.toml, line 4",
        "callboard.toml, line 5",
    ]


def test_a_named_file_that_is_missing_is_2(callboard: Command, here: Path) -> None:
    answer = callboard("status", "-c", here / "no.toml")
    assert answer.code == 2
    assert "does not exist" in answer.err


def test_a_database_that_cannot_be_opened_is_1(callboard: Command, configured: Path) -> None:
    with configured.open("a") as file:
        file.write('[database]\nurl = "sqlite:////nowhere/at/all.db"\n')
    answer = callboard("status")
    assert answer.code == 1
    assert answer.err == "The database cannot be used: unable to open database file.\n"


def test_a_mistake_of_ours_is_one_sentence_without_a_traceback(
    callboard: Command, configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: str) -> None:
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr(callboard_module(), "app", broken)
    answer = callboard("status")
    assert answer.code == 1
    assert answer.err.startswith("This is a defect in Callboard: ZeroDivisionError: by accident (test_cli.py:")
    assert "Traceback" not in answer.err


def test_an_error_on_purpose_is_its_sentence(callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_options: str) -> None:
        raise CallboardError("The moon is full.")

    monkeypatch.setattr(callboard_module(), "app", refused)
    assert (callboard("status").code, callboard("status").err) == (1, "The moon is full.\n")


def callboard_module() -> object:
    return sys.modules[callboard.cli.__name__]


def test_init_writes_what_check_accepts_apart_from_secrets(callboard: Command, here: Path) -> None:
    answer = callboard("init")
    assert answer.code == 0
    file = here / "callboard.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    answer = callboard("status")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 3
    assert all(
        "is missing; set it here or in the environment variable FTRACK_" in line for line in answer.err.splitlines()
    )


def test_init_never_writes_over_a_file(callboard: Command, configured: Path) -> None:
    before = configured.read_text()
    answer = callboard("init")
    assert answer.code == 2
    assert answer.err == "callboard.toml exists already and was kept; name another file, or remove it.\n"
    assert configured.read_text() == before


def test_init_says_where_it_cannot_write(callboard: Command, here: Path) -> None:
    answer = callboard("init", here / "missing" / "callboard.toml")
    assert answer.code == 1
    assert "cannot be written: No such file or directory." in answer.err


def test_the_installed_command_runs(configured: Path) -> None:
    command = [sys.executable, "-m", "callboard", "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert answer.stdout.startswith("callboard 0.")
    assert answer.stderr == ""
