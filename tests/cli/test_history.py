from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from callboard.engine.store.database import Store
from callboard.engine.store.tables import changes, cursors, runs, servers

AT = 1_772_440_364.0  # 2026-03-02 08:32:44 UTC

Command = Callable[..., Any]
Happened = Callable[..., int]


@pytest.fixture
def store(configured: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{configured.parent / 'callboard.db'}")
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def happened(store: Store) -> Happened:
    """A run in the history."""

    def happened(automation: str = "create_task_folder", state: str = "done", **more: Any) -> int:
        with store.writing() as connection:
            key = f"change-{time.monotonic_ns()}"
            change = {"key": key, "kind": "status", "entity_type": "Task", "entity_id": "t1", "at": AT}
            by = {"id": "u", "username": "mira", "name": "Mira"}
            names = {"name": "compositing", "parent": "SH010", "project": "comet"}
            status = {"status": "Approved", "from_status": "In Progress"}
            connection.execute(changes.insert(), change | status | names | {"by": by})
            run: dict[str, Any] = {
                "change_key": key,
                "automation": automation,
                "lane": "p",
                "entity_type": "Task",
            }
            run |= {"entity_id": "t1", "at": AT, "state": state, "attempts": 1}
            result = connection.execute(runs.insert().returning(runs.c.id), run | more)
            return int(result.scalar_one())

    return happened


def test_status_counts_by_state(callboard: Command, happened: Happened, store: Store) -> None:
    for state in ("done", "done", "failed", "waiting"):
        happened(state=state)
    counts = json.loads(callboard("status", "--json").out)
    oldest = "2026-03-02T08:32:44+00:00"
    assert counts == {"waiting": 1, "running": 0, "failed": 1, "done": 2, "hub": "down", "oldest_waiting": oldest,
        "reading": None, "stuck": [], "paused": {},
    }  # fmt: skip
    shown = callboard("status").out
    assert ["failed", "1"] in [line.split() for line in shown.splitlines()]
    assert "2026-03-02 08:32:44" in shown


@pytest.mark.parametrize("hub", ["connected", "disconnected"])
def test_status_says_whether_the_hub_is_heard(callboard: Command, store: Store, hub: str) -> None:
    with store.writing() as connection:
        connection.execute(servers.insert(), {"id": "s", "hub": hub, "seen": time.time()})
    assert json.loads(callboard("status", "--json").out)["hub"] == hub
    assert hub in callboard("status").out


def test_runs_are_listed_newest_first_with_all_that_scripts_need(callboard: Command, happened: Happened) -> None:
    first = happened("assign_task_status", summary="Nothing.", effects=[{"kind": "x", "text": "y", "done": True}])
    second = happened(state="failed", error="It is broken.")
    newest, oldest = json.loads(callboard("runs", "--json").out)
    assert (newest["id"], oldest["id"]) == (second, first)
    assert newest["state"] == "failed"
    assert newest["error"] == "It is broken."
    assert oldest["error"] is None
    assert oldest["entity"] == {"type": "Task", "id": "t1", "name": "compositing"}
    assert (oldest["project"], oldest["parent"]) == ("comet", "SH010")
    assert oldest["summary"] == "Nothing."
    assert oldest["attempts"] == 1
    assert oldest["effects"] == [{"kind": "x", "text": "y", "done": True}]
    assert oldest["change"]["at"] == "2026-03-02T08:32:44+00:00"
    assert oldest["change"]["by"] == "mira"
    assert "Approved" in oldest["change"]["what"]


def test_runs_are_chosen_by_state_and_automation(callboard: Command, happened: Happened) -> None:
    failed = happened("assign_task_status", state="failed")
    happened("assign_task_status")
    happened("create_task_folder", state="failed")
    arguments = ["runs", "--json", "--automation", "assign_task_status", "--state", "failed"]
    assert [run["id"] for run in json.loads(callboard(*arguments).out)] == [failed]
    assert len(json.loads(callboard("runs", "--json", "--limit", "2").out)) == 2


def test_runs_are_chosen_by_entity(callboard: Command, happened: Happened) -> None:
    mine = happened(entity_id="t2")
    happened()
    assert [run["id"] for run in json.loads(callboard("runs", "--json", "--entity", "Task:t2").out)] == [mine]
    assert callboard("runs", "--entity", "Shot:t2").out == "There are no such runs.\n"
    answer = callboard("runs", "--entity", "t2")
    assert (answer.code, "'t2' is not TYPE:ID" in answer.err) == (2, True)


def test_scripts_get_all_runs_and_people_the_newest_hundred(callboard: Command, happened: Happened) -> None:
    for _ in range(101):
        happened()
    assert len(json.loads(callboard("runs", "--json").out)) == 101
    assert len(callboard("runs").out.splitlines()) == 1 + 100
    assert len(callboard("runs", "--limit", "3").out.splitlines()) == 1 + 3


def test_runs_are_shown_to_people(callboard: Command, happened: Happened) -> None:
    happened(summary="Made [3] folders.")
    happened(state="failed", error="The storage [x] is away.")
    shown = callboard("runs").out
    assert "Made [3] folders." in shown
    assert "The storage [x] is away." in shown
    assert "Task SH010 compositing" in shown


def test_runs_say_which_run_of_callboards_own_they_answer(callboard: Command, happened: Happened, store: Store) -> None:
    happened(summary="Sent a message.")
    with store.writing() as connection:
        connection.execute(update(changes).values(cause_run=41, cause_by={"id": "u", "username": "nadia", "name": ""}))
    assert "because of run 41, for nadia" in " ".join(callboard("runs").out.split())


def test_status_says_that_a_backlog_is_being_read(callboard: Command, store: Store) -> None:
    with store.writing() as connection:
        connection.execute(cursors.insert(), {"feed": "Task created", "at": AT, "id": "x", "behind": True})
    assert json.loads(callboard("status", "--json").out)["reading"] == "2026-03-02T08:32:44+00:00"
    assert "the backlog, up to 2026-03-02 08:32:44" in callboard("status").out


def test_an_unknown_automation_is_wrong_usage_with_a_suggestion(callboard: Command, configured: Path) -> None:
    answer = callboard("runs", "--automation", "create_task_foldr")
    assert answer.code == 2
    assert "did you mean create_task_folder?" in answer.err


def test_an_empty_history_is_an_empty_list(callboard: Command, configured: Path) -> None:
    assert json.loads(callboard("runs", "--json").out) == []
    assert callboard("runs").out == "There are no such runs.\n"


def test_a_failed_run_is_due_again(callboard: Command, happened: Happened) -> None:
    first, second, done = happened(state="failed"), happened(state="failed"), happened()
    answer = callboard("retry", first)
    assert (answer.code, answer.out) == (0, "Due again: 1.\n")
    states = {run["id"]: run["state"] for run in json.loads(callboard("runs", "--json").out)}
    assert states == {first: "waiting", second: "failed", done: "done"}
    assert callboard("retry", "--failed").out == "Due again: 1.\n"
    assert callboard("retry", "--failed").out == "Due again: 0.\n"


def test_only_failed_runs_can_be_retried(callboard: Command, happened: Happened) -> None:
    failed, done = happened(state="failed"), happened()
    answer = callboard("retry", failed, done, 999)
    assert answer.code == 1
    assert answer.err == f"Only failed runs can be retried, and these have not failed: {done}, 999. Due again: 1.\n"


def test_the_history_is_in_the_studios_time(callboard: Command, happened: Happened, configured: Path) -> None:
    happened()
    with configured.open("a") as file:
        file.write('[studio]\ntimezone = "Africa/Johannesburg"\n')
    assert "2026-03-02 10:32:44" in callboard("runs").out
