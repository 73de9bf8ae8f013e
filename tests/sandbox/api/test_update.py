"""What an update changes, repeats and refuses."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.api.door import Door, creation, reference

from ftrack_sandbox.errors import DuplicateEntryError, EntityNotFoundError, ValidationError


def members(entity: dict[str, Any], collection: str) -> set[str]:
    return {each["id"] for each in entity[collection]}


def test_the_response_has_the_change_and_the_references_that_show_it(door: Door) -> None:
    task = door.task(door.project())
    approved = door.id("Status", "Approved")
    changed = door.update("Task", [task], status_id=approved)
    assert changed["status_id"] == approved
    assert changed["status"] == reference("Status", approved)
    assert door.update("Task", [task], status=reference("Status", approved))["status_id"] == approved


def test_a_bare_key_is_enough(door: Door) -> None:
    task = door.task(door.project())
    assert door.update("Task", task, description="x")["description"] == "x"
    assert door.update("Context", [task], name="renamed")["name"] == "renamed"


def test_every_change_of_status_is_recorded_with_its_time_and_user(door: Door) -> None:
    task = door.task(door.project())
    first, last = door.id("Status", "Not Started"), door.id("Status", "Approved")
    door.update("Task", [task], status_id=last)
    door.update("Task", [task], status_id=last)
    rows = door.query(
        "select from_status_id, status_id, user.username, parent.name from TypedContextStatusChange "
        f"where parent_id is {task}"
    )
    assert [(row["from_status_id"], row["status_id"]) for row in rows] == [(None, first), (first, last)]
    assert rows[1]["user"]["username"] == "admin"
    assert rows[1]["parent"]["name"] == "anim"


def test_the_status_of_a_version_is_recorded_too(door: Door) -> None:
    version = door.version(door.project())
    review = door.id("Status", "Pending Internal Review")
    door.update("AssetVersion", [version], status_id=review)
    rows = door.query(
        f"select from_status.name, status.name from AssetVersionStatusChange where parent_id is {version}"
    )
    assert [row["status"]["name"] for row in rows] == ["In Progress", "Pending Internal Review"]


def test_what_has_no_status_of_its_own_records_none(door: Door) -> None:
    sequence = door.create("Sequence", name="010", parent_id=door.project())["id"]
    assert door.query(f"select id from StatusChange where parent_id is {sequence}") == []


def test_a_status_outside_the_workflow_is_accepted(door: Door) -> None:
    task = door.task(door.project(), type_id=door.id("Type", "Editing"))
    cut = door.id("Status", "Cut")
    assert door.update("Task", [task], status_id=cut)["status_id"] == cut


def test_moving_takes_everything_below_along_into_the_new_project(door: Door) -> None:
    old, new = door.project("old"), door.project("new")
    shot = door.create("Shot", name="010", parent_id=old)["id"]
    task = door.task(shot)
    assert door.update("Shot", [shot], parent_id=new)["project_id"] == new
    assert door.query(f"select project.name from Task where id is {task}")[0]["project"]["name"] == "new"


def test_nothing_moves_below_itself_or_out_of_its_project(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    task = door.task(shot)
    with pytest.raises(ValidationError, match="below itself"):
        door.update("Shot", [shot], parent_id=task)
    with pytest.raises(ValidationError, match="without a parent"):
        door.update("Shot", [shot], parent_id=None)
    with pytest.raises(ValidationError, match="set the parent"):
        door.update("Shot", [shot], project_id=door.project("other"))
    with pytest.raises(ValidationError, match="no parent"):
        door.update("Project", [project], parent_id=door.project("third"))


def test_moving_and_renaming_keep_names_apart(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    door.task(shot, "anim")
    other = door.task(project, "anim")
    with pytest.raises(DuplicateEntryError):
        door.update("Task", [other], parent_id=shot)
    door.update("Task", [other], parent_id=shot, name="comp")
    with pytest.raises(DuplicateEntryError):
        door.update("Task", [other], name="anim")


def test_what_is_immutable_stays(door: Door) -> None:
    task = door.task(door.project())
    with pytest.raises(ValidationError, match=r"Task\.object_type_id cannot be changed"):
        door.update("Task", [task], object_type_id=door.id("ObjectType", "Shot"))
    door.update("Task", [task], object_type_id=door.id("ObjectType", "Task"))


def test_what_is_required_cannot_be_taken_away(door: Door) -> None:
    task = door.task(door.project())
    with pytest.raises(ValidationError, match="A Task cannot be without status_id"):
        door.update("Task", [task], status_id=None)


def test_what_is_not_there_cannot_be_changed(door: Door) -> None:
    with pytest.raises(EntityNotFoundError, match="There is no Task nowhere"):
        door.update("Task", ["nowhere"], name="x")
    with pytest.raises(EntityNotFoundError, match="There is no Shot"):
        door.update("Shot", [door.task(door.project())], name="x")


def test_a_list_is_its_complete_membership(door: Door) -> None:
    project = door.project()
    versions = [door.version(project) for _ in range(3)]
    dailies = door.create(
        "AssetVersionList",
        name="Dailies",
        project_id=project,
        category_id=door.id("ListCategory", "Dailies"),
        items=[reference("AssetVersion", each) for each in versions[:2]],
    )
    assert members(dailies, "items") == set(versions[:2])
    changed = door.update(
        "AssetVersionList", [dailies["id"]], items=[reference("AssetVersion", each) for each in versions[1:]]
    )
    assert members(changed, "items") == set(versions[1:])
    rows = door.query(f"select entity_id from ListObject where list_id is {dailies['id']}")
    assert {row["entity_id"] for row in rows} == set(versions[1:])
    door.update("AssetVersion", [versions[1]], lists=[])
    rows = door.query(f"select entity_id from ListObject where list_id is {dailies['id']}")
    assert [row["entity_id"] for row in rows] == [versions[2]]


def test_a_list_holds_an_item_once_and_only_what_it_is_for(door: Door) -> None:
    project = door.project()
    version = door.version(project)
    category = door.id("ListCategory", "Dailies")
    dailies = door.create("AssetVersionList", name="D", project_id=project, category_id=category)["id"]
    door.create("ListObject", list_id=dailies, entity_id=version)
    with pytest.raises(DuplicateEntryError):
        door.create("ListObject", list_id=dailies, entity_id=version)
    with pytest.raises(ValidationError, match="holds AssetVersions"):
        door.create("ListObject", list_id=dailies, entity_id=door.task(project))


def test_assignments_left_out_are_deleted(door: Door) -> None:
    task = door.task(door.project())
    made = [
        door.create("Appointment", context_id=task, resource_id=door.id("User", name), type="assignment")["id"]
        for name in ("ines.marques", "kofi.badu")
    ]
    allocation = door.create(
        "Appointment", context_id=task, resource_id=door.id("User", "kofi.badu"), type="allocation"
    )
    door.update("Task", [task], assignments=[reference("Appointment", made[0])])
    left = door.query(f"select id from Appointment where context_id is {task}")
    assert {row["id"] for row in left} == {made[0], allocation["id"]}


def test_notes_left_out_are_let_go(door: Door) -> None:
    task = door.task(door.project())
    notes = [door.create("Note", content=text)["id"] for text in ("one", "two")]
    door.update("Task", [task], notes=[reference("Note", each) for each in notes])
    door.update("Task", [task], notes=[reference("Note", notes[1])])
    rows = {row["id"]: row["parent_id"] for row in door.query("select parent_id, parent_type from Note")}
    assert rows == {notes[0]: None, notes[1]: task}


def test_the_author_stays_when_all_recipients_are_named_anew(door: Door) -> None:
    author, reader, other = (door.id("User", name) for name in ("admin", "kofi.badu", "ines.marques"))
    note = door.create("Note", content="look", parent_id=door.project(), user_id=author)["id"]
    for user in (reader, other):
        door.create("Recipient", note_id=note, resource_id=user)
    named = {"__entity_type__": "Recipient", "note_id": note, "resource_id": reader}
    answer = door.update("Note", [note], recipients=[named])
    assert {each["resource_id"] for each in answer["recipients"]} == {reader, author}
    found = door.query(f"select resource_id from Recipient where note_id is {note}")
    assert {each["resource_id"] for each in found} == {reader, author}
    door.delete("Recipient", [note, author])
    assert len(door.query(f"Recipient where note_id is {note}")) == 1


def test_a_member_has_to_exist(door: Door) -> None:
    task = door.task(door.project())
    with pytest.raises(ValidationError, match=r"Task\.notes points to a Note that does not exist"):
        door.update("Task", [task], notes=[reference("Note", "nowhere")])


def test_an_entity_may_be_referred_to_before_it_is_finished(door: Door) -> None:
    task = door.task(door.project())
    door.send(
        creation("Note", id="n1", content="look"),
        {
            "action": "update",
            "entity_type": "Task",
            "entity_key": [task],
            "entity_data": {"notes": [reference("Note", "n1")]},
        },
    )
    assert door.query("select parent_type from Note where id is n1")[0]["parent_type"] == "Task"


def test_the_end_of_a_job_is_dated(door: Door) -> None:
    job = door.create("Job", status="running")["id"]
    assert door.update("Job", [job], status="done")["finished_at"]["__type__"] == "datetime"


def test_both_names_of_all_projects_stay_the_same(door: Door) -> None:
    role = door.create(
        "UserSecurityRole",
        user_id=door.create("User", username="x")["id"],
        security_role_id=door.id("SecurityRole", "User"),
    )
    assert role["is_all_projects"] is False
    assert door.update("UserSecurityRole", [role["id"]], is_all_projects=True)["is_all_open_projects"] is True
