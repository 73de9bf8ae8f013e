from __future__ import annotations

from typing import Any

import pytest

from ftrack_sandbox.testing import SandboxServer


class Listener:
    """A session whose hub keeps every ``ftrack.update`` it hears."""

    def __init__(self, server: SandboxServer) -> None:
        self.session = server.session(auto_connect_event_hub=True)
        self.heard: list[Any] = []
        self.session.event_hub.subscribe("topic=ftrack.update", self.heard.append)

    def first(self, entity_id: str) -> dict[str, Any]:
        """Wait for the first change of an entity."""
        for _ in range(200):
            for event in self.heard:
                for entity in event["data"]["entities"]:
                    if entity["entityId"] == entity_id:
                        found: dict[str, Any] = entity
                        return found
            self.session.event_hub.wait(duration=0.05)
        raise AssertionError(f"Nothing was heard of {entity_id}.")


@pytest.fixture
def listener(ftrack_sandbox_session: SandboxServer) -> Listener:
    return Listener(ftrack_sandbox_session)


def test_an_update_speaks_ftracks_own_words(listener: Listener, session: Any, task: Any) -> None:
    listener.first(task["id"])
    listener.heard.clear()
    approved = session.query('Status where name is "Approved"').one()
    before = task["status_id"]
    task["status"] = approved
    session.commit()
    change = listener.first(task["id"])
    assert (change["entityType"], change["entity_type"], change["action"]) == ("task", "Task", "update")
    assert change["changes"]["statusid"] == {"old": before, "new": approved["id"]}
    assert "statusid" in change["keys"]
    assert [parent["entityType"] for parent in change["parents"]] == ["task", "task", "task", "show"]
    assert change["parentId"] == task["parent_id"]


def test_a_batch_is_one_event(listener: Listener, session: Any, shot: Any) -> None:
    kind = session.query('Type where name is "Lighting"').one()
    tasks = [session.create("Task", {"name": f"light_{number}", "parent": shot, "type": kind}) for number in range(5)]
    session.commit()
    listener.first(tasks[-1]["id"])
    events = [
        event for event in listener.heard if any(e["entityId"] == tasks[0]["id"] for e in event["data"]["entities"])
    ]
    assert len(events) == 1
    assert {task["id"] for task in tasks} <= {entity["entityId"] for entity in events[0]["data"]["entities"]}
    assert events[0]["data"]["user"]["name"]


def test_moving_and_removing_are_actions_of_their_own(listener: Listener, session: Any, shot: Any, task: Any) -> None:
    listener.first(task["id"])
    elsewhere = session.create("Shot", {"name": "010_0090", "parent": shot["parent"]})
    session.commit()
    listener.heard.clear()
    task["parent"] = elsewhere
    session.commit()
    assert listener.first(task["id"])["action"] == "move"
    listener.heard.clear()
    session.delete(task)
    session.commit()
    assert listener.first(task["id"])["action"] == "remove"
