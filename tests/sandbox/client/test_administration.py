"""An administrator sets up a studio with the official client, with ids of its own choice."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from ftrack_sandbox.testing import SandboxServer


def new(prefix: str) -> str:
    return f"{prefix} {uuid.uuid4().hex[:6]}"


def names(entities: Any) -> list[str]:
    return [each["name"] for each in entities]


def test_what_is_linked_shows_at_once(session: Any, another: Any) -> None:
    states = session.query("State").all()
    waiting, done = (
        session.create("Status", {"name": new(word), "state": states[0], "color": "#123456"})
        for word in ("Wait", "Done")
    )
    carving = session.create("Type", {"name": new("Carving")})
    workflow = session.create("WorkflowSchema", {"name": new("Carvers")})
    workflow["statuses"].append(waiting)
    workflow["statuses"].append(done)
    versions = session.create("WorkflowSchema", {"name": new("Carvings"), "statuses": [done]})
    types = session.create("TaskTypeSchema", {"name": new("Carver types"), "types": [carving]})
    schema = session.create(
        "ProjectSchema",
        {
            "name": new("Carving"),
            "task_workflow_schema": workflow,
            "asset_version_workflow_schema": versions,
            "task_type_schema": types,
        },
    )
    shot_type = session.query('ObjectType where name is "Shot"').one()
    schema["object_types"].append(shot_type)
    shots = session.create("Schema", {"project_schema_id": schema["id"], "type_id": shot_type["id"]})
    session.create("SchemaStatus", {"schema_id": shots["id"], "status_id": done["id"]})
    session.create("SchemaType", {"schema_id": shots["id"], "type_id": carving["id"]})
    other = session.create("WorkflowSchema", {"name": new("Fast"), "statuses": [waiting]})
    session.create(
        "ProjectSchemaOverride",
        {"project_schema_id": schema["id"], "type_id": carving["id"], "workflow_schema_id": other["id"]},
    )
    session.commit()

    found = another.get("ProjectSchema", schema["id"])
    assert names(found.get_statuses("Task")) == names([waiting, done])
    assert names(found.get_statuses("Task", carving["id"])) == names([waiting])
    assert names(found.get_statuses("AssetVersion")) == names([done])
    assert names(found.get_statuses("Shot")) == names([done])
    assert names(found.get_types("Task")) == names([carving])
    assert names(found.get_types("Shot")) == names([carving])
    assert names(found["object_types"]) == ["Shot"]
    assert found["_task_workflow"]["id"] == workflow["id"]

    workflow["statuses"].remove(waiting)
    session.commit()
    rows = another.query(
        f"select status_id from WorkflowSchemaStatus where workflow_schema_id is {workflow['id']}"
    ).all()
    assert [row["status_id"] for row in rows] == [done["id"]]


def test_ids_are_the_clients_choice(session: Any, another: Any) -> None:
    chosen = str(uuid.uuid4())
    session.create("Status", {"id": chosen, "name": new("Chosen")})
    session.commit()
    assert another.get("Status", chosen)["is_active"] is True


def test_people_groups_and_roles(session: Any, another: Any) -> None:
    role = session.query('SecurityRole where name is "User"').one()
    user = session.create("User", {"username": new("sculptor"), "email": "sculptor@example.com"})
    group = session.create("Group", {"name": new("Sculpture"), "local": True})
    session.create("Membership", {"user": user, "group": group})
    session.create("UserSecurityRole", {"user": user, "security_role": role, "is_all_open_projects": True})
    session.commit()
    found = another.query(
        f"select memberships.group.name, user_security_roles.security_role.name from User where id is {user['id']}"
    ).one()
    assert found["memberships"][0]["group"]["name"] == group["name"]
    assert found["user_security_roles"][0]["security_role"]["name"] == "User"


def test_a_new_user_signs_in_with_the_key_it_is_given(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    user = session.create("User", {"username": new("guest"), "email": "guest@example.com"})
    session.commit()
    user.send_invite()
    key = user.reset_api_key()
    with ftrack_sandbox_session.session(api_user=user["username"], api_key=key) as guest:
        assert guest.query("Project").first() is not None
        guest.create("Status", {"name": "Mine"})
        with pytest.raises(Exception, match=r"PermissionError.*only an administrator"):
            guest.commit()


def test_a_custom_attribute_works_as_soon_as_it_is_there(session: Any, another: Any, project: Any) -> None:
    kind = session.query('CustomAttributeType where name is "text"').one()
    task_type = session.query('ObjectType where name is "Task"').one()
    group = session.create("CustomAttributeGroup", {"name": new("Carving")})
    key = f"grain_{uuid.uuid4().hex[:6]}"
    session.create(
        "CustomAttributeConfiguration",
        {
            "key": key,
            "label": "Grain",
            "type": kind,
            "entity_type": "task",
            "object_type_id": task_type["id"],
            "default": "fine",
            "config": "{}",
            "group": group,
            "write_security_roles": session.query("SecurityRole").all(),
            "read_security_roles": session.query("SecurityRole").all(),
        },
    )
    session.commit()
    task = another.create("Task", {"name": "carve", "parent": another.get("Project", project["id"])})
    another.commit()
    assert task["custom_attributes"][key] == "fine"
    task["custom_attributes"][key] = "coarse"
    another.commit()
    assert session.get("Task", task["id"])["custom_attributes"][key] == "coarse"


def test_categories_and_locations(session: Any, another: Any) -> None:
    category = session.create("ListCategory", {"name": new("Weeklies")})
    label = session.create("NoteLabel", {"name": new("Urgent"), "color": "#ff0000"})
    location = session.ensure("Location", {"name": new("studio.disk")}, identifying_keys=["name"])
    session.commit()
    assert another.get("ListCategory", category["id"])["name"] == category["name"]
    assert another.get("NoteCategory", label["id"])["name"] == label["name"]
    assert another.query(f'Location where name is "{location["name"]}"').one()["id"] == location["id"]


def test_an_object_type_is_used_like_any_other(ftrack_sandbox_factory: Any) -> None:
    server = ftrack_sandbox_factory("studio")
    with server.session() as administrator:
        object_type = administrator.create("ObjectType", {"name": "Sound Cue", "sort": 9, "is_statusable": True})
        schema = administrator.query('ProjectSchema where name is "VFX Scheme"').one()
        schema["object_types"].append(object_type)
        types = administrator.create("Schema", {"project_schema_id": schema["id"], "type_id": object_type["id"]})
        status = administrator.query('Status where name is "Approved"').one()
        administrator.create("SchemaStatus", {"schema_id": types["id"], "status_id": status["id"]})
        administrator.commit()
    with server.session() as fresh:
        schema = fresh.query('ProjectSchema where name is "VFX Scheme"').one()
        project = fresh.create("Project", {"name": "radio", "full_name": "Radio", "project_schema": schema})
        cue = fresh.create("SoundCue", {"name": "door", "parent": project})
        fresh.commit()
        assert [each["name"] for each in schema.get_statuses("SoundCue")] == ["Approved"]
        assert cue["status"]["name"] == "Approved"
        assert [each["name"] for each in cue["link"]] == ["Radio", "door"]
