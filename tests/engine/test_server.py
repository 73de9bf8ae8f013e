"""The event server as a whole: from a change in ftrack to what was done about it, and why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ftrack_api.event.base
import pytest
from tests.engine.event_server import EventServer
from tests.waiting import until

from callboard.changes import Change, Reference
from callboard.effects import Effect, MakeFolders, SetMetadata, SetStatus, Skip
from callboard.errors import Refused, TryAgain
from callboard.registry import Related, Trigger
from callboard.settings.models import AutomationSettings
from ftrack_sandbox.testing import SandboxServer

Make = Callable[..., EventServer]
COUNT = ("name", "metadata")


@pytest.fixture
def event_server(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[Make]:
    made: list[EventServer] = []

    def make(*triggers: Trigger, start: bool = True, **own: AutomationSettings) -> EventServer:
        made.append(EventServer(ftrack_sandbox, f"sqlite:///{tmp_path / 'callboard.db'}", *triggers, **own))
        if start:
            made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.stop()


def count(change: Change, _settings: Any) -> Iterator[Effect]:
    """Count in an entity's metadata how often this was done about it."""
    done = sum(len(row["value"]) for row in change.entity["metadata"] if row["key"] == "done")
    yield SetMetadata(entity=change.entity.reference, key="done", value="x" * (done + 1))


def say_statuses(change: Change, _settings: Any) -> Iterator[Effect]:
    """Note the statuses that an entity went through."""
    said = next((row["value"] for row in change.entity["metadata"] if row["key"] == "went"), "")
    yield SetMetadata(entity=change.entity.reference, key="went", value=f"{said} > {change.status}")


COUNTS = Trigger("count", count, "created", "Task", AutomationSettings, COUNT)
SAYS = Trigger("say_statuses", say_statuses, "status", "Task", AutomationSettings, COUNT)


def raising(error: Exception, *, times: int = 10**6) -> Trigger:
    """An automation that raises so many times, and then has nothing to do."""
    calls: list[Change] = []

    def stumble(change: Change, _settings: Any) -> list[Effect]:
        calls.append(change)
        if len(calls) <= times:
            raise error
        return [Skip(reason="It is well now.")]

    return Trigger("stumble", stumble, "created", "Task", AutomationSettings)


def test_hundreds_of_new_tasks_are_a_handful_of_requests(event_server: Make, ftrack_sandbox: SandboxServer) -> None:
    studio = event_server(COUNTS)
    shot = studio.shot()
    ftrack_sandbox.statistics.reset()
    tasks = studio.tasks(600, shot)
    own = ftrack_sandbox.statistics.now()["requests"]
    studio.over(600)
    assert ftrack_sandbox.statistics.now()["requests"] - own <= 600 / 50
    assert studio.metadata(*tasks) == [{"done": "x"}] * 600


def test_every_status_is_told_in_order_and_once_from_the_first_on(event_server: Make) -> None:
    studio = event_server(SAYS)
    [task] = studio.tasks(1)
    studio.set_status(task, "In Progress", "Review Changes", "In Progress", "Approved")
    runs = studio.over(5)
    assert len(runs) == 5
    assert studio.metadata(task) == [{"went": " > Not Started > In Progress > Review Changes > In Progress > Approved"}]
    assert [(run["change"]["from_status"], run["change"]["by"]) for run in runs][:2] == [
        (None, "admin"),
        ("Not Started", "admin"),
    ]


def test_what_happened_before_the_first_start_is_history(event_server: Make) -> None:
    studio = event_server(COUNTS, SAYS, start=False)
    [old] = studio.tasks(1)
    studio.start()
    [new] = studio.tasks(1)
    studio.over(2)
    assert studio.metadata(old, new) == [{}, {"done": "x", "went": " > Not Started"}]


def test_what_happened_while_it_was_down_is_handled_at_the_start(event_server: Make) -> None:
    studio = event_server(COUNTS, SAYS)
    [task] = studio.tasks(1)
    studio.over(2)
    studio.stop()
    studio.set_status(task, "In Progress", "Approved")
    [new] = studio.tasks(1)
    studio.start()
    studio.over(6)
    assert studio.metadata(task, new) == [
        {"done": "x", "went": " > Not Started > In Progress > Approved"},
        {"done": "x", "went": " > Not Started"},
    ]


def test_what_happened_while_events_were_not_heard_is_handled_when_they_are(
    event_server: Make, ftrack_sandbox: SandboxServer
) -> None:
    studio = event_server(COUNTS)
    ftrack_sandbox.faults.take_hub_down()
    until(lambda: studio.server.history.counts()["hub"] == "disconnected", what="the loss of the hub")
    [task] = studio.tasks(1)
    ftrack_sandbox.faults.bring_hub_up()
    studio.over(1)
    assert studio.metadata(task) == [{"done": "x"}]
    until(lambda: studio.server.history.counts()["hub"] == "connected", what="the hub")


def test_a_status_that_only_an_event_tells_of_is_believed_after_a_while(
    event_server: Make, ftrack_sandbox: SandboxServer
) -> None:
    studio = event_server(SAYS)
    [task] = studio.tasks(1)
    studio.over(1)
    speaker = ftrack_sandbox.session(auto_connect_event_hub=True)
    until(lambda: speaker.event_hub.connected)
    changed = {"old": "some status", "new": task["status_id"]}
    entity = {"entityId": task["id"], "entityType": "task", "action": "update", "changes": {"statusid": changed}}
    speaker.event_hub.publish(ftrack_api.event.base.Event("ftrack.update", data={"entities": [entity]}))
    studio.over(2)
    assert studio.metadata(task) == [{"went": " > Not Started > Not Started"}]


def test_garbage_from_the_hub_leaves_it_working(event_server: Make, ftrack_sandbox: SandboxServer) -> None:
    studio = event_server(COUNTS)
    speaker = ftrack_sandbox.session(auto_connect_event_hub=True)
    until(lambda: speaker.event_hub.connected)
    for topic in ("ftrack.update", "ftrack.action.discover", "ftrack.action.launch"):
        odd: tuple[Any, ...] = (
            None,
            5,
            [],
            {"entities": 5},
            {"entities": [None, {"entityId": {}}]},
            {"selection": "x" * 5_000_000},
        )
        for data in odd:
            event = ftrack_api.event.base.Event(topic)
            event._data["data"] = data
            speaker.event_hub.publish(event)
    [task] = studio.tasks(1)
    studio.over(1)
    assert studio.metadata(task) == [{"done": "x"}]


def test_what_a_stopping_server_had_not_begun_is_planned_anew(event_server: Make) -> None:
    planning, stopping = threading.Event(), threading.Event()

    def note_name(change: Change, _settings: Any) -> Iterator[Effect]:
        yield SetMetadata(entity=change.entity.reference, key="name", value=change.entity["name"])
        planning.set()
        stopping.wait(20)

    studio = event_server(Trigger("note_name", note_name, "created", "Task", AutomationSettings, ("name",)))
    [task] = studio.tasks(1)
    assert planning.wait(20)
    stop = threading.Thread(target=studio.stop)
    stop.start()
    until(studio.server._workers._crew.stopping.is_set, 20, "the workers to stop")
    stopping.set()
    stop.join()
    task["name"] = "renamed"
    studio.session.commit()
    studio.start()
    studio.over(1)
    assert studio.metadata(task) == [{"name": "renamed"}]


def test_what_no_longer_exists_is_done_and_says_so(event_server: Make) -> None:
    studio = event_server(COUNTS)
    [task] = studio.tasks(1)
    studio.over(1)
    studio.stop()
    doomed, other = studio.tasks(2)
    studio.server.catch_up(datetime.now(UTC) - timedelta(minutes=1))
    studio.session.delete(doomed)
    studio.session.commit()
    studio.start()
    runs = studio.over(3)
    assert [run["summary"] for run in runs if run["entity"]["id"] == doomed["id"]] == ["The Task no longer exists."]
    assert studio.metadata(other, task) == [{"done": "x"}] * 2


def test_what_may_heal_waits_and_is_tried_again(event_server: Make) -> None:
    studio = event_server(raising(TryAgain("The storage is away."), times=2))
    studio.tasks(1)

    def waits(attempts: int) -> Any:
        run = next(iter(studio.runs()), None)
        return run if run and (run["state"], run["attempts"]) == ("waiting", attempts) and run["error"] else None

    run = until(lambda: waits(1))
    assert run["error"] == "The storage is away."
    assert timedelta(0) < datetime.fromisoformat(run["next_try"]) - datetime.now(UTC) <= timedelta(seconds=5)
    studio.hurry()
    run = until(lambda: waits(2))
    assert datetime.fromisoformat(run["next_try"]) - datetime.now(UTC) > timedelta(seconds=5)
    studio.hurry()
    [run] = studio.over(1)
    assert (run["state"], run["summary"], run["error"]) == ("done", "It is well now.", None)


def test_what_does_not_heal_in_time_has_failed_and_can_be_tried_by_hand(event_server: Make) -> None:
    impatient = AutomationSettings(retry_for=timedelta(seconds=1))
    studio = event_server(raising(TryAgain("The storage is away."), times=1), stumble=impatient)
    studio.tasks(1)
    [run] = studio.over(1)
    assert (run["state"], run["error"]) == ("failed", "It was tried for 1s in vain: The storage is away.")
    assert studio.server.history.retry([run["id"]]) == [run["id"]]
    until(lambda: studio.runs()[0]["state"] == "done", what="the run that was tried by hand")


def test_what_will_not_heal_has_failed_at_once(event_server: Make) -> None:
    studio = event_server(raising(Refused("The name ../x leads elsewhere.")))
    studio.tasks(1)
    [run] = studio.over(1)
    assert (run["state"], run["error"], run["attempts"]) == ("failed", "The name ../x leads elsewhere.", 1)


def test_a_defect_of_an_automation_is_one_sentence_with_its_place(
    event_server: Make, caplog: pytest.LogCaptureFixture
) -> None:
    studio = event_server(raising(ZeroDivisionError("division by zero")), COUNTS)
    [task] = studio.tasks(1)
    studio.over(2)
    [run] = studio.runs(automation="stumble")
    assert run["state"] == "failed"
    assert run["error"].startswith("stumble has a defect: ZeroDivisionError: division by zero (test_server.py:")
    assert "Traceback" in caplog.text
    assert studio.metadata(task) == [{"done": "x"}]


def test_a_storage_that_is_away_keeps_ftrack_from_being_told(event_server: Make, tmp_path: Path) -> None:
    def make(change: Change, _settings: Any) -> Iterator[Effect]:
        yield SetMetadata(entity=change.entity.reference, key="made", value="yes")
        yield MakeFolders(base=f"{tmp_path}/away", folder=f"{tmp_path}/away/heron", folders=["shots"])

    studio = event_server(Trigger("make", make, "created", "Task", AutomationSettings))
    [task] = studio.tasks(1)
    run = until(lambda: [run for run in studio.runs(state="waiting") if run["error"]])[0]
    assert studio.metadata(task) == [{}]
    assert [(effect["kind"], effect["done"]) for effect in run["effects"]] == [
        ("set_metadata", False),
        ("make_folders", False),
    ]
    (tmp_path / "away").mkdir()
    studio.hurry()
    studio.over(1)
    assert (tmp_path / "away" / "heron" / "shots").is_dir()
    assert studio.metadata(task) == [{"made": "yes"}]


def test_related_and_workflow_are_read_for_the_whole_batch(event_server: Make) -> None:
    def approve(change: Change, _settings: Any) -> Iterator[Effect]:
        siblings = sorted(each["name"] for each in change.related["siblings"])
        yield SetMetadata(entity=change.entity.reference, key="beside", value=" ".join(siblings))
        allowed = change.workflow.statuses("Task", change.entity["type_id"])
        yield SetStatus(
            entity=change.entity.reference,
            name=change.entity["name"],
            status="Approved",
            status_id=allowed["Approved"],
        )

    siblings = Related("Task", by="parent_id", of="parent_id", reads=("name",))
    studio = event_server(
        Trigger(
            "approve",
            approve,
            "created",
            "Task",
            AutomationSettings,
            ("name", "type_id"),
            {"siblings": siblings},
            workflow=True,
        )
    )
    tasks = studio.tasks(2)
    studio.over(2)
    assert studio.metadata(*tasks) == [{"beside": "comp0 comp1"}] * 2
    assert {
        task["status"]["name"]
        for task in studio.server.ftrack.query("select status.name from Task where name like 'comp_'")
    } >= {"Approved"}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(event_server: Make) -> None:
    off = AutomationSettings(enabled=False)
    elsewhere = AutomationSettings(projects=["elsewhere"])
    studio = event_server(COUNTS, SAYS, raising(Refused("No.")), start=False, say_statuses=off, stumble=elsewhere)
    [task] = studio.tasks(1)
    runs = {run.automation: run for run in studio.server.plan_for(Reference("Task", task["id"]))}
    assert [effect.describe() for effect in runs["count"].effects] == ["set the metadata done to x"]
    assert runs["say_statuses"].reason == "say_statuses is turned off in [automations.say_statuses]."
    assert "is not one of elsewhere" in str(runs["stumble"].reason)
    assert [run.automation for run in studio.server.plan_for(Reference("Task", task["id"]), "count")] == ["count"]
    assert studio.metadata(task) == [{}]
    with pytest.raises(Refused, match="There is no Task nowhere in ftrack"):
        studio.server.plan_for(Reference("Task", "nowhere"))


def test_a_dry_run_says_what_an_automation_would_refuse(event_server: Make) -> None:
    studio = event_server(raising(Refused("The name is wrong.")), start=False)
    [task] = studio.tasks(1)
    [run] = studio.server.plan_for(Reference("Task", task["id"]))
    assert (run.error, run.effects) == ("The name is wrong.", [])


def test_catching_up_finds_history_once(event_server: Make) -> None:
    studio = event_server(COUNTS, start=False)
    [old] = studio.tasks(1)
    earlier = datetime.now(UTC) - timedelta(hours=1)
    found = studio.server.catch_up(earlier)
    assert found >= 1
    assert studio.server.catch_up(earlier) == 0
    studio.start()
    studio.over(1)
    assert studio.metadata(old) == [{"done": "x"}]


def test_an_ftrack_that_is_away_at_the_start_is_waited_for(event_server: Make, ftrack_sandbox: SandboxServer) -> None:
    studio = event_server(COUNTS, start=False)
    ftrack_sandbox.stop()
    studio.server.start()
    assert studio.server.history.counts()["hub"] != "connected"
    ftrack_sandbox.start()
    assert studio.server.ready.wait(20)
    [task] = studio.tasks(1)
    studio.over(1)
    assert studio.metadata(task) == [{"done": "x"}]
