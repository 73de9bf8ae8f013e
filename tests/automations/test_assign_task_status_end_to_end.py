"""assign_task_status at work: the official client sets versions' statuses, tasks follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.automations.conftest import MakeStudio
from tests.automations.studio import Studio

from ftrack_sandbox.testing import SandboxServer

NAME = "assign_task_status"


def status_of(studio: Studio, task: Any) -> str:
    return str(studio.fresh(task, "status.name").at("status.name"))


def new_task(studio: Studio, task_type: str = "Compositing", **values: Any) -> Any:
    return studio.task(studio.shot(studio.project()), task_type, **values)


def test_the_task_follows_its_version_and_ping_pong_there_is_none(studio: Studio) -> None:
    task = new_task(studio)
    version = studio.version(task, "In Progress")
    studio.finished(NAME, version)
    studio.set_status(version, "Approved")
    run = studio.run(NAME, version, 2)
    assert run["summary"] == "Set the status of Task Compositing to Approved."
    assert status_of(studio, task) == "Approved"
    studio.set_status(task, "In Progress")
    studio.set_status(version, "Review Changes")
    studio.run(NAME, version, 3)
    assert status_of(studio, task) == "Review Changes"
    assert len(studio.runs(NAME, version)) == 3


def test_a_status_that_the_workflow_does_not_allow_is_named_and_changes_nothing(studio: Studio) -> None:
    task = new_task(studio, "Editing")
    version = studio.version(task, "Approved")
    studio.finished(NAME, version)
    studio.set_status(version, "Pending Client Review")
    run = studio.run(NAME, version, 2)
    assert run["state"] == "done"
    assert run["summary"] == (
        "The workflow does not allow the status Pending Client Review for tasks of the type Editing."
    )
    assert status_of(studio, task) == "Approved"


def test_a_version_without_task_and_an_omitted_task_are_left_alone(studio: Studio) -> None:
    task = new_task(studio)
    studio.set_status(task, "Omitted")
    version = studio.version(task, "Approved")
    assert studio.run(NAME, version)["summary"] == "The task Compositing keeps its status Omitted."
    assert status_of(studio, task) == "Omitted"
    free = studio.create("AssetVersion", asset=version["asset"], status=studio.named("Status", "Approved"))
    assert studio.run(NAME, free)["summary"] == "The version has no task."


def test_an_older_version_does_not_overwrite_a_newer_one(studio: Studio) -> None:
    task = new_task(studio)
    first = studio.version(task, "In Progress")
    second = studio.version(task, "Approved", asset=first["asset"])
    studio.finished(NAME, second)
    assert status_of(studio, task) == "Approved"
    count = len(studio.finished(NAME, first))
    studio.set_status(first, "Review Changes")
    run = studio.run(NAME, first, count + 1)
    assert run["summary"].endswith("v1 is not the latest version for the task Compositing: v2 is.")
    assert status_of(studio, task) == "Approved"


def test_what_several_versions_said_is_carried_out_in_order(
    make_studio: MakeStudio, ftrack_sandbox: SandboxServer
) -> None:
    studio = make_studio()
    task = new_task(studio)
    studio.set_status(task, "In Progress")
    studio.finished("status_handler", task, 2)
    studio.stop()
    now = datetime.now(UTC).replace(microsecond=0)
    said = []
    for seconds, status in enumerate(("Approved", "In Progress"), start=1):
        ftrack_sandbox.clock.set(now + timedelta(seconds=seconds), stopped=True)
        said.append(studio.version(task, status))
    studio.start()
    assert [studio.run(NAME, version)["summary"] for version in said] == [
        "Set the status of Task Compositing to Approved.",
        "Set the status of Task Compositing to In Progress.",
    ]
    assert status_of(studio, task) == "In Progress"


def test_the_settings(make_studio: MakeStudio) -> None:
    settings = {"mapping": {"Approved": "Final", "Review Changes": ""}, "only_latest": False, "keep": []}
    # In a sandbox of its own: a server with other settings would say otherwise about the same versions.
    studio = make_studio({f"automations.{NAME}": settings})
    task = new_task(studio)
    studio.set_status(task, "Omitted")
    first = studio.version(task, "Approved")
    studio.finished(NAME, first)
    assert status_of(studio, task) == "Final"
    second = studio.version(task, "In Progress", asset=first["asset"])
    studio.finished(NAME, second)
    studio.set_status(first, "Review Changes")
    assert studio.run(NAME, first, 2)["summary"] == "The mapping has no task status for Review Changes."
    studio.set_status(first, "Approved")
    studio.run(NAME, first, 3)
    assert status_of(studio, task) == "Final"


def test_two_servers_and_a_repeat_end_in_one_status(make_studio: MakeStudio) -> None:
    one, two = make_studio(), make_studio()
    task = new_task(one)
    version = one.version(task, "Approved")
    for studio in (one, two):
        assert studio.run(NAME, version)["state"] == "done"
    changes = one.server.ftrack.query(
        f"select status.name from TypedContextStatusChange where parent_id is {task['id']}"
    )
    assert [row.at("status.name") for row in changes].count("Approved") == 1
    one.start_over(version["date"].datetime)
    assert one.run(NAME, version)["summary"] == "Found Task Compositing to have the status Approved."
