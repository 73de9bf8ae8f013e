"""The loop guard: automations that answer each other are stopped with the loop's name; the rest continues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.engine.running.test_batch import Bench, Make, bench

from callboard.changes import Change
from callboard.effects import Effect, SetMetadata, SetStatus
from callboard.engine.running import loops
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings

__all__ = ["bench"]


def answer(name: str, *pairs: tuple[str, str]) -> Trigger:
    """An automation that answers a status with another one."""
    answers = dict(pairs)

    def set_status(change: Change, _settings: Any) -> Iterator[Effect]:
        wanted = answers.get(change.status or "")
        if wanted is not None:
            status_id = change.workflow.statuses("Task")[wanted]
            task = change.entity
            yield SetStatus(entity=task.reference, name=task["name"], status=wanted, status_id=status_id)

    return Trigger(name, set_status, "status", "Task", AutomationSettings, ("name",), workflow=True)


def settle(studio: Bench, *tasks: Any) -> list[dict[str, Any]]:
    """Let the server look and work until nothing changes any more, and return all runs."""
    before = -1
    for _ in range(60):
        studio.look(*tasks)
        found = studio.work()
        if len(found) == before:
            return found
        before = len(found)
    raise AssertionError("the automations never came to an end")


def test_ping_pong_is_stopped_with_its_name_and_the_rest_continues(bench: Make) -> None:
    ping = answer("ping", ("In Progress", "On Hold"))
    pong = answer("pong", ("On Hold", "In Progress"))
    studio = bench(ping, pong)
    task, other = studio.tasks(2)
    studio.set_status(task, "In Progress")
    studio.set_status(other, "Approved")
    runs = settle(studio, task, other)
    [failed] = [run for run in runs if run["state"] == "failed"]
    assert failed["entity"]["id"] == task["id"]
    assert failed["error"].startswith("Automations answer each other in a circle: … → ")
    assert "ping (on In Progress) → pong (on On Hold)" in failed["error"]
    acted = [run for run in runs if any(effect["done"] for effect in run["effects"])]
    assert len(acted) == loops.LONGEST
    assert {run["state"] for run in runs if run["entity"]["id"] == other["id"]} == {"done"}


def test_an_ordinary_chain_names_who_began_it(bench: Make) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def note(change: Change, _settings: Any) -> Iterator[Effect]:
        if change.cause is not None:
            seen.append((change.status, change.person.username if change.person else None))
        yield SetMetadata(entity=change.entity.reference, key="seen", value=str(change.status))

    first = answer("first", ("In Progress", "Review Changes"))
    second = answer("second", ("Review Changes", "Approved"))
    studio = bench(first, second, Trigger("note", note, "status", "Task", AutomationSettings, ("name",)))
    [task] = studio.tasks(1)
    studio.set_status(task, "In Progress")
    runs = settle(studio, task)
    assert {run["state"] for run in runs} == {"done"}
    assert seen == [("Review Changes", "admin"), ("Approved", "admin")]


def test_changes_that_come_too_often_are_suspected(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "MOST", 4)

    def note(change: Change, _settings: Any) -> Iterator[Effect]:
        if change.status == "In Progress":
            yield SetMetadata(entity=change.entity.reference, key="seen", value=change.key)

    studio = bench(Trigger("count", note, "status", "Task", AutomationSettings, ("name",)))
    [task] = studio.tasks(1)
    studio.set_status(task, *["On Hold", "In Progress"] * 5)
    runs = settle(studio, task)
    states = [run["state"] for run in runs if run["change"]["status"] == "In Progress"]
    assert states == ["done"] * 4 + ["failed"]
    assert "within 60 s" in runs[-1]["error"]
