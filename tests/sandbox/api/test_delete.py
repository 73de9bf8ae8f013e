"""What goes along when something is deleted, what stays, and what cannot be deleted."""

from __future__ import annotations

import pytest
from tests.sandbox.api.door import Door, deletion, reference

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError


def count(door: Door, entity_type: str) -> int:
    return len(door.query(f"select id from {entity_type}"))


def test_a_project_goes_with_everything_in_it(door: Door) -> None:
    kept = door.task(door.project("kept"))
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    task = door.task(shot)
    version = door.version(shot, task_id=task)
    component = door.create("FileComponent", name="main", version_id=version)["id"]
    server = door.id("Location", "ftrack.server")
    door.create("ComponentLocation", component_id=component, location_id=server, resource_identifier=component)
    note = door.create("Note", content="look", parent_id=version)["id"]
    door.create("Note", content="yes", in_reply_to_id=note)
    door.create("Metadata", parent_id=task, key="filename", value="x")
    door.create("Timelog", context_id=task, duration=60)
    door.create("Appointment", context_id=task, resource_id=door.id("User", "ines.marques"), type="assignment")
    category = door.id("ListCategory", "Dailies")
    dailies = door.create("AssetVersionList", name="D", project_id=project, category_id=category)["id"]
    door.create("ListObject", list_id=dailies, entity_id=version)
    review = door.create("ReviewSession", name="R", project_id=project)["id"]
    door.create("ReviewSessionObject", review_session_id=review, version_id=version)
    door.create("ReviewSessionInvitee", review_session_id=review, name="n", email="n@example.com")
    door.delete("Project", [project])
    gone = (
        *("Shot", "Asset", "AssetVersion", "Component", "ComponentLocation", "Note", "Timelog", "Appointment", "List"),
        *("ListObject", "ReviewSession", "ReviewSessionObject", "ReviewSessionInvitee", "AssetVersionStatusChange"),
    )
    assert {name: count(door, name) for name in gone} == dict.fromkeys(gone, 0)
    assert door.query("select note_id from Recipient") == []
    assert door.query("select key from Metadata") == []
    assert [row["id"] for row in door.query("select id from Task")] == [kept]
    assert count(door, "TypedContextStatusChange") == 1


def test_a_task_leaves_its_versions_behind(door: Door) -> None:
    project = door.project()
    task = door.task(project)
    version = door.version(project, task_id=task)
    door.delete("Task", [task])
    assert door.query(f"select task_id from AssetVersion where id is {version}")[0]["task_id"] is None


def test_a_user_leaves_the_notes_behind(door: Door) -> None:
    user = door.create("User", username="temporary")["id"]
    note = door.create("Note", content="look", user_id=user)["id"]
    door.create("Timer", user_id=user)
    door.delete("User", [user])
    assert door.query(f"select user_id from Note where id is {note}")[0]["user_id"] is None
    assert count(door, "Timer") == 0


def test_a_location_that_holds_components_stays(door: Door) -> None:
    location = door.create("Location", name="studio.disk")["id"]
    component = door.create("FileComponent", name="main")["id"]
    held = door.create("ComponentLocation", component_id=component, location_id=location)["id"]
    with pytest.raises(ValidationError, match=r"The Location 'studio\.disk' cannot be deleted"):
        door.delete("Location", [location])
    door.delete("ComponentLocation", [held])
    door.delete("Location", [location])


def test_a_status_in_use_stays(door: Door) -> None:
    door.task(door.project())
    with pytest.raises(ValidationError, match="The Status 'Not Started' cannot be deleted while the Task"):
        door.delete("Status", [door.id("Status", "Not Started")])


def test_a_status_that_only_history_knows_can_go(door: Door) -> None:
    status = door.create("Status", name="Odd")["id"]
    task = door.task(door.project(), status_id=status)
    door.update("Task", [task], status_id=door.id("Status", "Approved"))
    door.delete("Status", [status])
    rows = door.query(f"select status_id from TypedContextStatusChange where parent_id is {task}")
    assert next(row["status_id"] for row in rows) is None


def test_deleting_a_parent_first_and_its_child_next_is_fine(door: Door) -> None:
    project = door.project()
    task = door.task(project)
    assert door.send(deletion("Project", [project]), deletion("Task", [task]))[1]["data"] is True


def test_what_is_not_there_cannot_be_deleted(door: Door) -> None:
    with pytest.raises(EntityNotFoundError):
        door.delete("Task", ["nowhere"])


def test_a_thumbnail_can_be_deleted_under_its_task(door: Door) -> None:
    component = door.create("FileComponent", name="thumbnail")["id"]
    task = door.task(door.project(), thumbnail_id=component)
    door.delete("Component", [component])
    assert door.query(f"select thumbnail_id from Task where id is {task}")[0]["thumbnail_id"] is None


def test_members_go_with_their_container(door: Door) -> None:
    container = door.create("SequenceComponent", name="plate", padding=4)["id"]
    frames = [door.create("FileComponent", name=str(frame))["id"] for frame in (1001, 1002)]
    door.update("SequenceComponent", [container], members=[reference("FileComponent", each) for each in frames])
    assert len(door.query(f"select id from FileComponent where container_id is {container}")) == 2
    door.delete("SequenceComponent", [container])
    assert count(door, "Component") == 0


def test_a_label_that_goes_gives_the_category_back(door: Door) -> None:
    note = door.create("Note", content="look")["id"]
    internal, client = door.id("NoteCategory", "Internal"), door.id("NoteCategory", "Client")
    for label in (internal, client):
        door.create("NoteLabelLink", note_id=note, label_id=label)
    assert door.query(f"select category_id from Note where id is {note}")[0]["category_id"] == client
    door.delete("NoteLabelLink", [note, client])
    assert door.query(f"select category_id from Note where id is {note}")[0]["category_id"] == internal
