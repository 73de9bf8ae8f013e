"""What a create fills in, repeats and refuses."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sandbox.api.door import Door, creation, deletion, reference

from ftrack_sandbox.errors import DuplicateEntryError, SandboxError, ValidationError


def test_the_client_chooses_the_id(door: Door) -> None:
    chosen = str(uuid.uuid4())
    response = door.send(
        {"action": "create", "entity_type": "Disk", "entity_key": [chosen], "entity_data": {"name": "raid"}}
    )
    assert response == [{"action": "create", "data": {"__entity_type__": "Disk", "id": chosen, "name": "raid"}}]


def test_the_server_chooses_an_id_where_the_client_does_not(door: Door) -> None:
    assert uuid.UUID(door.create("Disk", name="raid")["id"])


def test_what_nobody_set_is_not_in_the_response(door: Door) -> None:
    created = door.create("User", username="new")
    assert created["is_active"] is True
    assert "email" not in created


def test_dates_are_repeated_as_received_and_kept_in_utc(door: Door) -> None:
    sent = {"__type__": "datetime", "value": "2026-03-29T02:30:00.123456+02:00"}
    task = door.create("Task", name="anim", parent_id=door.project(), start_date=sent)
    assert task["start_date"] == sent
    [kept] = door.query(f"select start_date from Task where id is {task['id']}")
    assert kept["start_date"] == {"__type__": "datetime", "value": "2026-03-29T00:30:00"}


def test_a_day_is_its_first_moment(door: Door) -> None:
    sent = {"__type__": "date", "value": "2026-03-29"}
    task = door.create("Task", name="anim", parent_id=door.project(), start_date=sent)
    [kept] = door.query(f"select start_date from Task where id is {task['id']}")
    assert kept["start_date"] == {"__type__": "datetime", "value": "2026-03-29T00:00:00"}


@pytest.mark.parametrize("entity_type", ["AssetVersion", "Job", "List", "Note", "Timelog", "Timer"])
def test_who_sends_it_is_whose_it_is(door: Door, entity_type: str) -> None:
    project = door.project()
    needed: dict[str, dict[str, Any]] = {
        "AssetVersion": {"asset_id": door.create("Asset", name="a", context_id=project)["id"]},
        "List": {"project_id": project, "category_id": door.id("ListCategory", "Dailies")},
        "Timelog": {"context_id": project},
    }
    assert door.create(entity_type, **needed.get(entity_type, {}))["user_id"] == door.id("User", "admin")


@pytest.mark.parametrize("entity_type", ["ComponentLocation", "Membership", "Timer", "UserSecurityRole"])
def test_some_things_are_there_once(door: Door, entity_type: str) -> None:
    user = door.create("User", username="sculptor")["id"]
    data: dict[str, Any] = {
        "ComponentLocation": {
            "component_id": door.create("FileComponent", name="main")["id"],
            "location_id": door.id("Location", "ftrack.server"),
        },
        "Membership": {"user_id": user, "group_id": door.create("Group", name="Sculpture")["id"]},
        "Timer": {"user_id": user},
        "UserSecurityRole": {"user_id": user, "security_role_id": door.id("SecurityRole", "User")},
    }[entity_type]
    door.create(entity_type, **data)
    with pytest.raises(DuplicateEntryError):
        door.create(entity_type, **data)


def test_a_user_gets_a_name(door: Door) -> None:
    assert door.create("User", email="ada@example.com")["username"] == "ada@example.com"
    nameless = door.create("User")
    assert nameless["username"] == nameless["id"]
    with pytest.raises(DuplicateEntryError, match="a user called 'admin'"):
        door.create("User", username="admin")


def test_references_are_repeated_with_their_concrete_type(door: Door) -> None:
    project = door.project()
    task = door.create("Task", name="anim", parent=reference("Context", project))
    assert task["parent"] == reference("Project", project)


def test_a_sent_reference_shows_its_key_too(door: Door) -> None:
    editing = reference("Type", door.id("Type", "Editing"))
    made = door.create("Task", name="anim", parent=reference("Project", door.project()), type=editing)
    assert (made["type_id"], made["parent_id"]) == (made["type"]["id"], made["parent"]["id"])
    assert "priority_id" in made
    assert "priority" not in made


def test_a_task_begins_with_what_its_project_says(door: Door) -> None:
    door.clock.set(datetime(2026, 5, 4, 10, tzinfo=UTC), stopped=True)
    project = door.project()
    shot = door.create("Shot", name="010", parent_id=project)
    task = door.create("Task", name="comp", parent_id=shot["id"])
    assert task["project_id"] == project
    assert task["status_id"] == door.id("Status", "Not Started")
    assert task["type_id"] == door.id("Type", "Generic")
    assert task["priority_id"] == door.id("Priority", "None")
    assert (task["bid"], task["sort"], task["description"]) == (0, 0, "")
    assert task["created_at"] == {"__type__": "datetime", "value": "2026-05-04T10:00:00"}
    assert task["created_by_id"] == door.id("User", "admin")


def test_a_task_type_may_have_a_workflow_of_its_own(door: Door) -> None:
    editorial = door.id("Status", "In Progress")
    override = door.query("select workflow_schema_id, type_id from ProjectSchemaOverride")[0]
    door.delete("WorkflowSchemaStatus", [override["workflow_schema_id"], door.id("Status", "Not Started")])
    task = door.create("Task", name="edit", parent_id=door.project(), type_id=door.id("Type", "Editing"))
    assert task["status_id"] == editorial


def test_an_asset_build_begins_with_its_own_type(door: Door) -> None:
    build = door.create("AssetBuild", name="keeper", parent_id=door.project())
    assert build["type_id"] == door.id("Type", "Character")


def test_the_parent_may_be_given_as_the_project_alone(door: Door) -> None:
    project = door.project()
    assert door.create("Task", name="anim", project_id=project)["parent_id"] == project


def test_a_general_type_becomes_the_one_that_the_data_tells(door: Door) -> None:
    shot_type = door.id("ObjectType", "Shot")
    made = door.create("TypedContext", name="010", parent_id=door.project(), object_type_id=shot_type)
    assert door.query(f"select id from Context where id is {made['id']}")[0]["__entity_type__"] == "Shot"


@pytest.mark.parametrize(
    ("general", "data", "concrete"),
    [
        ("TypedContext", {"object_type_id": "ObjectType Shot", "name": "010", "parent_id": "project"}, "Shot"),
        ("Component", {"name": "main"}, "Component"),
        ("Component", {"name": "main", "system_type": "file"}, "FileComponent"),
        ("List", {"name": "dailies", "project_id": "project", "category_id": "ListCategory"}, "TypedContextList"),
        ("Resource", {"resource_type": "group", "name": "comp"}, "Group"),
    ],
)
def test_the_answer_is_of_the_type_that_was_sent(door: Door, general: str, data: dict[str, Any], concrete: str) -> None:
    """The official client would take any other for another entity, and lose its own."""
    category = door.create("ListCategory", name="Daily")["id"]
    known = {"project": door.project(), "ListCategory": category, "ObjectType Shot": door.id("ObjectType", "Shot")}
    made = door.create(general, **{name: known.get(value, value) for name, value in data.items()})
    assert made["__entity_type__"] == general
    key = made["id"]
    assert door.query(f"select id from {concrete} where id is {key}")[0]["__entity_type__"] == concrete
    assert door.update(general, [key], name="new")["__entity_type__"] == general


@pytest.mark.parametrize("general", ["Context", "TypedContext", "Resource", "CustomAttributeValue"])
def test_a_general_type_alone_cannot_be_created(door: Door, general: str) -> None:
    with pytest.raises(ValidationError):
        door.create(general, name="x")


def test_versions_are_numbered_by_their_asset(door: Door) -> None:
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    first, second = (door.create("Asset", name=name, context_id=shot)["id"] for name in ("plate", "comp"))
    numbers = [door.create("AssetVersion", asset_id=asset)["version"] for asset in (first, first, second, first)]
    assert numbers == [1, 2, 1, 3]
    assert door.create("AssetVersion", asset_id=second, version=9)["version"] == 9
    assert door.create("AssetVersion", asset_id=second)["version"] == 10


@pytest.mark.parametrize("number", [0, "0", None])
def test_version_0_is_the_next_one(door: Door, number: object) -> None:
    """AYON's publisher asks for the next version like this."""
    asset = door.create("Asset", name="plate", context_id=door.project())["id"]
    door.create("AssetVersion", asset_id=asset, version="7")
    made = door.create("AssetVersion", asset_id=asset, version=number)["id"]
    assert door.query(f"select version from AssetVersion where id is {made}")[0]["version"] == 8


@pytest.mark.parametrize("number", ["seven", "", "1e3", "0x1", "nan", "7.5", "9" * 30])
def test_a_version_number_is_a_whole_number(door: Door, number: str) -> None:
    asset = door.create("Asset", name="plate", context_id=door.project())["id"]
    with pytest.raises(ValidationError, match="version must be a whole number"):
        door.create("AssetVersion", asset_id=asset, version=number)


def test_a_version_begins_with_its_workflow_and_its_maker(door: Door) -> None:
    version = door.create("AssetVersion", asset_id=door.create("Asset", name="a", context_id=door.project())["id"])
    assert version["status_id"] == door.id("Status", "In Progress")
    assert version["user_id"] == door.id("User", "admin")
    assert version["is_published"] is True


@pytest.mark.parametrize(
    ("entity_type", "kind"),
    [("FileComponent", "file"), ("SequenceComponent", "sequence"), ("ContainerComponent", "container")],
)
def test_components_know_their_kind(door: Door, entity_type: str, kind: str) -> None:
    made = door.create(entity_type, name="main")
    assert (made["__entity_type__"], made["system_type"]) == (entity_type, kind)


def test_two_things_in_one_place_cannot_have_one_name(door: Door) -> None:
    project = door.project()
    door.task(project, "anim")
    with pytest.raises(DuplicateEntryError, match="'anim' below 'harbour'"):
        door.task(project, "anim")
    with pytest.raises(DuplicateEntryError, match="'harbour'"):
        door.project("harbour")


def test_locations_cannot_have_one_name(door: Door) -> None:
    # Clients find a location by its name.
    door.create("Location", name="studio.disk")
    with pytest.raises(DuplicateEntryError, match=r"already a location called 'studio\.disk'"):
        door.create("Location", name="studio.disk")
    assert len(door.query("select id from Location where name is studio.disk")) == 1


def test_an_id_is_given_once(door: Door) -> None:
    disk = door.create("Disk", name="raid")["id"]
    with pytest.raises(DuplicateEntryError, match=disk):
        door.create("Disk", id=disk, name="other")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("Nonsense", {}, "no entity type 'Nonsense'"),
    ("UserKey", {"user_id": "x", "key": "y"}, "no entity type 'UserKey'"),
    ("Task", {"nonsense": 1}, "Task has no attribute 'nonsense'"),
    ("Task", {"name": "x"}, "A new Task needs a parent"),
    ("Task", {"name": "x", "parent_id": "nowhere"}, "parent_id points to a Context that does not exist: 'nowhere'"),
    (
        "Task",
        {"name": "x", "parent": {"__entity_type__": "Task", "id": "no"}},
        "parent points to a Context that does not",
    ),
    ("Task", {"name": "x", "parent": "project"}, "parent must be a reference to a Context, not 'project'"),
    ("Task", {"name": {"deep": 1}}, "name must be a text"),
    ("Task", {"bid": "long"}, "bid must be a number, not 'long'"),
    ("Task", {"link": []}, "link is computed by the server"),
    ("Task", {"notes": "none"}, "must be an array of references to Note"),
    ("Task", {"ancestors": []}, "ancestors is computed by the server"),
    ("Task", {"start_date": "tomorrow"}, "start_date must be a date"),
    ("Project", {"name": "", "full_name": "x"}, "A new Project needs a name"),
    ("Project", {"name": "x"}, "A new Project needs project_schema_id"),
    ("Job", {"status": "sleeping"}, "status must be one of queued, running, done, failed"),
    ("StatusChange", {}, "cannot be created"),
    ("TypedContextStatusChange", {}, "written by the server"),
    ("Asset", {"name": "x"}, "A new Asset needs a parent"),
    ("AssetVersion", {}, "A new AssetVersion needs an asset"),
    ("ReviewSessionInvitee", {"name": "x", "email": "y"}, "needs review_session_id"),
    ("ComponentLocation", {}, "needs component_id"),
]


@pytest.mark.parametrize(("entity_type", "data", "message"), WRONG)
def test_what_is_wrong_is_named(door: Door, entity_type: str, data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        door.create(entity_type, **data)


def test_a_type_cannot_pretend_to_be_another(door: Door) -> None:
    with pytest.raises(ValidationError, match="object_type_id of a Task is"):
        door.create("Task", name="x", parent_id=door.project(), object_type_id=door.id("ObjectType", "Shot"))


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_data_must_be_an_object(door: Door, data: Any) -> None:
    with pytest.raises(SandboxError):
        door.send({"action": "create", "entity_type": "Disk", "entity_data": data})


@pytest.mark.parametrize("key", [[], ["a", "b"], [None], [True], [{}], {"id": "a"}])
def test_a_key_must_fit(door: Door, key: Any) -> None:
    with pytest.raises(ValidationError):
        door.send({"action": "create", "entity_type": "Disk", "entity_key": key, "entity_data": {"name": "x"}})


def test_what_was_deleted_in_a_batch_can_be_made_again(door: Door) -> None:
    disk = door.create("Disk", name="raid")["id"]
    door.send(deletion("Disk", [disk]), creation("Disk", id=disk, name="new"))
    assert door.query(f"select name from Disk where id is {disk}")[0]["name"] == "new"
