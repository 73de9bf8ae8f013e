"""The database: transactions, snapshots, and what a restart finds."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.query import run_query
from ftrack_sandbox.schema.object_types import STANDARD_OBJECT_TYPES
from ftrack_sandbox.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "ftrack.db")
    yield store
    store.close()


def names(store: Store, type_name: str = "Context") -> list[str]:
    with store.reading() as connection:
        return [row["name"] for row in connection.find(type_name)]


def test_rows_come_back_as_they_were_written(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("Shot", {"id": "s", "name": "sh1", "bid": 1.5, "start_date": "2024-05-01T12:00:00+02:00"})
        connection.insert("User", {"id": "u", "username": "ann", "is_active": True, "email": None})
    with store.reading() as connection:
        shot = connection.row("Shot", "s")
        user = connection.row("Resource", ["u"])
    assert shot is not None
    assert (shot["name"], shot["bid"], shot["start_date"]) == ("sh1", 1.5, "2024-05-01T10:00:00")
    # What tells a shot from other contexts is filled in.
    assert (shot["context_type"], shot["object_type_id"]) == ("task", STANDARD_OBJECT_TYPES[1]["id"])
    assert user == {"id": "u", "resource_type": "user"}


def test_a_row_is_found_only_as_what_it_is(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("Shot", {"id": "s", "name": "sh1"})
        for type_name, expected in (("Context", True), ("TypedContext", True), ("Task", False), ("Project", False)):
            assert (connection.row(type_name, "s") is not None) is expected


def test_rows_are_found_by_values(store: Store) -> None:
    with store.writing() as connection:
        tasks: list[dict[str, Any]] = [
            {"id": "a", "name": "one", "parent_id": "p"},
            {"id": "b", "name": "two", "bid": 1},
            {"id": "c", "name": "one"},
        ]
        connection.insert_many("Task", tasks)

        def found(**equal: Any) -> list[str]:
            return [row["id"] for row in connection.find("Task", **equal)]

        assert found() == ["a", "b", "c"]
        assert found(name="one") == ["a", "c"]
        assert found(name="one", parent_id=None) == ["c"]
        assert found(id=["c", "a", "x"]) == ["a", "c"]
        assert found(bid=1.0) == ["b"]
        with pytest.raises(ValidationError, match="Task stores no attribute 'link'"):
            found(link="x")


def test_keys_may_have_several_parts(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("Metadata", {"parent_id": "p", "key": "k", "value": "1", "parent_type": "Task"})
        assert connection.update("Metadata", ("p", "k"), {"value": "2"})
        row = connection.row("Metadata", ["p", "k"])
        assert row is not None
        assert row["value"] == "2"
        with pytest.raises(ValidationError, match="The key of a Metadata has these parts: parent_id, key"):
            connection.row("Metadata", "p")
        assert connection.delete("Metadata", ("p", "k"))
        assert not connection.delete("Metadata", ("p", "k"))
        assert not connection.update("Metadata", ("p", "k"), {"value": "3"})
        assert not connection.update("Metadata", ("p", "k"), {})


def test_many_rows_are_deleted_at_once(store: Store) -> None:
    with store.writing() as connection:
        connection.insert_many("Task", [{"id": str(number), "name": "x"} for number in range(5)])
        assert connection.delete_many("Task", ["1", "3", "9"]) == 2
        assert [row["id"] for row in connection.find("Task")] == ["0", "2", "4"]


def test_a_key_is_taken_once(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("Status", {"id": "s", "name": "one"})
        with pytest.raises(DuplicateEntryError, match="There is a Status with that key already"):
            connection.insert("Status", {"id": "s", "name": "two"})


def test_what_cannot_be_stored_is_refused(store: Store) -> None:
    with store.writing() as connection:
        for row in ({"id": "t", "nome": "x"}, {"id": "t", "status": "x"}, {"id": "t", "link": "x"}):
            with pytest.raises(ValidationError, match="Task stores no attribute"):
                connection.insert("Task", row)


def test_an_exception_undoes_everything(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("Project", {"id": "p", "name": "kept"})

    def fail() -> None:
        with store.writing() as connection:
            connection.insert("Project", {"id": "q", "name": "lost"})
            connection.update("Project", "p", {"name": "changed"})
            connection.insert("ObjectType", {"id": "rig", "name": "Rig"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert names(store) == ["kept"]
    assert "Rig" not in store.catalogue.types


def test_a_reader_sees_one_moment(store: Store) -> None:
    with store.reading() as before:
        assert before.find("Project") == []
        with store.writing() as connection:
            connection.insert("Project", {"id": "p", "name": "new"})
            assert len(connection.find("Project")) == 1
        assert before.find("Project") == []
    assert names(store) == ["new"]


def test_one_writes_at_a_time_and_readers_do_not_wait(store: Store) -> None:
    entered = threading.Event()

    def write() -> None:
        with store.writing() as connection:
            entered.set()
            connection.insert("Project", {"id": "second", "name": "second"})

    thread = threading.Thread(target=write)
    with store.writing() as connection:
        connection.insert("Project", {"id": "first", "name": "first"})
        thread.start()
        assert not entered.is_set()
        assert names(store) == []
    thread.join(timeout=30)
    assert entered.is_set()
    assert names(store) == ["first", "second"]


def test_a_restart_finds_everything(tmp_path: Path) -> None:
    store = Store(tmp_path / "ftrack.db")
    with store.writing() as connection:
        connection.insert_many("ObjectType", [{"id": row["id"], "name": row["name"]} for row in STANDARD_OBJECT_TYPES])
        connection.insert("ObjectType", {"id": "rig", "name": "Camera Rig"})
        connection.insert("CameraRig", {"id": "r", "name": "rig"})
    store.close()
    again = Store(tmp_path / "ftrack.db")
    assert names(again, "CameraRig") == ["rig"]
    again.close()


def test_a_closed_file_may_be_copied(tmp_path: Path) -> None:
    store = Store(tmp_path / "one.db")
    with store.writing() as connection:
        connection.insert("Project", {"id": "p", "name": "copied"})
    with store.reading():
        pass
    store.close()
    shutil.copy(tmp_path / "one.db", tmp_path / "two.db")
    copy = Store(tmp_path / "two.db")
    assert names(copy) == ["copied"]
    copy.close()


def test_columns_of_a_newer_version_are_added(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "old.db")
    old.execute('CREATE TABLE "Disk" ("sequence" INTEGER PRIMARY KEY, "id" TEXT, "name" TEXT, UNIQUE ("id"))')
    old.execute("INSERT INTO \"Disk\" VALUES (1, 'd', 'old disk')")
    old.commit()
    old.close()
    store = Store(tmp_path / "old.db")
    with store.writing() as connection:
        assert connection.update("Disk", "d", {"unix": "/data"})
        assert connection.row("Disk", "d") == {"id": "d", "name": "old disk", "unix": "/data", "windows": None}
    store.close()


def test_object_types_are_types_at_once(store: Store) -> None:
    with store.writing() as connection:
        connection.insert("ObjectType", {"id": "rig", "name": "Camera Rig", "is_typeable": True})
        connection.insert("CameraRig", {"id": "r", "name": "rig"})
        connection.update("ObjectType", "rig", {"name": "Rig"})
        assert connection.row("Rig", "r") is not None
        with pytest.raises(ValidationError, match="cannot be called 'User'"):
            connection.insert("ObjectType", {"id": "user", "name": "User"})
        connection.delete("ObjectType", "user")
    assert "Rig" in store.catalogue.types
    with store.writing() as connection:
        connection.delete("ObjectType", "rig")
    assert "Rig" not in store.catalogue.types


def test_what_is_computed_follows_the_clock(store: Store) -> None:
    with store.writing() as connection:
        session = {"id": "r", "start_date": "2030-01-01T00:00:00", "end_date": "2030-01-02T00:00:00"}
        connection.insert("ReviewSession", session)

    def is_open() -> bool:
        with store.reading() as connection:
            query = "select is_open from ReviewSession"
            found = run_query(connection, connection.catalogue, query, user_id=None, base_url="")
        return bool(found.data[0]["is_open"])

    assert not is_open()
    store.clock = lambda: datetime(2030, 1, 1, 12, tzinfo=UTC)
    assert is_open()


def test_frequent_questions_have_an_index(store: Store) -> None:
    with store.reading() as connection:
        for table, column in [
            ("Context", "parent_id"),
            ("Context", "project_id"),
            ("Context", "status_id"),
            ("Context", "created_at"),
            ("Appointment", "context_id"),
            ("AssetVersion", "asset_id"),
            ("StatusChange", "date"),
            ("StatusChange", "parent_id"),
            ("Note", "parent_id"),
            ("ListObject", "list_id"),
            ("ListObject", "entity_id"),
            ("Metadata", "parent_id"),
            ("CustomAttributeValue", "entity_id"),
        ]:
            plan = connection.execute(f'EXPLAIN QUERY PLAN SELECT * FROM "{table}" WHERE "{column}" = ?', ("x",))
            assert "USING INDEX" in plan.fetchone()[3], (table, column)
