"""A batch from its lane to its results: plans are carried to their end, and what goes wrong concerns its own run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, update
from tests.engine.event_server import EventServer

from callboard import seams
from callboard.changes import Change, Reference
from callboard.demo.slack_stub import Fault, SlackStub
from callboard.effects import CopyFiles, Effect, MakeFolders, SendSlack, SetMetadata, SetStatus, Skip
from callboard.engine.store.lanes import Lane, LaneLostError
from callboard.engine.store.tables import runs
from callboard.errors import Refused, TryAgain
from callboard.registry import Related, Trigger
from callboard.settings.models import AutomationSettings, OnLate, SlackSettings
from ftrack_sandbox.testing import SandboxServer

READS = ("name", "status.name", "metadata")


class Bench(EventServer):
    """An event server that is not started: its steps are called one by one, in the test's own thread."""

    def look(self, *tasks: Any) -> None:
        """Store what happened to these tasks; other tests are at work in the same ftrack."""
        self.server.catch_up(datetime.now(UTC) - timedelta(minutes=5))
        with self.server.store.writing() as connection:
            connection.execute(delete(runs).where(runs.c.entity_id.not_in([task["id"] for task in tasks])))

    def work(self) -> list[dict[str, Any]]:
        """Serve lanes until nothing is due, and return all runs."""
        while self.server._workers.serve_a_lane():
            pass
        return self.runs()

    def fresh(self) -> None:
        """Let another process take over, at once."""
        self.server.store.close()
        self.server = self.another()
        with self.server.store.writing() as connection:
            connection.exec_driver_sql("update lanes set lease_until = 0")


Make = Callable[..., Bench]


@pytest.fixture
def bench(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[Make]:
    made: list[Bench] = []

    def make(
        *triggers: Trigger, slack: SlackStub | None = None, database: str = "", **own: AutomationSettings
    ) -> Bench:
        url = database or f"sqlite:///{tmp_path / 'callboard.db'}"
        made.append(Bench(ftrack_sandbox, url, *triggers, **own))
        if slack is not None:
            table = SlackSettings(token=SecretStr("xoxb-1"), api_url=slack.url, default_channel="#production")
            made[-1].settings = made[-1].settings.model_copy(update={"slack": table})
            made[-1].server = made[-1].another()
        return made[-1]

    yield make
    for each in made:
        each.server.store.close()


@pytest.fixture
def slack() -> Iterator[SlackStub]:
    with SlackStub() as slack:
        yield slack


def start_and_say(change: Change, _settings: Any) -> Iterator[Effect]:
    """Start a new task, and say so; a task that was started is left alone."""
    task = change.entity
    if task["status"]["name"] == "In Progress":
        yield Skip(reason="It is in progress already.")
        return
    statuses = change.workflow.statuses("Task")
    yield SetStatus(entity=task.reference, name=task["name"], status="In Progress", status_id=statuses["In Progress"])
    yield SendSlack(people=[], project="heron", text="Started.", fallback_reason="everybody should know")


STARTS = Trigger("start_and_say", start_and_say, "created", "Task", AutomationSettings, READS, workflow=True)


def note(change: Change, _settings: Any) -> Iterator[Effect]:
    """Note that it was seen."""
    yield SetMetadata(entity=change.entity.reference, key="seen", value="yes")


NOTES = Trigger("note", note, "created", "Task", AutomationSettings, READS)


def test_a_message_that_waits_is_sent_though_the_status_is_set_already(bench: Make, slack: SlackStub) -> None:
    studio = bench(STARTS, slack=slack)
    studio.look(*studio.tasks(1))
    slack.fail([Fault("chat.postMessage", status=503)])
    [run] = studio.work()
    assert (run["state"], [effect["done"] for effect in run["effects"]]) == ("waiting", [True, False])
    studio.hurry()
    [run] = studio.work()
    assert (run["state"], [effect["done"] for effect in run["effects"]]) == ("done", [True, True])
    assert [each["text"].partition("\n")[0] for each in slack.messages] == ["Started."]


def test_a_retry_leaves_alone_what_people_did_meanwhile(bench: Make, slack: SlackStub) -> None:
    studio = bench(STARTS, slack=slack)
    [task] = studio.tasks(1)
    studio.look(task)
    slack.fail([Fault("chat.postMessage", status=503)])
    studio.work()
    studio.set_status(task, "Approved")
    studio.hurry()
    studio.work()
    assert len(slack.messages) == 1
    [read] = studio.server.ftrack.query(f"select status.name from Task where id is {task['id']}")
    assert read["status"]["name"] == "Approved"


def test_a_message_that_was_refused_is_sent_when_it_is_retried_by_hand(bench: Make, slack: SlackStub) -> None:
    studio = bench(STARTS, slack=slack)
    studio.look(*studio.tasks(1))
    slack.closed.add("#production")
    [run] = studio.work()
    assert (run["state"], run["error"][:11]) == ("failed", "Slack lets ")
    slack.closed.clear()
    studio.server.history.retry([run["id"]])
    [run] = studio.work()
    assert (run["state"], len(slack.messages)) == ("done", 1)


def test_what_was_refused_on_disk_is_planned_anew_by_hand(bench: Make, tmp_path: Path) -> None:
    def make(change: Change, _settings: Any) -> Iterator[Effect]:
        yield MakeFolders(base=str(tmp_path), folder=f"{tmp_path}/heron", folders=["shots"])
        yield MakeFolders(base=str(tmp_path), folder=f"{tmp_path}/heron", folders=[change.entity["name"]])

    studio = bench(Trigger("make", make, "created", "Task", AutomationSettings, READS))
    [task] = studio.tasks(1)
    task["name"] = "CON"
    studio.session.commit()
    studio.look(task)
    [run] = studio.work()
    assert run["state"] == "failed"
    task["name"] = "comp"
    studio.session.commit()
    studio.server.history.retry([run["id"]])
    [run] = studio.work()
    assert run["state"] == "done"
    assert (tmp_path / "heron" / "comp").is_dir()


def test_a_long_copy_is_progress_and_ends_with_its_lane(bench: Make, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "large.nk").write_bytes(b"x" * 3_000_000)

    def copy(_change: Change, _settings: Any) -> Iterator[Effect]:
        yield CopyFiles(source=f"{tmp_path}/templates", base=str(tmp_path), target=f"{tmp_path}/copies")

    def check(_lane: Lane) -> None:
        if list((tmp_path / "copies").glob(".callboard-*")):
            raise LaneLostError("the lane, in the middle of the copy")

    studio = bench(Trigger("copy", copy, "created", "Task", AutomationSettings))
    studio.look(*studio.tasks(1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lane, "check", check)
        with pytest.raises(LaneLostError):
            studio.work()
    assert list((tmp_path / "copies").iterdir()) == []
    studio.fresh()
    assert [run["state"] for run in studio.work()] == ["done"]
    assert (tmp_path / "copies" / "large.nk").stat().st_size == 3_000_000


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({"version": 1, "effects": [{"kind": "teleport"}]}, "The stored plan of this run is not known"),
        ({"version": 99, "effects": []}, "Another version of Callboard planned this run (effects of version 99"),
        ({"version": 1, "effects": [{"kind": "skip"}]}, "The stored plan of this run is not known"),
        ([{"kind": "teleport"}], "The stored plan of this run is not known"),
        ("nonsense", "The stored plan of this run is not known"),
    ],
)
def test_a_stored_plan_that_is_not_known_fails_its_run_alone(bench: Make, plan: Any, sentence: str) -> None:
    studio = bench(NOTES)
    first, second = studio.tasks(2)
    studio.look(first, second)
    with studio.server.store.writing() as connection:
        connection.execute(update(runs).where(runs.c.entity_id == first["id"]).values(plan=plan))
    found = {run["entity"]["id"]: run for run in studio.work()}
    assert (found[first["id"]]["state"], found[second["id"]]["state"]) == ("failed", "done")
    assert found[first["id"]]["error"].startswith(sentence)
    studio.server.history.retry([found[first["id"]]["id"]])
    studio.work()
    assert studio.metadata(first, second) == [{"seen": "yes"}] * 2


@pytest.mark.parametrize("column", ["plan", "effects"])
def test_a_row_that_cannot_be_read_fails_alone(bench: Make, column: str) -> None:
    studio = bench(NOTES)
    first, second = studio.tasks(2)
    studio.look(first, second)
    with studio.server.store.writing() as connection:
        connection.exec_driver_sql(f"update runs set {column} = '{{broken' where entity_id = '{first['id']}'")
    while studio.server._workers.serve_a_lane():
        pass
    assert studio.metadata(second) == [{"seen": "yes"}]
    found = {run["entity"]["id"]: run for run in studio.runs()}
    assert found[second["id"]]["state"] == "done"
    assert found[first["id"]]["state"] == ("failed" if column == "plan" else "done")


def test_effects_of_another_shape_are_passed_over(bench: Make) -> None:
    studio = bench(NOTES)
    [task] = studio.tasks(1)
    studio.look(task)
    effect = SetMetadata(entity=Reference("Task", task["id"]), key="seen", value="yes").model_dump(mode="json")
    with studio.server.store.writing() as connection:
        connection.execute(update(runs).values(plan=[effect], effects=[{"odd": 1}, 5]))
    assert [run["state"] for run in studio.work()] == ["done"]


def test_the_time_without_a_server_does_not_count_as_trying(bench: Make) -> None:
    def wait(_change: Change, _settings: Any) -> list[Effect]:
        raise TryAgain("The storage is away.")

    own = AutomationSettings(retry_for=timedelta(minutes=1))
    studio = bench(Trigger("wait", wait, "created", "Task", AutomationSettings), wait=own)
    studio.look(*studio.tasks(1))
    assert [run["state"] for run in studio.work()] == ["waiting"]
    with studio.server.store.writing() as connection:
        # Tried on Friday, and next on Monday.
        connection.exec_driver_sql("update runs set at = at - 250000, due = 0")
        connection.exec_driver_sql("update lanes set due = 0")
    assert [run["state"] for run in studio.work()] == ["waiting"]
    for _ in range(4):
        studio.hurry()
        [run] = studio.work()
    assert (run["state"], run["error"]) == ("failed", "It was tried for 1m in vain: The storage is away.")


def test_a_plan_of_the_first_version_is_carried_out(bench: Make) -> None:
    studio = bench(NOTES)
    [task] = studio.tasks(1)
    studio.look(task)
    effect = SetMetadata(entity=Reference("Task", task["id"]), key="old", value="plan")
    with studio.server.store.writing() as connection:
        connection.execute(update(runs).values(plan=[effect.model_dump(mode="json")]))
    studio.work()
    assert studio.metadata(task) == [{"old": "plan"}]


def test_a_path_through_a_text_fails_with_a_sentence(bench: Make) -> None:
    wrong = Related("Task", by="name", of="name.first", reads=("name",))
    studio = bench(Trigger("note", note, "created", "Task", AutomationSettings, READS, {"others": wrong}), raising())
    studio.look(*studio.tasks(3))
    found = studio.work()
    assert {run["state"] for run in found} == {"failed"}
    assert all(run["error"] and run["attempts"] == 1 for run in found)


def test_a_type_that_this_ftrack_lacks_leaves_its_look_up_empty(bench: Make, ftrack_sandbox: SandboxServer) -> None:
    def count(change: Change, _settings: Any) -> Iterator[Effect]:
        found = {name: str(len(entities)) for name, entities in sorted(change.related.items())}
        yield SetMetadata(entity=change.entity.reference, key="found", value=str(found))

    related = {
        "renamed": Related("AssetBuildAsItWasCalled", by="parent_id", of="parent_id", reads=("name",)),
        "siblings": Related("Task", by="parent_id", of="parent_id", reads=("name",)),
    }
    studio = bench(Trigger("count", count, "created", "Task", AutomationSettings, READS, related))
    tasks = studio.tasks(2)
    studio.look(*tasks)
    assert {run["state"] for run in studio.work()} == {"done"}
    assert studio.metadata(*tasks) == [{"found": "{'renamed': '0', 'siblings': '2'}"}] * 2
    more = studio.tasks(2)
    studio.look(*tasks, *more)
    ftrack_sandbox.statistics.reset()
    studio.work()
    # What is missing is remembered, and nothing is asked twice: one read and one commit.
    assert ftrack_sandbox.statistics.now()["requests"] == 2


def test_a_quiet_change_is_one_read_and_one_commit(
    bench: Make, ftrack_sandbox: SandboxServer, slack: SlackStub
) -> None:
    studio = bench(STARTS, slack=slack)
    [task] = studio.tasks(1)
    studio.look(task)
    ftrack_sandbox.statistics.reset()
    assert [run["state"] for run in studio.work()] == ["done"]
    assert ftrack_sandbox.statistics.now()["requests"] == 2


def test_what_was_seen_may_have_changed_before_it_is_written(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = bench(NOTES)
    first, second = studio.tasks(2)
    studio.look(first, second)

    def meddle(seam: str) -> None:
        if seam == "ftrack: before a commit":
            monkeypatch.setattr(seams, "on_reach", None)
            first["metadata"]["seen"] = "by a person"
            studio.session.delete(second)
            studio.session.commit()

    monkeypatch.setattr(seams, "on_reach", meddle)
    found = {run["entity"]["id"]: run for run in studio.work()}
    assert found[first["id"]]["state"] == "done"
    assert studio.metadata(first) == [{"seen": "yes"}]
    assert found[second["id"]]["state"] in {"done", "failed"}


def raising() -> Trigger:
    """An automation that raises what a text column does not take."""

    def stumble(_change: Change, _settings: Any) -> list[Effect]:
        raise Refused("/data/\udcff\x00 is not a name.")

    return Trigger("stumble", stumble, "created", "Task", AutomationSettings)


def test_what_no_database_takes_is_escaped(bench: Make, database: str) -> None:
    studio = bench(raising(), database=database)
    studio.look(*studio.tasks(1))
    [run] = studio.work()
    assert (run["state"], run["error"]) == ("failed", r"/data/\udcff\x00 is not a name.")


@pytest.mark.parametrize("on_late", ["handle", "if_still_true", "skip"])
def test_a_failure_of_two_weeks_ago_is_retried_by_the_rule_for_old_work(bench: Make, on_late: OnLate) -> None:
    broken = [True]

    def say(change: Change, _settings: Any) -> Iterator[Effect]:
        if broken:
            raise Refused("The workflow is broken.")
        yield SetMetadata(entity=change.entity.reference, key="said", value=str(change.status))

    own = AutomationSettings(on_late=on_late)
    studio = bench(Trigger("say", say, "status", "Task", AutomationSettings, READS), say=own)
    [task] = studio.tasks(1)
    studio.look(task)
    [run] = studio.work()
    assert run["state"] == "failed"
    studio.set_status(task, "Approved")
    broken.clear()
    studio.server.history.retry([run["id"]])
    studio.server._workers._batches._clock = lambda: datetime.now(UTC) + timedelta(days=14)
    [run] = studio.work()
    assert run["state"] == "done"
    assert studio.metadata(task) == ([{"said": "Not Started"}] if on_late == "handle" else [{}])
    if on_late != "handle":
        assert run["summary"].startswith("It happened 14d ago")


SEAMS = [
    *(
        "worker: lane claimed",
        "worker: batch taken",
        "batch: planned",
        "batch: plans recorded",
        "disk: before an effect",
    ),
    *("ftrack: before a commit", "ftrack: committed", "slack: before sending", "slack: noted"),
    *("batch: applied", "worker: results stored"),
]


class Died(BaseException):
    """What a process leaves behind that is gone: nothing."""


@pytest.mark.parametrize("seam", SEAMS)
def test_whoever_dies_anywhere_leaves_work_that_another_one_ends(
    bench: Make, slack: SlackStub, monkeypatch: pytest.MonkeyPatch, seam: str
) -> None:
    studio = bench(STARTS, slack=slack)
    [task] = studio.tasks(1)
    studio.look(task)

    def die(reached: str) -> None:
        if reached == seam:
            monkeypatch.setattr(seams, "on_reach", None)
            raise Died

    monkeypatch.setattr(seams, "on_reach", die)
    with pytest.raises(Died):
        studio.work()
    studio.fresh()
    [run] = studio.work()
    assert run["state"] == "done"
    assert len(slack.messages) == 1
    [read] = studio.server.ftrack.query(f"select status.name from Task where id is {task['id']}")
    assert read["status"]["name"] == "In Progress"
