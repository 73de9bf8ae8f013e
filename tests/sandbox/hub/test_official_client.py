"""The event hub with the official client."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest
from ftrack_api.event.base import Event
from ftrack_api.event.hub import EventHub
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ftrack_sandbox.testing import SandboxServer


class Person:
    """A hub that handles its events in a thread of its own, as an event server does."""

    def __init__(self, server: SandboxServer, **session: Any) -> None:
        self.session = server.session(**session)
        self.hub: Any = self.session.event_hub
        self.hub.connect()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._handle, daemon=True)
        self._thread.start()
        self.settle()

    def subscribe(self, subscription: str, callback: Callable[[Any], Any], **metadata: Any) -> None:
        subscriber = {"id": uuid.uuid4().hex, **metadata}
        self.hub.subscribe(subscription, callback, subscriber=subscriber)
        self.settle()

    def settle(self) -> None:
        """Wait until the server has taken all that was sent: acknowledgements come in order."""
        until(lambda: not self.hub._packet_callbacks, what="acknowledgements")

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _handle(self) -> None:
        while not self._ended.is_set():
            self.hub.wait(0.05)


@pytest.fixture
def people(ftrack_sandbox_session: SandboxServer) -> Iterator[Callable[[], Person]]:
    known: list[Person] = []

    def connect() -> Person:
        known.append(Person(ftrack_sandbox_session))
        return known[-1]

    yield connect
    for person in known:
        person.close()


def topic() -> str:
    return f"test.{uuid.uuid4().hex}"


def test_an_event_reaches_others_and_its_sender(people: Callable[[], Person]) -> None:
    sender, other = people(), people()
    name = topic()
    received: list[Any] = []
    for person in (sender, other):
        person.subscribe(f"topic={name}", received.append)
    sender.hub.publish(Event(name, data={"text": "Zoë", "nested": {"in_reply_to_event": 1}}))
    until(lambda: len(received) == 2, what="two copies")
    for event in received:
        assert event["data"] == {"text": "Zoë", "nested": {"in_reply_to_event": 1}}
        assert event["source"]["id"] == sender.hub.id
        assert event["source"]["user"]["username"] == "admin"


def test_an_action_is_discovered_and_launched(people: Callable[[], Person]) -> None:
    server, launcher = people(), people()
    name = topic()
    item = {"label": "Publish", "actionIdentifier": name}
    server.subscribe(f"topic=ftrack.action.discover and data.probe={name}", lambda _: {"items": [item]})
    server.subscribe(
        f"topic=ftrack.action.launch and data.actionIdentifier={name}",
        lambda event: {"success": True, "message": event["data"]["selection"][0]["entityId"]},
    )
    replies: list[Any] = []
    discover = Event("ftrack.action.discover", data={"probe": name, "selection": []})
    launcher.hub.publish(discover, on_reply=replies.append)
    until(lambda: replies, what="the answer to discover")
    assert replies.pop()["data"]["items"] == [item]
    launch = Event("ftrack.action.launch", data={**item, "selection": [{"entityId": "x", "entityType": "task"}]})
    launcher.hub.publish(launch, on_reply=replies.append)
    until(lambda: replies, what="the answer to launch")
    assert replies[0]["data"] == {"success": True, "message": "x"}
    assert replies[0]["in_reply_to_event"] == launch["id"]


def test_a_form_is_asked_for_filled_in_and_answered(people: Callable[[], Person]) -> None:
    server, launcher = people(), people()
    name = topic()
    form = {
        "items": [{"type": "text", "name": "comment", "label": "Comment", "value": "", "empty_text": "why"}],
        "title": "Publish",
        "submit_button_label": "Go",
    }

    def launched(event: Any) -> Any:
        values = event["data"].get("values")
        return {"success": True, "message": values["comment"]} if values else form

    server.subscribe(f"topic=ftrack.action.launch and data.actionIdentifier={name}", launched)
    replies: list[Any] = []
    source = {"user": {"id": "7", "username": "ines"}}
    for data in ({}, {"values": {"comment": "done"}}):
        event = Event("ftrack.action.launch", data={"actionIdentifier": name, "selection": [], **data}, source=source)
        launcher.hub.publish(event, on_reply=replies.append)
        until(lambda: replies, what="the answer")
        answer = replies.pop()["data"]
        assert answer == ({"success": True, "message": "done"} if data else form)


def test_several_handlers_answer_and_one_keeps_silent(people: Callable[[], Person]) -> None:
    asker, name = people(), topic()
    answers: list[Any] = [{"items": []}, {"items": [1]}, {}, None]
    for answer in answers:
        people().subscribe(f"topic={name}", lambda _, answer=answer: answer)  # type: ignore[misc]  # mypy cannot infer it
    replies: list[Any] = []
    asker.hub.publish(Event(name), on_reply=lambda reply: replies.append(reply["data"]))
    until(lambda: len(replies) == 3, what="three answers")
    assert sorted(map(str, replies)) == ["{'items': [1]}", "{'items': []}", "{}"]


def test_a_message_is_for_one_user_of_the_web_client(people: Callable[[], Person]) -> None:
    server, mine, theirs = people(), people(), people()
    name = topic()
    shown: list[str] = []
    for person, user in ((mine, "ines"), (theirs, "kofi")):
        person.subscribe(
            f"topic=ftrack.action.trigger-user-interface and data.probe={name}",
            lambda event, user=user: shown.append(f"{user}: {event['data']['message']}"),  # type: ignore[misc]  # the same
            applicationId="ftrack.client.web",
            user={"id": user},
        )
    for user in ("ines", "kofi"):
        data = {"type": "message", "success": True, "message": f"for {user}", "probe": name}
        target = f'applicationId=ftrack.client.web and user.id="{user}"'
        server.hub.publish(Event("ftrack.action.trigger-user-interface", data=data, target=target))
    until(lambda: len(shown) == 2, what="both messages")
    assert sorted(shown) == ["ines: for ines", "kofi: for kofi"]


def test_one_connection_gets_one_copy(people: Callable[[], Person]) -> None:
    person = people()
    name = topic()
    received: list[Any] = []
    for _ in range(3):
        person.subscribe(f"topic={name}", received.append)
    person.hub.publish(Event(name))
    person.hub.publish(Event(name, data={"last": True}))
    until(lambda: received and received[-1]["data"].get("last"), what="the last event")
    until(lambda: len(received) >= 6, what="all callbacks")
    person.settle()
    assert len(received) == 6


def test_an_event_goes_to_its_target_only(people: Callable[[], Person]) -> None:
    meant, other = people(), people()
    name = topic()
    received: list[str] = []
    for person, application in ((meant, "web"), (other, "desktop")):
        person.subscribe(
            f"topic={name}",
            lambda _, application=application: received.append(application),  # type: ignore[misc]  # mypy cannot infer it
            applicationId=application,
            user={"id": "7"},
        )
    other.hub.publish(Event(name, target='applicationId=web and user.id="7"'))
    other.hub.publish(Event(name, target='applicationId=desktop and user.id="7"'))
    until(lambda: len(received) == 2, what="both events")
    assert sorted(received) == ["desktop", "web"]


def test_unsubscribing_ends_the_copies(people: Callable[[], Person]) -> None:
    person = people()
    name = topic()
    received: list[Any] = []
    subscriber = person.hub.subscribe(f"topic={name}", received.append)
    person.hub.unsubscribe(subscriber)
    person.subscribe(f"topic={name}.last", received.append)
    person.hub.publish(Event(name))
    person.hub.publish(Event(f"{name}.last"))
    until(lambda: received, what="the last event")
    assert [event["topic"] for event in received] == [f"{name}.last"]


def test_a_commit_is_told_once_it_can_be_read(
    people: Callable[[], Person], ftrack_sandbox_session: SandboxServer
) -> None:
    listener, writer = people(), people()
    reader = ftrack_sandbox_session.session()
    seen: list[Any] = []

    def look(event: Any) -> None:
        for entity in event["data"]["entities"]:
            if entity["entityType"] == "show" and entity["action"] == "add":
                found = reader.query(f'Project where id is "{entity["entityId"]}"').first()
                seen.append(found and found["name"])

    listener.subscribe("topic=ftrack.update", look)
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = writer.session.query("ProjectSchema").first()
    writer.session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    writer.session.commit()
    until(lambda: name in seen, what="ftrack.update")


def test_a_cut_connection_comes_back_and_hears_again(
    people: Callable[[], Person], ftrack_sandbox_session: SandboxServer
) -> None:
    person = people()
    name = topic()
    received: list[Any] = []
    connected: list[Any] = []
    person.subscribe(f"topic={name}", received.append)
    person.hub.subscribe("topic=ftrack.meta.connected", connected.append)
    before = person.hub._connection
    ftrack_sandbox_session.faults.cut_hub()
    until(lambda: person.hub.connected and person.hub._connection is not before, what="the reconnection")

    def heard() -> bool:
        # The client is connected before it has announced its subscriptions again.
        person.hub.publish(Event(name))
        person.settle()
        return bool(received)

    until(heard, what="an event after the reconnection")
    until(lambda: connected, what="the news of it")


def test_a_hub_ends_and_begins_again_with_its_subscriptions(
    people: Callable[[], Person], ftrack_sandbox_session: SandboxServer
) -> None:
    name = topic()
    received: list[Any] = []
    with ftrack_sandbox_session.session() as session:
        hub = session.event_hub
        hub.subscribe(f"topic={name}", received.append)
        hub.connect()
        with pytest.raises(ftrack_api.exception.EventHubConnectionError, match="Already connected"):
            hub.connect()
        hub.disconnect(unsubscribe=False)
        assert not hub.connected
        hub.reconnect()
        sender = people()

        def heard() -> bool:
            # The hub is connected before it has announced its subscriptions again.
            sender.hub.publish(Event(name))
            hub.wait(duration=0.02)
            return bool(received)

        until(heard, what="an event after the reconnection")


def test_what_is_published_before_the_connection_is_sent_with_it(ftrack_sandbox_session: SandboxServer) -> None:
    name = topic()
    replies: list[Any] = []
    with ftrack_sandbox_session.session() as session:
        hub = session.event_hub
        for answer in ("one", "two"):
            hub.subscribe(f"topic={name}", lambda _, answer=answer: answer)
        hub.init_connection()
        hub.publish(Event(name), on_reply=lambda reply: replies.append(reply["data"]))
        hub.connect()
        until(lambda: hub.wait(duration=0.02) or len(replies) == 2, what="both answers")
    assert sorted(replies) == ["one", "two"]


def test_wrong_credentials_cannot_connect(ftrack_sandbox_session: SandboxServer) -> None:
    hub = EventHub(ftrack_sandbox_session.url, ftrack_sandbox_session.api_user, "wrong")
    with pytest.raises(ftrack_api.exception.EventHubConnectionError, match="401"):
        hub.connect()
