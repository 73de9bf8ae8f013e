"""What each role may do, and what a private project hides."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from tests.sandbox.api.door import Door, reference

from ftrack_sandbox.errors import InvalidCredentialsError, PermissionDeniedError, SandboxError


@pytest.fixture
def artist(door: Door) -> Door:
    return door.sign_in("ines.marques")


@pytest.fixture
def manager(door: Door) -> Door:
    return door.sign_in("nadia.okoro")


@pytest.fixture
def stranger(door: Door) -> Door:
    door.create("User", username="stranger")
    return door.sign_in("stranger")


SIMPLE: list[tuple[str, dict[str, Any]]] = [
    ("Status", {"name": "Odd"}),
    ("Type", {"name": "Odd"}),
    ("ObjectType", {"name": "Odd", "sort": 1, "icon": "x"}),
    ("WorkflowSchema", {"name": "Odd"}),
    ("TaskTypeSchema", {"name": "Odd"}),
    ("ProjectSchema", {"name": "Odd"}),
    ("ListCategory", {"name": "Odd"}),
    ("NoteCategory", {"name": "Odd"}),
    ("Location", {"name": "odd"}),
    ("User", {"username": "odd"}),
    ("Group", {"name": "Odd"}),
    ("SecurityRole", {"name": "Odd"}),
]


@pytest.mark.parametrize(("entity_type", "data"), SIMPLE)
def test_only_administrators_administer(door: Door, manager: Door, entity_type: str, data: dict[str, Any]) -> None:
    with pytest.raises(PermissionDeniedError, match="only an administrator"):
        manager.create(entity_type, **data)
    chosen = str(uuid.uuid4())
    assert door.create(entity_type, id=chosen, **data)["id"] == chosen
    with pytest.raises(PermissionDeniedError):
        manager.update(entity_type, [chosen], **data)
    with pytest.raises(PermissionDeniedError):
        manager.delete(entity_type, [chosen])
    name, value = next(iter(data.items()))
    assert door.update(entity_type, [chosen], **{name: f"{value} again"})[name] == f"{value} again"
    door.delete(entity_type, [chosen])


LINKS: list[tuple[str, dict[str, str]]] = [
    ("WorkflowSchemaStatus", {"workflow_schema_id": "WorkflowSchema", "status_id": "Status"}),
    ("TaskTypeSchemaType", {"task_type_schema_id": "TaskTypeSchema", "type_id": "Type"}),
    ("ProjectSchemaObjectType", {"object_type_id": "ObjectType", "project_schema_id": "ProjectSchema"}),
    ("Schema", {"project_schema_id": "ProjectSchema", "type_id": "ObjectType"}),
    ("SchemaStatus", {"status_id": "Status", "schema_id": "Schema"}),
    ("SchemaType", {"type_id": "Type", "schema_id": "Schema"}),
    ("ProjectSchemaOverride", {"project_schema_id": "ProjectSchema", "type_id": "Type"}),
    ("Membership", {"group_id": "Group", "user_id": "User"}),
    ("UserSecurityRole", {"user_id": "User", "security_role_id": "SecurityRole"}),
]


@pytest.mark.parametrize(("entity_type", "data"), LINKS)
def test_links_are_administration_too(door: Door, manager: Door, entity_type: str, data: dict[str, str]) -> None:
    made = {name: each["id"] for name, each in ((name, door.create(name, **needs)) for name, needs in SIMPLE)}
    made["Schema"] = door.create("Schema", project_schema_id=made["ProjectSchema"], type_id=made["ObjectType"])["id"]
    ids = {column: made[target] for column, target in data.items()}
    with pytest.raises(PermissionDeniedError, match="only an administrator"):
        manager.create(entity_type, **ids)
    created = door.create(entity_type, **ids)
    key = [created["id"]] if "id" in created else list(ids.values())
    with pytest.raises(PermissionDeniedError):
        manager.delete(entity_type, key)
    door.delete(entity_type, key)


def test_membership_in_a_workflow_is_administration_too(door: Door, manager: Door) -> None:
    workflow = door.id("WorkflowSchema", "VFX Scheme tasks")
    with pytest.raises(PermissionDeniedError):
        manager.update("WorkflowSchema", [workflow], statuses=[])


def test_custom_attributes_are_administration(door: Door, manager: Door) -> None:
    kind = door.id("CustomAttributeType", "text")
    data = {"key": "grain", "type_id": kind, "entity_type": "show"}
    with pytest.raises(PermissionDeniedError, match="only an administrator"):
        manager.create("CustomAttributeConfiguration", **data)
    chosen = str(uuid.uuid4())
    assert door.create("CustomAttributeConfiguration", id=chosen, **data)["id"] == chosen


def test_a_project_manager_makes_projects_and_an_artist_does_not(door: Door, manager: Door, artist: Door) -> None:
    project = manager.project()
    manager.update("Project", [project], full_name="New name")
    with pytest.raises(PermissionDeniedError, match="only a project manager"):
        artist.project("other")
    with pytest.raises(PermissionDeniedError):
        artist.delete("Project", [project])
    manager.delete("Project", [project])


def test_an_artist_works_in_open_projects(door: Door, artist: Door) -> None:
    project = door.project()
    task = artist.task(project)
    artist.update("Task", [task], description="mine")
    version = artist.version(project)
    artist.create("Note", content="look", parent_id=version)
    artist.delete("Task", [task])


def test_without_a_role_one_only_looks(door: Door, stranger: Door) -> None:
    project = door.project()
    assert stranger.query(f"select name from Project where id is {project}")
    with pytest.raises(PermissionDeniedError, match="none of the user's roles"):
        stranger.task(project)
    stranger.create("Job", status="running")
    stranger.create("Timer")


def test_a_private_project_is_hidden_until_a_role_counts_in_it(door: Door, artist: Door) -> None:
    project = door.project(is_private=True)
    task = door.task(project)
    assert artist.query(f"select name from Project where id is {project}") == []
    assert artist.query(f"select name from TypedContext where id is {task}") == []
    with pytest.raises(PermissionDeniedError):
        artist.update("Task", [task], description="mine")
    role = door.query('select id from UserSecurityRole where user.username is "ines.marques"')[0]["id"]
    door.create("UserSecurityRoleProject", user_security_role_id=role, project_id=project)
    assert artist.query(f"select name from TypedContext where id is {task}")
    artist.update("Task", [task], description="mine")


def test_who_makes_a_private_project_keeps_it(door: Door, manager: Door) -> None:
    project = manager.project(is_private=True)
    assert manager.query(f"select name from Project where id is {project}")
    manager.task(project)


def test_nobody_moves_a_task_into_a_project_out_of_reach(door: Door, artist: Door) -> None:
    task = door.task(door.project("open"))
    hidden = door.project("hidden", is_private=True)
    with pytest.raises(PermissionDeniedError):
        artist.update("Task", [task], parent_id=hidden)


def test_nobody_fills_a_list_of_a_project_out_of_reach(door: Door, artist: Door) -> None:
    category = door.id("ListCategory", "Dailies")
    hidden = door.project("hidden", is_private=True)
    theirs = door.create("TypedContextList", name="dailies", project_id=hidden, category_id=category)["id"]
    task = door.task(door.project("open"))
    listed: list[dict[str, Any]] = [reference("TypedContextList", theirs)]
    with pytest.raises(PermissionDeniedError, match="ListObject"):
        artist.update("Task", [task], lists=listed)
    door.update("Task", [task], lists=listed)
    with pytest.raises(PermissionDeniedError, match="ListObject"):
        artist.update("Task", [task], lists=[])


def test_a_collection_takes_and_leaves_only_what_the_user_may_change(door: Door, artist: Door) -> None:
    me = door.id("User", "ines.marques")
    group = door.create("Group", name="Sculpture")["id"]
    door.create("Membership", group_id=group, user_id=me)
    with pytest.raises(PermissionDeniedError, match="Membership"):
        artist.update("User", [me], memberships=[])
    assert door.query("select id from Membership where group.name is Sculpture")


def test_users_change_themselves_a_little(door: Door, artist: Door) -> None:
    me, other = door.id("User", "ines.marques"), door.id("User", "kofi.badu")
    artist.update("User", [me], email="ines@example.com", first_name="Inês")
    for user, data in ((other, {"email": "x@example.com"}), (me, {"is_active": False})):
        with pytest.raises(PermissionDeniedError):
            artist.update("User", [user], **data)


def test_jobs_and_timers_of_others_are_left_alone(door: Door, artist: Door, manager: Door) -> None:
    job = door.create("Job", status="running")["id"]
    with pytest.raises(PermissionDeniedError, match="another user's"):
        artist.update("Job", [job], status="failed")
    with pytest.raises(PermissionDeniedError):
        artist.create("Timer", user_id=door.id("User", "kofi.badu"))
    manager.update("Job", [job], status="failed")


def test_connect_asks_what_one_may_do(door: Door) -> None:
    mine, other = door.project(), door.project("attic")
    role = door.create(
        "UserSecurityRole",
        user_id=door.create("User", username="guest")["id"],
        security_role_id=door.id("SecurityRole", "User"),
    )
    door.create("UserSecurityRoleProject", user_security_role_id=role["id"], project_id=mine)
    guest = door.sign_in("guest")

    def may(asking: Door, action: str, context: str | None = None, **data: Any) -> bool:
        named = {} if context is None else {"context": {"entity_type": "Project", "entity_key": context}}
        [answer] = asking.send({"action": "_authorize_operation", "data": {"action": action, "data": data, **named}})
        return bool(answer["result"])

    assert may(door, "create", entity_type="Project")
    assert not may(guest, "create", entity_type="Project")
    assert may(guest, "create", mine, entity_type="ReviewSession")
    assert not may(guest, "create", other, entity_type="ReviewSession")
    assert may(guest, "create", mine, entity_type="Task")
    assert not may(guest, "create", other, entity_type="Task")
    task = door.task(other)
    assert not may(guest, "update", entity_type="Task", entity_key=[task])
    assert may(door, "delete", entity_type="Task", entity_key=[task])
    assert not may(guest, "create", entity_type="Status")
    with pytest.raises(SandboxError):
        guest.send({"action": "_authorize_operation", "data": "create"})


def test_an_inactive_user_is_refused(door: Door, artist: Door) -> None:
    door.update("User", [door.id("User", "ines.marques")], is_active=False)
    with pytest.raises(InvalidCredentialsError):
        artist.query("select id from Task")


@pytest.mark.parametrize(
    ("user", "key"), [("admin", "wrong"), ("nobody", "key"), ("", ""), ("kofi.badu", "key"), ("admin", "ключ")]
)
def test_wrong_credentials_are_refused(door: Door, user: str, key: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        door.api.authenticate(user, key)


def test_right_credentials_name_the_user(door: Door) -> None:
    assert door.api.authenticate("admin", "key").username == "admin"


def test_a_custom_attribute_may_be_for_some_roles_only(door: Door, artist: Door) -> None:
    shot = door.create("Shot", name="010", parent_id=door.project())["id"]
    frames = door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"]
    artist.update("ContextCustomAttributeValue", [frames, shot], value=1002)
    manager_role = {"__entity_type__": "SecurityRole", "id": door.id("SecurityRole", "Project Manager")}
    door.update("CustomAttributeConfiguration", [frames], write_security_roles=[manager_role])
    with pytest.raises(PermissionDeniedError, match="custom attribute 'fstart'"):
        artist.update("ContextCustomAttributeValue", [frames, shot], value=1003)
    door.sign_in("nadia.okoro").update("ContextCustomAttributeValue", [frames, shot], value=1003)
