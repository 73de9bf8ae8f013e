"""A batch is one transaction: it happens wholly, or it leaves no trace and no event."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sandbox.api.door import Door, change, creation, deletion, dump, open_door, reference

from ftrack_sandbox.errors import InvalidActionError, MalformedRequestError, SandboxError


class Studio:
    """A server with one of everything that a batch may change."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.project = door.project()
        self.shot = str(door.create("Shot", name="010", parent_id=self.project)["id"])
        self.task = door.task(self.shot)
        self.version = door.version(self.shot, task_id=self.task)
        self.approved = door.id("Status", "Approved")
        self.artist = door.id("User", "ines.marques")
        self.frames = str(door.query('select id from CustomAttributeConfiguration where key is "fstart"')[0]["id"])

    def good(self) -> list[dict[str, Any]]:
        """Return operations of every kind, each of which works in any order with the others."""
        name = uuid.uuid4().hex
        return [
            creation("Task", name=name, parent_id=self.shot),
            creation("Sequence", name=f"sequence {name}", parent_id=self.project),
            change("Task", [self.task], status_id=self.approved),
            change("Task", [self.task], description=name),
            change("Shot", [self.shot], name=name),
            change("AssetVersion", [self.version], status_id=self.approved, comment=name),
            change("ContextCustomAttributeValue", [self.frames, self.shot], value=1042),
            creation("Note", content=name, parent_id=self.task),
            creation("Metadata", parent_id=self.task, key=name, value="x", parent_type="Task"),
            creation("Appointment", context_id=self.task, resource_id=self.artist, type="assignment"),
            creation("ObjectType", name=f"Kind {name}", icon="default", sort=1),
            creation("Status", name=name),
            change("Task", [self.task], notes=[]),
            change("Shot", [self.shot], parent=reference("Project", self.project)),
            {"action": "query", "expression": "select id from Task"},
            {"action": "reset_remote", "reset_type": "api_key", "entity_type": "User", "entity_key": self.artist},
            {"action": "delayed_job", "job_type": "ICONIK_SYNC_STRUCTURE"},
            deletion("AssetVersion", [self.version]),
        ]

    def bad(self) -> list[dict[str, Any]]:
        """Return operations that fail, wherever they stand."""
        return [
            creation("Task", name="x", parent_id="nowhere"),
            creation("Task", name="x"),
            creation("Nonsense"),
            change("Task", [self.task], nonsense=1),
            change("Task", [self.task], bid="long"),
            change("Task", ["nowhere"], name="x"),
            change("Shot", [self.shot], parent_id=self.task),
            change("ContextCustomAttributeValue", [self.frames, self.shot], value="text"),
            deletion("Task", ["nowhere"]),
            deletion("Status", [self.door.id("Status", "Not Started")]),
            {"action": "query", "expression": "select nonsense from Task"},
            {"action": "reset_remote", "reset_type": "password", "entity_type": "User", "entity_key": self.artist},
            {"action": "send_review_session_invite", "review_session_invitee_id": "nobody"},
        ]


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with tempfile.TemporaryDirectory() as folder:
        door = open_door(Path(folder))
        yield Studio(door)
        door.api.store.close()


@settings(max_examples=60)
@given(data=st.data())
def test_a_batch_that_fails_leaves_no_trace(studio: Studio, data: st.DataObject) -> None:
    good = data.draw(st.lists(st.sampled_from(studio.good()), max_size=8, unique_by=str))
    bad = data.draw(st.sampled_from(studio.bad()))
    place = data.draw(st.integers(0, len(good)))
    before, events, catalogue = dump(studio.door.api), len(studio.door.events), studio.door.api.store.catalogue
    with pytest.raises(SandboxError):
        studio.door.send(*good[:place], bad, *good[place:])
    assert dump(studio.door.api) == before
    assert len(studio.door.events) == events
    assert studio.door.api.store.catalogue is catalogue


def test_the_same_operations_work_when_none_of_them_is_bad(tmp_path: Path) -> None:
    door = open_door(tmp_path)
    operations = Studio(door).good()
    events = len(door.events)
    assert len(door.send(*operations)) == len(operations)
    assert len(door.events) == events + 1
    door.api.store.close()


def test_what_was_to_follow_a_commit_does_not_follow_a_failure(door: Door) -> None:
    done: list[str] = []

    def later(call: Any, operation: dict[str, Any]) -> dict[str, Any]:
        call.after_commit(lambda: done.append(operation["name"]))
        return {"action": "later"}

    door.api = type(door.api)(door.api.store, clock=door.clock, handlers={"later": later})
    door.send({"action": "later", "name": "first"})
    with pytest.raises(SandboxError):
        door.send({"action": "later", "name": "second"}, deletion("Task", ["nowhere"]))
    assert done == ["first"]


def test_an_empty_batch_is_answered(door: Door) -> None:
    assert door.send() == []
    assert door.events == []


@pytest.mark.parametrize("payload", [None, {}, "text", 5, [None], [[]], ["text"], [{}, 3]])
def test_a_request_is_an_array_of_objects(door: Door, payload: Any) -> None:
    with pytest.raises((MalformedRequestError, InvalidActionError)):
        door.api.call(payload, door._credentials)


@pytest.mark.parametrize("action", [None, 5, [], {}, "frobnicate"])
def test_an_unknown_action_is_named_as_the_official_client_looks_for_it(door: Door, action: Any) -> None:
    with pytest.raises(InvalidActionError, match="Invalid action u'"):
        door.send({"action": action})
