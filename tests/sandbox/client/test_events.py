"""Changes as a listener with the official client's event hub hears them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer


class Listener:
    """A session whose hub keeps every ``ftrack.update`` it hears."""

    def __init__(self, session: Any) -> None:
        self._hub = session.event_hub
        self._heard: list[Any] = []
        self._hub.connect()
        self._hub.subscribe("topic=ftrack.update", self._heard.append)
        # Acknowledgements come in order: the subscriptions are there once they have all come.
        until(lambda: not self._hub._packet_callbacks, what="the subscription")

    def events(self, entity_id: str) -> list[Any]:
        """Return the events that tell of an entity, as soon as there is one, and forget all."""

        def about() -> list[Any]:
            self._hub.wait(duration=0.02)
            return [
                each for each in self._heard if any(one["entityId"] == entity_id for one in each["data"]["entities"])
            ]

        found = until(about, what=f"a change of {entity_id}")
        self._heard.clear()
        return found

    def change(self, entity_id: str) -> dict[str, Any]:
        """Return what the only event about an entity says of it."""
        [event] = self.events(entity_id)
        [change] = [each for each in event["data"]["entities"] if each["entityId"] == entity_id]
        return dict(change)


@pytest.fixture
def listener(ftrack_sandbox_session: SandboxServer, task: Any) -> Iterator[Listener]:
    with ftrack_sandbox_session.session() as opened:
        yield Listener(opened)


def test_every_kind_of_change_is_heard_in_ftracks_own_words(listener: Listener, session: Any, task: Any) -> None:
    approved = session.query('Status where name is "Approved"').one()
    before = task["status_id"]
    task["status"] = approved
    session.commit()
    changed = listener.change(task["id"])
    assert (changed["entityType"], changed["entity_type"], changed["action"]) == ("task", "Task", "update")
    assert changed["changes"] == {"statusid": {"old": before, "new": approved["id"]}}
    assert [parent["entityType"] for parent in changed["parents"]] == ["task", "task", "task", "show"]

    elsewhere = session.create("Shot", {"name": "010_0090", "parent": task["parent"]["parent"]})
    task["parent"] = elsewhere
    session.commit()
    moved = listener.change(task["id"])
    assert (moved["action"], moved["parentId"]) == ("move", elsewhere["id"])

    session.delete(task)
    session.commit()
    assert listener.change(task["id"])["action"] == "remove"


def test_a_batch_is_one_event(listener: Listener, session: Any, shot: Any) -> None:
    tasks = [session.create("Task", {"name": f"light_{number}", "parent": shot}) for number in range(5)]
    session.commit()
    [event] = listener.events(tasks[0]["id"])
    added = {each["entityId"]: each["action"] for each in event["data"]["entities"]}
    assert added == {task["id"]: "add" for task in tasks}
    assert event["source"]["user"]["username"] == event["data"]["user"]["name"] == "admin"


def test_who_hears_of_a_change_reads_it_after_a_reset(
    listener: Listener, session: Any, another: Any, task: Any
) -> None:
    cached = another.get("Task", task["id"])
    assert cached["description"] == ""
    task["description"] = "changed"
    session.commit()
    listener.change(task["id"])
    assert cached["description"] == ""
    another.populate([cached], "description")
    assert cached["description"] == "changed"
