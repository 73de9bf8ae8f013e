"""The event ftrack.update tells of what a batch changed, in ftrack's own vocabulary."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.api.door import Door, change, creation, deletion, reference

from ftrack_sandbox.api import Api
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.updating import update


def told(door: Door) -> list[dict[str, Any]]:
    """Return the entities of the last event."""
    entities: list[dict[str, Any]] = door.events[-1]["data"]["entities"]
    return entities


def only(door: Door) -> dict[str, Any]:
    [entity] = told(door)
    return entity


def test_a_changed_status_is_told_with_its_old_and_new_value(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    task = door.task(shot)
    old, new = door.id("Status", "Not Started"), door.id("Status", "Approved")
    door.update("Task", [task], status_id=new)
    assert only(door) == {
        "entityId": task,
        "entityType": "task",
        "entity_type": "Task",
        "action": "update",
        "keys": ["statusid"],
        "changes": {"statusid": {"old": old, "new": new}},
        "parentId": shot,
        "objectTypeId": door.id("ObjectType", "Task"),
        "parents": [
            {"entityId": task, "entityType": "task", "entity_type": "Task", "parentId": shot},
            {"entityId": shot, "entityType": "task", "entity_type": "Shot", "parentId": project},
            {"entityId": project, "entityType": "show", "entity_type": "Project", "parentId": None},
        ],
    }


def test_the_event_says_who_and_has_nothing_that_the_client_does_not_know(door: Door) -> None:
    door.project()
    event = door.events[-1]
    admin = door.id("User", "admin")
    assert event["topic"] == "ftrack.update"
    assert event["data"]["user"] == {"userid": admin, "name": "admin"}
    assert event["data"]["clientToken"] == "client-1"
    assert event["source"]["user"] == {"id": admin, "username": "admin"}
    assert set(event) == {"id", "topic", "data", "source", "target", "sent", "inReplyToEvent"}


def test_a_new_task_is_told_with_all_its_columns(door: Door) -> None:
    task = door.task(door.project())
    added = only(door)
    assert added["action"] == "add"
    changes = added["changes"]
    assert {each["old"] for each in changes.values()} == {None}
    for column, value in {
        "id": task,
        "taskid": task,
        "name": "anim",
        "isopen": True,
        "isrequirecomment": False,
    }.items():
        assert changes[column]["new"] == value
    assert {"showid", "typeid", "priorityid", "thumbid", "object_typeid", "startdate", "parent_id"} <= set(changes)
    assert added["keys"] == list(changes)


def test_a_removed_task_is_told_with_where_it_was(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    task = door.task(shot)
    door.delete("Project", [project])
    removed = {each["entityId"]: each for each in told(door)}
    assert set(removed) == {project, shot, task}
    assert {each["action"] for each in removed.values()} == {"remove"}
    assert removed[task]["changes"]["name"] == {"old": "anim", "new": None}
    assert [each["entityId"] for each in removed[task]["parents"]] == [task, shot, project]


def test_moving_is_an_action_of_its_own(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    task = door.task(project)
    door.update("Task", [task], parent_id=shot)
    assert only(door)["action"] == "move"
    assert only(door)["changes"] == {"parent_id": {"old": project, "new": shot}}


def test_a_batch_is_one_event_of_what_is_different_at_its_end(door: Door) -> None:
    project = door.project()
    task = door.task(project)
    door.send(
        change("Task", [task], name="other"),
        change("Task", [task], name="anim", bid=3600),
        creation("Task", id="short-lived", name="x", parent_id=project),
        deletion("Task", ["short-lived"]),
        change("Task", [task], description=""),
    )
    assert only(door)["changes"] == {"bid": {"old": 0, "new": 3600}}
    count = len(door.events)
    door.update("Task", [task], bid=3600)
    door.query("select id from Task")
    assert len(door.events) == count


def test_a_custom_attribute_is_a_change_of_its_owner_in_words(door: Door) -> None:
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    frames = door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"]
    door.update("ContextCustomAttributeValue", [frames, shot], value=1042)
    assert only(door)["entityId"] == shot
    assert only(door)["action"] == "update"
    assert only(door)["changes"] == {"fstart": {"old": "1001", "new": "1042"}}
    door.send(
        change("Shot", [shot], description="x"), change("ContextCustomAttributeValue", [frames, shot], value=1001)
    )
    assert only(door)["keys"] == ["description", "fstart"]


def test_a_version_hangs_on_its_asset_and_its_shot(door: Door) -> None:
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)["id"]
    version = door.version(shot)
    added = only(door)
    assert (added["entityType"], added["changes"]["versionid"]["new"]) == ("assetversion", version)
    assert [each["entityType"] for each in added["parents"]] == ["assetversion", "asset", "task", "show"]
    assert set(door.events[-1]["data"]["parents"]) == {each["entityId"] for each in added["parents"]}


LEGACY_TABLES: list[tuple[str, dict[str, Any], str]] = [
    ("Status", {"name": "Odd"}, "taskstatus"),
    ("FileComponent", {"name": "main"}, "component"),
    ("SequenceComponent", {"name": "plate", "padding": 4}, "component"),
    ("User", {"username": "new"}, "user"),
    ("Job", {}, "job"),
    ("Note", {"content": "x"}, "note"),
    ("NoteLabel", {"name": "x"}, "notecategory"),
    ("Timer", {}, "timer"),
    ("Timelog", {"context_id": "project"}, "timelog"),
    ("Appointment", {"context_id": "project", "resource_id": "user", "type": "assignment"}, "appointment"),
    ("AssetVersionList", {"name": "D", "project_id": "project", "category_id": "category"}, "list"),
    ("ReviewSession", {"name": "R", "project_id": "project"}, "reviewsession"),
    ("UserSecurityRole", {"user_id": "user", "security_role_id": "role"}, "auth_userrole"),
]


@pytest.mark.parametrize(("entity_type", "data", "expected"), LEGACY_TABLES)
def test_types_go_by_their_legacy_tables(door: Door, entity_type: str, data: dict[str, Any], expected: str) -> None:
    ids = {
        "project": door.project(),
        "user": door.create("User", username="sculptor")["id"],
        "category": door.id("ListCategory", "Dailies"),
        "role": door.id("SecurityRole", "User"),
    }
    created = door.create(entity_type, **{name: ids.get(value, value) for name, value in data.items()})
    names = {each["entityId"]: each["entityType"] for each in told(door)}
    assert names[created["id"]] == expected


def test_a_date_is_told_as_answers_have_it(door: Door) -> None:
    task = door.task(door.project())
    door.update("Task", [task], start_date={"__type__": "datetime", "value": "2026-01-01T10:00:00+02:00"})
    assert only(door)["changes"] == {"startdate": {"old": None, "new": "2026-01-01T08:00:00"}}


def test_links_are_told_where_clients_see_them(door: Door) -> None:
    project = door.project()
    task = door.task(project)
    scope = door.create("Scope", name="night")["id"]
    events = len(door.events)
    door.update("Task", [task], scopes=[reference("Scope", scope)])
    assert len(door.events) == events
    dailies = door.create(
        "AssetVersionList", name="D", project_id=project, category_id=door.id("ListCategory", "Dailies")
    )["id"]
    door.update("AssetVersionList", [dailies], items=[reference("AssetVersion", door.version(project))])
    assert (only(door)["entityType"], only(door)["action"]) == ("listobject", "add")


def test_what_is_shown_in_a_review_hangs_on_its_session(door: Door) -> None:
    project = door.project()
    review = door.create("ReviewSession", name="R", project_id=project)["id"]
    shown = door.create("ReviewSessionObject", review_session_id=review, version_id=door.version(project))["id"]
    told_of = {each["entityId"]: each for each in told(door)}[shown]
    assert [each["entityType"] for each in told_of["parents"]] == ["reviewsessionobject", "reviewsession", "show"]


def test_keys_never_leave_the_server(door: Door) -> None:
    count = len(door.events)
    door.sign_in("ines.marques")
    assert len(door.events) == count


def test_the_servers_own_work_is_told_in_the_users_name(door: Door) -> None:
    artist = door.id("User", "ines.marques")
    task = door.task(door.project())

    def work(call: Call) -> None:
        update(call, "Task", task, {"description": "encoded"})

    api: Api = door.api
    [event] = api.act(artist, work).events
    assert event["data"]["user"]["userid"] == artist
    assert event["data"]["clientToken"] is None
