"""What the official client keeps, in memory and on disk, and how it comes to know what others changed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ftrack_api.cache
import ftrack_api.inspection
import pytest

from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[[Any], Any]:
    """Makes a cache as ftrack's documentation shows it; all sessions share its file."""

    def cache(session: Any) -> Any:
        return ftrack_api.cache.SerialisedCache(
            ftrack_api.cache.FileCache(str(tmp_path / "cache.dbm")),
            encode=functools.partial(session.encode, entity_attribute_strategy="persisted_only"),
            decode=session.decode,
        )

    return cache


def test_schemas_are_downloaded_once_until_they_change(
    ftrack_sandbox_factory: Callable[..., SandboxServer], tmp_path: Path
) -> None:
    server = ftrack_sandbox_factory("studio")

    def downloads() -> int:
        return int(server.statistics.now()["operations"].get("query_schemas", 0))

    with server.session(schema_cache_path=str(tmp_path)) as first:
        assert downloads() == 1
        assert "SoundCue" not in first.types
        first.create("ObjectType", {"name": "Sound Cue", "sort": 9})
        with server.session(schema_cache_path=str(tmp_path)):
            assert downloads() == 1
        first.commit()
    with server.session(schema_cache_path=str(tmp_path)) as second:
        assert downloads() == 2
        assert "SoundCue" in second.types


def test_an_entity_is_one_object_and_asked_for_once(another: Any, task: Any, asked: Callable[[str], int]) -> None:
    found = another.get("Task", task["id"])
    count = asked("query")
    assert another.get("Task", task["id"]) is found
    assert found["name"] == "Animation"
    assert asked("query") == count
    assert another.get("Context", task["id"]) is found
    assert ftrack_api.inspection.identity(found) == ("Task", [task["id"]])


def test_a_cache_on_disk_serves_the_next_session(
    ftrack_sandbox_session: SandboxServer, task: Any, on_disk: Callable[[Any], Any], asked: Callable[[str], int]
) -> None:
    task["metadata"]["origin"] = "scan"
    task.session.commit()
    with ftrack_sandbox_session.session(cache=on_disk) as first:
        found = first.query(f"select name, status.name, metadata, created_at from Task where id is {task['id']}").one()
        created_at = found["created_at"]
    with ftrack_sandbox_session.session(cache=on_disk) as second, second.auto_populating(False):
        count = asked("query")
        read = second.get("Task", task["id"])
        assert (read["name"], read["status"]["name"]) == ("Animation", "Not Started")
        assert read["created_at"] == created_at
        assert dict(read["metadata"]) == {"origin": "scan"}
        assert asked("query") == count


def test_a_whole_tree_comes_from_the_cache(
    ftrack_sandbox_session: SandboxServer, task: Any, user: Any, on_disk: Callable[[Any], Any]
) -> None:
    task.session.create("Appointment", {"context": task, "resource": user, "type": "assignment"})
    task.session.commit()
    children = "children.children.children"
    query = f"select {children}.name, {children}.assignments.resource.username from Project where id is "
    with ftrack_sandbox_session.session(cache=on_disk) as first:
        first.query(query + task["project_id"]).one()
    with ftrack_sandbox_session.session(cache=on_disk) as second, second.auto_populating(False):
        [sequence] = second.get("Project", task["project_id"])["children"]
        [shot] = sequence["children"]
        [found] = shot["children"]
        assert [each["resource"]["username"] for each in found["assignments"]] == [user["username"]]


def test_a_new_component_goes_in_circles_through_the_cache(
    ftrack_sandbox_session: SandboxServer, on_disk: Callable[[Any], Any], tmp_path: Path
) -> None:
    # Its answer holds its location, which refers to the component again.
    with ftrack_sandbox_session.session(cache=on_disk) as session:
        location = session.query('Location where name is "ftrack.unmanaged"').one()
        component = session.create_component(str(tmp_path / "movie.mov"), location=location)
        assert component["component_locations"][0]["component"] is component


def test_a_query_shows_what_others_added_and_keeps_what_is_not_sent_yet(
    session: Any, another: Any, version: Any
) -> None:
    query = f"select comment, asset.versions.version from AssetVersion where id is {version['id']}"
    mine = another.query(query).one()
    assert [each["version"] for each in mine["asset"]["versions"]] == [1]
    mine["comment"] = "mine"
    session.create("AssetVersion", {"asset": version["asset"]})
    version["comment"] = "theirs"
    session.commit()
    assert another.query(query).one() is mine
    assert [each["version"] for each in mine["asset"]["versions"]] == [1, 2]
    assert mine["comment"] == "mine"
    another.rollback()
    assert mine["comment"] == "theirs"


def test_a_query_shows_what_changed_behind_its_relations(
    session: Any, another: Any, version: Any, configure: Callable[..., str]
) -> None:
    key = configure(
        "number", default=3, entity_type="assetversion", project_id=version["asset"]["parent"]["project_id"]
    )
    component = session.create("FileComponent", {"name": "main", "version": version})
    session.commit()
    query = f"select versions.components.name, versions.custom_attributes from Asset where id is {version['asset_id']}"
    [seen] = another.query(query).one()["versions"]
    assert seen["custom_attributes"][key] == 3
    assert seen["components"][0]["name"] == "main"
    component["name"] = "plate"
    version["custom_attributes"][key] = 12.5
    session.commit()
    assert another.query(query).one()["versions"][0] is seen
    assert (seen["components"][0]["name"], seen["custom_attributes"][key]) == ("plate", 12.5)


def test_an_answer_is_merged_in_few_steps(
    session: Any, another: Any, shot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The client's own tests allow 75 for ten tasks: whatever is always sent makes every query slower.
    for number in range(10):
        session.create("Task", {"name": str(number), "parent": shot})
    session.commit()
    values: list[Any] = []
    merge = another._merge

    def counted(value: Any, merged: Any) -> Any:
        values.append(value)
        return merge(value, merged)

    monkeypatch.setattr(another, "_merge", counted)
    assert len(another.query(f"select status from Task where parent_id is {shot['id']} limit 10").all()) == 10
    assert len(values) < 75
