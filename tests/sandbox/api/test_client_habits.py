"""What the official client's users are used to: caches, populating, merging, order of operations."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ftrack_api
import pytest


@pytest.fixture
def task(session: Any, client_project: Any) -> Any:
    created = session.create("Task", {"name": "anim", "parent": client_project})
    session.commit()
    return created


@pytest.fixture
def user(session: Any) -> Any:
    created = session.create("User", {"username": f"user_{uuid.uuid4().hex[:8]}"})
    session.commit()
    return created


def test_a_new_user_has_no_attribute_that_nobody_set(session: Any) -> None:
    user = session.create("User", {"first_name": "Martin"})
    session.commit()
    with session.auto_populating(False):
        assert user["email"] is ftrack_api.symbol.NOT_SET
        assert user["first_name"] == "Martin"
    assert user["username"]


def test_server_side_defaults_are_there_without_a_query(session: Any, client_project: Any) -> None:
    task = session.create("Task", {"name": "comp", "parent": client_project})
    session.commit()
    with session.auto_populating(False):
        for name in ("status_id", "type_id", "project_id", "priority_id", "created_at", "bid"):
            assert task[name] is not ftrack_api.symbol.NOT_SET, name


def test_ensure_finds_dates_and_creates_once(session: Any, client_project: Any) -> None:
    # In UTC: the client's ensure drops the offset of what it asks for.
    start = datetime(2026, 5, 4, 10, 0, 0, 123456, tzinfo=UTC)
    data = {"name": "dated", "parent_id": client_project["id"], "start_date": start}
    first = session.ensure("Task", data)
    assert session.ensure("Task", data) == first
    assert first["start_date"].datetime.replace(microsecond=0) == start.replace(microsecond=0)


def test_a_reference_and_its_key_follow_each_other(session: Any, task: Any) -> None:
    approved = session.query('Status where name is "Approved"').one()
    assert task["status"]["name"] == "Not Started"
    task["status_id"] = approved["id"]
    session.commit()
    assert task["status"]["name"] == "Approved"


def test_operations_keep_their_order(session: Any, another: Any, client_project: Any) -> None:
    shot = session.create("Shot", {"name": "010", "parent": client_project})
    task = session.create("Task", {"name": "anim", "parent": shot})
    note = task.create_note("look", author=session.query('User where username is "admin"').one())
    task["name"] = "animation"
    short_lived = session.create("Task", {"name": "short", "parent": shot})
    session.delete(short_lived)
    reply = note.create_reply("yes", author=note["author"])
    session.commit()
    found = another.get("Task", task["id"])
    assert (found["name"], found["parent"]["name"]) == ("animation", "010")
    assert [each["content"] for each in found["notes"]] == ["look"]
    assert found["notes"][0]["replies"][0]["id"] == reply["id"]
    assert len(another.query(f"Task where parent_id is {shot['id']}").all()) == 1


def test_rollback_after_an_error_leaves_a_session_in_good_order(session: Any, task: Any) -> None:
    session.create("Task", {"name": "anim", "parent": task["parent"]})
    with pytest.raises(ftrack_api.exception.ServerError, match="DuplicateEntryError"):
        session.commit()
    session.rollback()
    task["description"] = "fine"
    session.commit()
    assert task["description"] == "fine"


def test_metadata_comes_with_the_entity_and_goes_by_key(session: Any, another: Any, client_project: Any) -> None:
    task = session.create("Task", {"name": "x", "parent": client_project, "metadata": {"a": "1", "b": "2"}})
    session.commit()
    task["metadata"]["c"] = "3"
    del task["metadata"]["a"]
    session.commit()
    assert dict(another.get("Task", task["id"])["metadata"]) == {"b": "2", "c": "3"}
    task["metadata"] = {"d": "4"}
    session.commit()
    another.reset()
    assert dict(another.get("Task", task["id"])["metadata"]) == {"d": "4"}


def test_timers_start_stop_and_become_logged_time(session: Any, task: Any, user: Any) -> None:
    user.start_timer(task, name="work", comment="hard")
    with pytest.raises(ftrack_api.exception.NotUniqueError):
        user.start_timer(task)
    session.rollback()
    timelog = user.stop_timer()
    assert (timelog["user_id"], timelog["context_id"], timelog["comment"]) == (user["id"], task["id"], "hard")
    with pytest.raises(ftrack_api.exception.NoResultFoundError):
        user.stop_timer()


def test_notes_with_labels_and_recipients(session: Any, another: Any, task: Any, user: Any) -> None:
    author = session.query('User where username is "admin"').one()
    labels = session.query("NoteLabel").all()[:2]
    note = task.create_note("look", author, recipients=[user, author], labels=labels)
    session.commit()
    found = another.query(
        f"select recipients.resource_id, note_label_links.label.name, category.id from Note where id is {note['id']}"
    ).one()
    assert {each["resource_id"] for each in found["recipients"]} == {user["id"], author["id"]}
    assert {each["label"]["name"] for each in found["note_label_links"]} == {each["name"] for each in labels}
    assert found["category"]["id"] in {each["id"] for each in labels}


def test_a_note_has_attachments(session: Any, another: Any, task: Any, tmp_path: Path) -> None:
    path = tmp_path / "sketch.txt"
    path.write_text("here")
    component = session.create_component(
        str(path), location=session.query('Location where name is "ftrack.server"').one()
    )
    note = task.create_note("look", session.query('User where username is "admin"').one())
    session.create("NoteComponent", {"component_id": component["id"], "note_id": note["id"]})
    session.commit()
    found = another.get("Note", note["id"])
    assert found["note_components"][0]["component"]["file_type"] == ".txt"
    session.delete(note)
    session.commit()


def test_an_image_sequence_is_a_component_with_members(session: Any, another: Any, tmp_path: Path) -> None:
    location = session.query('Location where name is "ftrack.unmanaged"').one()
    made = session.create_component(
        str(tmp_path / "plate.%04d.exr [1001-1003]"), data={"name": "plate"}, location=location
    )
    session.commit()
    found = another.get("SequenceComponent", made["id"])
    assert found["padding"] == 4
    assert sorted(each["name"] for each in found["members"]) == ["1001", "1002", "1003"]
    there = another.query('Location where name is "ftrack.unmanaged"').one()
    assert there.get_component_availability(found) == 100.0
    location.remove_component(made)
    session.delete(made)
    session.commit()
    assert another.query(f"Component where id is {made['id']} or container_id is {made['id']}").all() == []


def test_a_component_is_in_a_location_once(session: Any, tmp_path: Path) -> None:
    location = session.query('Location where name is "ftrack.unmanaged"').one()
    component = session.create_component(str(tmp_path / "movie.mov"), location=location)
    with pytest.raises(ftrack_api.exception.ComponentInLocationError):
        location.add_component(component, session.query('Location where name is "ftrack.origin"').one())


def test_versions_are_made_with_their_components(
    session: Any, another: Any, client_project: Any, tmp_path: Path
) -> None:
    shot = session.create("Shot", {"name": "010", "parent": client_project})
    asset = session.create("Asset", {"name": "comp", "parent": shot})
    version = session.create("AssetVersion", {"asset": asset})
    location = session.query('Location where name is "ftrack.unmanaged"').one()
    session.commit()
    version.create_component(str(tmp_path / "movie.mov"), data={"name": "movie"}, location=location)
    session.commit()
    found = another.get("AssetVersion", version["id"])
    assert [each["name"] for each in found["components"]] == ["movie"]
    assert found["is_latest_version"] is True
    assert another.get("Asset", asset["id"])["latest_version"]["id"] == version["id"]


def test_versions_use_each_other(session: Any, another: Any, client_project: Any) -> None:
    asset = session.create("Asset", {"name": "comp", "parent": client_project})
    plate, comp = (session.create("AssetVersion", {"asset": asset}) for _ in range(2))
    session.commit()
    comp["uses_versions"].append(plate)
    session.commit()
    found = another.get("AssetVersion", plate["id"])
    assert [each["id"] for each in found["used_in_versions"]] == [comp["id"]]


def test_contexts_are_linked_and_scoped(session: Any, another: Any, client_project: Any) -> None:
    first, second = (session.create("Shot", {"name": name, "parent": client_project}) for name in ("010", "020"))
    session.create("TypedContextLink", {"from": first, "to": second})
    scope = session.create("Scope", {"name": f"night {uuid.uuid4().hex[:6]}"})
    first["scopes"].append(scope)
    session.commit()
    found = another.get("Shot", second["id"])
    assert [each["from"]["name"] for each in found["incoming_links"]] == ["010"]
    assert [each["name"] for each in another.get("Shot", first["id"])["scopes"]] == [scope["name"]]


def test_jobs_carry_what_they_say(session: Any, another: Any, user: Any) -> None:
    job = session.create("Job", {"user": user, "status": "running", "data": '{"description": "Sync"}'})
    session.commit()
    job["status"] = "done"
    session.commit()
    found = another.get("Job", job["id"])
    assert (found["status"], found["type"]) == ("done", "api_job")
    assert found["finished_at"] is not None


def test_trees_of_every_kind_are_deleted_in_one_commit(
    session: Any, another: Any, client_project: Any, user: Any
) -> None:
    asset = session.create("Asset", {"name": "comp", "parent": client_project})
    version = session.create("AssetVersion", {"asset": asset, "user": user})
    task = session.create("Task", {"name": "anim", "parent": client_project})
    session.commit()
    for entity in (client_project, task, version, user):
        session.delete(entity)
    session.commit()
    ids = ", ".join(each["id"] for each in (client_project, task))
    assert another.query(f"Context where id in ({ids})").all() == []


def test_merging_sees_what_others_changed(session: Any, another: Any, task: Any) -> None:
    mine = another.get("Task", task["id"])
    assert mine["description"] == ""
    task["description"] = "changed"
    session.commit()
    another.merge(task)
    assert mine["description"] == "changed"


def test_members_taken_out_of_a_collection_are_gone_after_the_commit(session: Any, client_project: Any) -> None:
    category = session.query('ListCategory where name is "Dailies"').one()
    asset = session.create("Asset", {"name": "comp", "parent": client_project})
    versions = [session.create("AssetVersion", {"asset": asset}) for _ in range(2)]
    dailies = session.create(
        "AssetVersionList",
        {"name": "today", "owner": session.query("User").first(), "project": client_project, "category": category},
    )
    dailies["items"].extend(versions)
    session.commit()
    dailies["items"].remove(versions[0])
    session.commit()
    assert [each["id"] for each in dailies["items"]] == [versions[1]["id"]]
