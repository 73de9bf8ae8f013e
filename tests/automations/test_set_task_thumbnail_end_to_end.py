"""set_task_thumbnail at work: icons come, are shared, and go again."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from tests.automations.conftest import MakeStudio
from tests.automations.studio import Studio

from callboard.studio.icons import ICONS, icon_component_id
from ftrack_sandbox.testing import SandboxServer

NAME = "set_task_thumbnail"
CUT, ON_HOLD = (icon_component_id(str(ICONS / name)) for name in ("cut.png", "on_hold.png"))


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    """A picture that somebody made."""
    Image.new("RGB", (64, 36), "navy").save(tmp_path / "frame.png")
    return tmp_path / "frame.png"


def new_task(studio: Studio, frame: Path | None = None) -> Any:
    task = studio.task(studio.shot(studio.project()))
    studio.finished(NAME, task)
    if frame is not None:
        task.create_thumbnail(str(frame))
        studio.session.commit()
    return task


def shown(studio: Studio, task: Any) -> str | None:
    value = studio.fresh(task, "thumbnail_id")["thumbnail_id"]
    return str(value) if value else None


def change(studio: Studio, task: Any, status: str) -> dict[str, Any]:
    count = len(studio.finished(NAME, task))
    studio.set_status(task, status)
    return studio.run(NAME, task, count + 1)


def test_the_icon_comes_and_the_former_thumbnail_comes_back(studio: Studio, frame: Path) -> None:
    task = new_task(studio, frame)
    former = shown(studio, task)
    assert change(studio, task, "Cut")["state"] == "done"
    assert shown(studio, task) == CUT
    change(studio, task, "On Hold")
    assert shown(studio, task) == ON_HOLD
    run = change(studio, task, "In Progress")
    assert run["summary"].startswith("Brought the former thumbnail back")
    assert shown(studio, task) == former
    assert studio.metadata(task) == {"filename": studio.metadata(task)["filename"]}


def test_the_icon_can_be_seen_in_ftrack(studio: Studio) -> None:
    task = new_task(studio)
    change(studio, task, "Cut")
    location = studio.session.query('Location where name is "ftrack.server"').one()
    component = studio.session.get("FileComponent", CUT)
    assert location.get_component_availability(component) == 100.0
    answer = requests.get(location.get_thumbnail_url(component, size=100), timeout=10)
    answer.raise_for_status()
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.width == 100


def test_a_task_that_had_none_has_none_again(studio: Studio) -> None:
    task = new_task(studio)
    change(studio, task, "On Hold")
    assert change(studio, task, "In Progress")["summary"].startswith("Removed the thumbnail")
    assert shown(studio, task) is None


def test_a_thumbnail_that_somebody_set_meanwhile_stays(studio: Studio, frame: Path) -> None:
    task = new_task(studio)
    change(studio, task, "Cut")
    component = task.create_thumbnail(str(frame))
    studio.session.commit()
    run = change(studio, task, "In Progress")
    assert "keeps the other thumbnail that it got in the meantime" in run["summary"]
    assert shown(studio, task) == component["id"]
    assert "callboard_thumbnail" not in studio.metadata(task)


def test_the_former_thumbnail_is_remembered_by_ftrack_not_by_us(make_studio: MakeStudio, frame: Path) -> None:
    studio = make_studio()
    task = new_task(studio, frame)
    former = shown(studio, task)
    change(studio, task, "Cut")
    studio.stop()
    fresh = make_studio()
    fresh_task = fresh.session.get("Task", task["id"])
    fresh.set_status(fresh_task, "In Progress")
    fresh.run(NAME, fresh_task)
    assert shown(fresh, fresh_task) == former


def test_a_former_thumbnail_that_is_gone_leaves_none(studio: Studio, frame: Path) -> None:
    task = new_task(studio, frame)
    change(studio, task, "Cut")
    former = studio.session.query(f"FileComponent where name is thumbnail and id is_not {CUT}").all()
    for component in former:
        studio.session.delete(component)
    studio.session.commit()
    run = change(studio, task, "In Progress")
    assert (run["state"], shown(studio, task)) == ("done", None)


def test_an_icon_is_uploaded_once_for_many_tasks_and_servers(make_studio: MakeStudio) -> None:
    one, two = make_studio(), make_studio()
    shot = one.shot(one.project())
    cut = one.named("Status", "Cut")
    tasks = [one.session.create("Task", {"name": f"t{number}", "parent": shot}) for number in range(10)]
    one.session.commit()
    for task in tasks:
        for studio in (one, two):
            studio.finished(NAME, task)
        task["status"] = cut
    one.session.commit()
    for task in tasks:
        for studio in (one, two):
            assert studio.run(NAME, task, 2)["state"] == "done"
        assert shown(one, task) == CUT
    rows = one.server.ftrack.query("select component_id from ComponentLocation")
    assert [row["component_id"] for row in rows].count(CUT) == 1


def test_an_icon_that_ftrack_has_is_not_sent_again(make_studio: MakeStudio, ftrack_sandbox: SandboxServer) -> None:
    studio = make_studio()
    tasks = [new_task(studio), new_task(studio)]
    ftrack_sandbox.statistics.reset()
    change(studio, tasks[0], "Cut")
    studio.start_again()
    change(studio, tasks[1], "Cut")
    change(studio, tasks[1], "In Progress")
    change(studio, tasks[1], "Cut")
    assert [shown(studio, task) for task in tasks] == [CUT, CUT]
    assert ftrack_sandbox.statistics.now()["uploads"] == 1


def test_storage_that_takes_no_files_is_waited_for(make_studio: MakeStudio, ftrack_sandbox: SandboxServer) -> None:
    studio = make_studio()
    task = new_task(studio)
    ftrack_sandbox.faults.uploads(503, calls=1)
    studio.set_status(task, "Cut")
    assert "did not take the icon cut.png" in studio.waiting(NAME, task)["error"]
    assert shown(studio, task) is None
    studio.hurry()
    studio.run(NAME, task, 2)
    assert shown(studio, task) == CUT


def test_icons_of_the_studio(make_studio: MakeStudio, frame: Path) -> None:
    # In a sandbox of its own: a server with other icons would show them on the same task.
    studio = make_studio({f"automations.{NAME}": {"icons": {"Omitted": str(frame)}}})
    task = new_task(studio)
    assert change(studio, task, "Cut")["summary"] == "Neither Not Started nor Cut is one of Omitted."
    change(studio, task, "Omitted")
    assert shown(studio, task) == icon_component_id(str(frame))
