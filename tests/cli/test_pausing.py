"""``callboard pause`` and ``callboard resume``, and how other commands show it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from typing import Any

from tests.cli.test_history import happened, store

from callboard.engine.store.database import Store

__all__ = ["happened", "store"]

Command = Callable[..., Any]


def test_a_pause_is_kept_and_shown_with_who_and_why(callboard: Command, happened: Callable[..., int]) -> None:
    happened(state="waiting", error="The storage [x] is away.")
    answer = callboard("pause", "create_task_folder", "--why", "the [storage] moves")
    assert (answer.code, answer.out) == (0, "create_task_folder is paused.\n")
    again = callboard("pause", "create_task_folder", "--why", "something else").out
    assert again == f"create_task_folder is paused by {getpass.getuser()}: the [storage] moves. It stays so.\n"
    [pause] = json.loads(callboard("status", "--json").out)["paused"].values()
    assert (pause["by"], pause["why"]) == (getpass.getuser(), "the [storage] moves")
    assert "the [storage] moves" in callboard("status").out
    [run] = json.loads(callboard("runs", "--json").out)
    assert run["paused"] == f"create_task_folder is paused by {getpass.getuser()}: the [storage] moves."
    assert "the [storage] moves" in callboard("runs").out
    assert callboard("resume", "create_task_folder").out == "create_task_folder is resumed.\n"
    assert callboard("resume", "create_task_folder").out == "create_task_folder was not paused.\n"
    assert json.loads(callboard("runs", "--json").out)[0]["paused"] is None


def test_wrong_usage(callboard: Command, store: Store) -> None:
    assert "did you mean create_task_folder?" in callboard("pause", "create_task_foldr", "--why", "x").err
    assert callboard("pause", "create_task_folder", "--why", " ").code == 2
    assert callboard("pause", "create_task_folder").code == 2
