"""What users of the official client are used to from sessions: populating, merging, order, undoing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ftrack_api
import ftrack_api.inspection
import ftrack_api.operation
import ftrack_api.symbol
import pytest

from ftrack_sandbox.testing import SandboxServer


def test_the_environment_is_enough(
    ftrack_sandbox_session: SandboxServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in ftrack_sandbox_session.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FTRACK_API_SCHEMA_CACHE_PATH", str(tmp_path))
    with ftrack_api.Session() as session:
        assert session.server_url == ftrack_sandbox_session.url
        assert session.query("Project").first()
    with pytest.raises(ftrack_api.exception.ConnectionClosedError):
        session.query("Project").first()


def test_cookies_headers_and_a_slash_at_the_end_do_no_harm(ftrack_sandbox_session: SandboxServer) -> None:
    options = {"cookies": {"proxy": "1"}, "headers": {"x-studio": "north"}}
    with ftrack_sandbox_session.session(server_url=f"{ftrack_sandbox_session.url}/", **options) as session:
        session.event_hub.connect()
        assert session.event_hub.connected
        assert session.query("Project").first()


@pytest.mark.parametrize("strict", [False, True])
def test_errors_name_themselves_in_either_way_of_telling(ftrack_sandbox_session: SandboxServer, strict: bool) -> None:
    with (
        ftrack_sandbox_session.session(strict_api=strict) as session,
        pytest.raises(ftrack_api.exception.ServerError, match=r"Server reported error: ValidationError\(There is no"),
    ):
        session.call([{"action": "query", "expression": "select id from Tusk"}])


def test_wrong_credentials_open_no_session(ftrack_sandbox_session: SandboxServer) -> None:
    with pytest.raises(ftrack_api.exception.ServerError, match="InvalidCredentialsError"):
        ftrack_sandbox_session.session(api_key="wrong")


def test_attributes_that_were_not_read_are_populated_on_access(another: Any, task: Any) -> None:
    with another.auto_populating(False):
        found = another.query(f"select id from Task where id is {task['id']}").one()
        assert found["bid"] is ftrack_api.symbol.NOT_SET
    assert found["status"]["name"] == "Not Started"


def test_many_are_populated_in_one_query(session: Any, another: Any, shot: Any, asked: Callable[[str], int]) -> None:
    for name in ("a", "b", "c"):
        session.create("Task", {"name": name, "parent": shot, "metadata": {"note": f"of {name}", "x": "y"}})
    session.commit()
    tasks = another.query(f"select id from Task where parent_id is {shot['id']}").all()
    count = asked("query")
    another.populate(tasks, "name, status.state.name, metadata")
    assert asked("query") == count + 1
    with another.auto_populating(False):
        assert [each["name"] for each in tasks] == ["a", "b", "c"]
        assert {each["status"]["state"]["name"] for each in tasks} == {"Not Started"}
        assert [each["metadata"]["note"] for each in tasks] == ["of a", "of b", "of c"]


def test_entities_whose_key_has_several_parts_are_populated(session: Any, another: Any, task: Any) -> None:
    task["metadata"] = {"a": "1", "b c": "2"}
    session.commit()
    with another.auto_populating(False):
        pairs = another.query(f"select parent_id, key from Metadata where parent_id is {task['id']}").all()
        assert {each["value"] for each in pairs} == {ftrack_api.symbol.NOT_SET}
        another.populate(pairs, "value")
        assert [(each["key"], each["value"]) for each in pairs] == [("a", "1"), ("b c", "2")]


def test_a_new_entity_has_no_attribute_that_nobody_set(session: Any) -> None:
    user = session.create("User", {"first_name": "Martin"})
    session.commit()
    with session.auto_populating(False):
        assert user["email"] is ftrack_api.symbol.NOT_SET
        assert user["first_name"] == "Martin"
    assert user["username"]


def test_server_side_defaults_are_there_without_a_query(session: Any, shot: Any) -> None:
    task = session.create("Task", {"name": "comp", "parent": shot})
    session.commit()
    with session.auto_populating(False):
        for name in ("status_id", "type_id", "project_id", "priority_id", "created_at", "bid"):
            assert task[name] is not ftrack_api.symbol.NOT_SET, name


def test_ensure_creates_once_and_updates_what_differs(session: Any, another: Any, project: Any) -> None:
    # In UTC: the client's ensure drops the offset of what it asks for.
    start = datetime(2026, 5, 4, 10, 0, 0, 123456, tzinfo=UTC)
    data = {"name": "dated", "parent_id": project["id"], "start_date": start}
    first = session.ensure("Task", data)
    assert session.ensure("Task", data) == first
    assert first["start_date"].datetime.replace(microsecond=0) == start.replace(microsecond=0)
    changed = another.ensure("Task", {**data, "bid": 3600}, identifying_keys=["name", "parent_id"])
    assert changed["id"] == first["id"]
    session.reset()
    assert session.get("Task", first["id"])["bid"] == 3600


def test_a_reference_and_its_key_follow_each_other(session: Any, task: Any) -> None:
    approved, omitted = (session.query(f'Status where name is "{name}"').one() for name in ("Approved", "Omitted"))
    assert task["status"]["name"] == "Not Started"
    task["status_id"] = approved["id"]
    session.commit()
    assert task["status"]["name"] == "Approved"
    task["status"] = omitted
    session.commit()
    assert task["status_id"] == omitted["id"]


def test_operations_are_recorded_and_keep_their_order(session: Any, another: Any, project: Any, admin: Any) -> None:
    shot = session.create("Shot", {"name": "010", "parent": project})
    task = session.create("Task", {"name": "anim", "parent": shot})
    note = task.create_note("look", author=admin)
    task["name"] = "animation"
    short_lived = session.create("Task", {"name": "short", "parent": shot})
    session.delete(short_lived)
    reply = note.create_reply("yes", author=admin)
    created = ftrack_api.operation.CreateEntityOperation
    assert [each.entity_type for each in session.recorded_operations if isinstance(each, created)] == [
        *("Shot", "Task", "Note", "Task", "Note")
    ]
    session.commit()
    assert len(session.recorded_operations) == 0
    found = another.get("Task", task["id"])
    assert (found["name"], found["parent"]["name"]) == ("animation", "010")
    assert [each["content"] for each in found["notes"]] == ["look"]
    assert found["notes"][0]["replies"][0]["id"] == reply["id"]
    assert len(another.query(f"Task where parent_id is {shot['id']}").all()) == 1


def test_what_is_pending_is_known_and_can_be_rolled_back(session: Any, project: Any, task: Any) -> None:
    session.create("Folder", {"name": "reel", "parent": project})
    task["description"] = "changed"
    session.delete(project)
    assert [each.entity_type for each in session.created] == ["Folder"]
    assert [each.entity_type for each in session.modified] == ["Task"]
    assert [each.entity_type for each in session.deleted] == ["Project"]
    assert ftrack_api.inspection.state(task) is ftrack_api.symbol.MODIFIED
    session.rollback()
    assert (session.created, session.modified, session.deleted) == ([], [], [])
    assert task["description"] == ""
    assert not session.query(f"Folder where parent_id is {project['id']}").all()


def test_rollback_after_an_error_leaves_a_session_in_good_order(session: Any, task: Any) -> None:
    session.create("Task", {"name": task["name"], "parent": task["parent"]})
    with pytest.raises(ftrack_api.exception.ServerError, match="DuplicateEntryError"):
        session.commit()
    session.rollback()
    task["description"] = "fine"
    session.commit()
    assert task["description"] == "fine"


def test_what_is_not_recorded_is_not_sent(session: Any, another: Any, task: Any) -> None:
    with session.operation_recording(False):
        task["description"] = "between us"
    session.commit()
    assert another.get("Task", task["id"])["description"] == ""


def test_a_reset_forgets_and_reads_again(session: Any, another: Any, task: Any) -> None:
    mine = another.get("Task", task["id"])
    assert mine["description"] == ""
    task["description"] = "changed"
    session.commit()
    assert another.get("Task", task["id"])["description"] == ""
    another.reset()
    assert another.get("Task", task["id"])["description"] == "changed"


def test_merging_sees_what_others_changed(session: Any, another: Any, task: Any) -> None:
    mine = another.get("Task", task["id"])
    assert (mine["description"], mine["status"]["name"]) == ("", "Not Started")
    task["description"] = "changed"
    task["status"] = session.query('Status where name is "Approved"').one()
    session.commit()
    assert another.merge(task) is mine
    assert (mine["description"], mine["status"]["name"]) == ("changed", "Approved")


def test_raw_operations_are_one_batch(session: Any, another: Any, project: Any) -> None:
    data = {"__entity_type__": "Folder", "name": "reel", "parent_id": project["id"]}
    creation = {"action": "create", "entity_type": "Folder", "entity_key": ["reel"], "entity_data": data}
    wrong = {"action": "update", "entity_type": "Folder", "entity_key": ["nowhere"], "entity_data": {"name": "x"}}
    with pytest.raises(ftrack_api.exception.ServerError, match="There is no Folder nowhere"):
        session.call([creation, wrong])
    folders = f"Folder where parent_id is {project['id']}"
    assert not another.query(folders).all()
    del creation["entity_key"]
    created, found = session.call([creation, {"action": "query", "expression": f"select name from {folders}"}])
    assert created["data"].entity_type == "Folder"
    assert [each["name"] for each in found["data"]] == ["reel"]


def test_entities_travel_as_references_and_come_back(session: Any, task: Any) -> None:
    assert session.entity_reference(task) == {"__entity_type__": "Task", "id": task["id"]}
    text = session.encode({"task": task, "at": task["created_at"]}, entity_attribute_strategy="persisted_only")
    decoded = session.decode(text)
    assert decoded["task"] == task
    assert decoded["at"] == task["created_at"]


def test_members_taken_out_of_a_collection_are_gone_after_the_commit(session: Any, project: Any, version: Any) -> None:
    category = session.query('ListCategory where name is "Dailies"').one()
    other = session.create("AssetVersion", {"asset": version["asset"]})
    dailies = session.create("AssetVersionList", {"name": "today", "project": project, "category": category})
    dailies["items"].extend([version, other])
    session.commit()
    dailies["items"].remove(version)
    session.commit()
    assert [each["id"] for each in dailies["items"]] == [other["id"]]
