from __future__ import annotations

import uuid
from typing import Any

import ftrack_api.exception
import pytest


def test_what_one_session_creates_another_reads(session: Any, another: Any, task: Any) -> None:
    found = another.query(
        f"select name, type.name, parent.name, parent.parent.name, project.name from Task where id is {task['id']}"
    ).one()
    assert (found["name"], found["type"]["name"]) == ("Animation", "Animation")
    assert (found["parent"]["name"], found["parent"]["parent"]["name"]) == ("010_0010", "010")
    assert found["project"]["id"] == task["project_id"]


def test_attributes_that_were_not_read_are_populated_on_access(another: Any, task: Any) -> None:
    with another.auto_populating(False):
        found = another.query(f"select id from Task where id is {task['id']}").one()
        assert found["bid"] is ftrack_api.symbol.NOT_SET
    assert found["status"]["name"] == "Not Started"


def test_link_ancestors_and_descendants(another: Any, project: Any, shot: Any, task: Any) -> None:
    found = another.query(f"select link, ancestors.name from Task where id is {task['id']}").one()
    assert [step["type"] for step in found["link"]] == ["Project", "TypedContext", "TypedContext", "TypedContext"]
    assert [step["name"] for step in found["link"]][1:] == ["010", "010_0010", "Animation"]
    assert {ancestor["name"] for ancestor in found["ancestors"]} == {"010", "010_0010"}
    below = another.query(f"select descendants.name from Project where id is {project['id']}").one()
    assert {context["name"] for context in below["descendants"]} == {"010", "010_0010", "Animation"}


def test_names_are_unique_below_a_parent(session: Any, shot: Any, task: Any) -> None:
    session.create("Task", {"name": "Animation", "parent": shot, "type": task["type"]})
    with pytest.raises(ftrack_api.exception.ServerError, match="DuplicateEntryError"):
        session.commit()


def test_a_batch_that_fails_leaves_nothing(session: Any, another: Any, project: Any) -> None:
    name = f"folder_{uuid.uuid4().hex}"
    with pytest.raises(ftrack_api.exception.ServerError):
        session.call(
            [
                {
                    "action": "create",
                    "entity_type": "Folder",
                    "entity_key": [str(uuid.uuid4())],
                    "entity_data": {"__entity_type__": "Folder", "name": name, "parent_id": project["id"]},
                },
                {"action": "update", "entity_type": "Folder", "entity_key": ["nowhere"], "entity_data": {"name": "x"}},
            ]
        )
    assert not another.query(f'Folder where name is "{name}"').all()


def test_deleting_a_project_deletes_what_is_below(session: Any, another: Any, project: Any, task: Any) -> None:
    session.delete(project)
    session.commit()
    assert not another.query(f"TypedContext where id is {task['id']}").all()


def test_metadata_is_a_mapping(session: Any, another: Any, task: Any) -> None:
    task["metadata"] = {"filename": "/a", "colour": "red"}
    session.commit()
    task["metadata"]["filename"] = "/b"
    del task["metadata"]["colour"]
    session.commit()
    assert dict(another.get("Task", task["id"])["metadata"]) == {"filename": "/b"}


def test_moving_a_task_changes_its_parents(session: Any, another: Any, shot: Any, task: Any) -> None:
    elsewhere = session.create("Shot", {"name": "010_0020", "parent": shot["parent"]})
    task["parent"] = elsewhere
    session.commit()
    assert another.get("Task", task["id"])["parent"]["name"] == "010_0020"


def test_assignments_are_appointments(session: Any, another: Any, task: Any) -> None:
    artist = session.query('User where username is "ines.marques"').one()
    session.create("Appointment", {"context": task, "resource": artist, "type": "assignment"})
    session.commit()
    found = another.query(f"select assignments.resource.username from Task where id is {task['id']}").one()
    assert [each["resource"]["username"] for each in found["assignments"]] == ["ines.marques"]
    assert another.query(
        f'Task where assignments any (resource.username is "ines.marques") and id is {task["id"]}'
    ).all()


def test_ensure_finds_what_is_there(session: Any, another: Any, project: Any) -> None:
    values = {"name": "ensured", "parent_id": project["id"], "project_id": project["id"]}
    first = session.ensure("Folder", values, identifying_keys=["name", "parent_id"])
    second = another.ensure("Folder", values, identifying_keys=["name", "parent_id"])
    assert first["id"] == second["id"]


def test_an_object_type_made_at_run_time_is_a_schema(session: Any, ftrack_sandbox_factory: Any) -> None:
    server = ftrack_sandbox_factory("studio")
    with server.session() as administrator:
        administrator.create("ObjectType", {"name": "Sound Cue", "sort": 9, "icon": "default"})
        administrator.commit()
    with server.session(schema_cache_path=False) as fresh:
        assert "SoundCue" in fresh.types
    assert "SoundCue" not in session.types
