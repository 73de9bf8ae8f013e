"""The hub: heard for ever, whatever comes through it and however often it is cut."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import ftrack_api.event.base
import pytest
from tests.waiting import until

from callboard.engine.reading import hub as hub_module
from callboard.engine.reading.hub import Event, Hub, Reply
from ftrack_sandbox.testing import SandboxServer


class Ear:
    """A hub, and what it heard."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.events: list[dict[str, Any]] = []
        self.connections = 0
        self.losses = 0
        self.hub = Hub(
            sandbox.url,
            sandbox.api_user,
            sandbox.api_key,
            on_connected=self._connected,
            on_lost=self._lost,
            topics={"test.said": self._hear, "test.asked": self._answer},
        )

    def has_been_cut(self, times: int) -> bool:
        return (self.losses, self.connections) == (times, times + 1)

    def _connected(self) -> None:
        self.connections += 1

    def _lost(self) -> None:
        self.losses += 1

    def _hear(self, event: Event, _reply: Reply) -> None:
        if event["data"] == {"raise": True}:
            raise RuntimeError("on purpose")
        self.events.append(dict(event["data"]))

    def _answer(self, event: Event, reply: Reply) -> None:
        threading.Thread(target=reply, args=[{"answer": event["data"]["question"]}]).start()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_PAUSES", (0.01, 0.05))


@pytest.fixture
def ear(ftrack_sandbox: SandboxServer, quick: None) -> Iterator[Ear]:
    ear = Ear(ftrack_sandbox)
    ear.hub.start()
    until(lambda: ear.connections == 1, what="the connection")
    yield ear
    ear.hub.stop()


@pytest.fixture
def speaker(ftrack_sandbox: SandboxServer) -> Any:
    # The client connects in the background before it subscribes to replies; here it is ready when it is handed out.
    session = ftrack_sandbox.session()
    session.event_hub.connect()
    return session


def say(speaker: Any, **data: Any) -> None:
    speaker.event_hub.publish(ftrack_api.event.base.Event("test.said", data=data))


def test_events_are_heard(ear: Ear, speaker: Any) -> None:
    say(speaker, word="hello")
    until(lambda: ear.events == [{"word": "hello"}])


def test_replies_may_come_later_and_from_another_thread(ear: Ear, speaker: Any) -> None:
    answers: list[Any] = []
    event = ftrack_api.event.base.Event("test.asked", data={"question": 7})
    speaker.event_hub.publish(event, on_reply=lambda reply: answers.append(reply["data"]))
    until(lambda: (speaker.event_hub.wait(0.01), answers)[1] == [{"answer": 7}])


def test_an_event_that_is_not_understood_costs_nothing_but_itself(
    ear: Ear, speaker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    say(speaker, **{"raise": True})
    say(speaker, word="after")
    until(lambda: ear.events == [{"word": "after"}])
    assert "an event of the topic test.said was not understood" in caplog.text
    assert ear.losses == 0


@pytest.mark.parametrize(
    "packet",
    [
        "",
        ":",
        "9:::",
        "x",
        "5:::",
        "5:::[1]",
        "5:::{",
        '5:::{"name": "ftrack.event", "args": 3}',
        "6:::99+[1]",
        "6:::x",
    ],
)
def test_packets_that_are_none_do_not_make_it_deaf(
    ear: Ear, speaker: Any, packet: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = ear.hub._connection
    assert connection is not None
    parts = [*packet.split(":", 3), "", "", "", ""][:4]
    connection._handle_packet(*parts)
    say(speaker, word="after")
    until(lambda: ear.events == [{"word": "after"}])
    assert ear.losses == 0


@pytest.mark.parametrize(
    "data", [None, 5, "x", [], [{}], {"a": None}, {"big": "x" * 5_000_000}], ids=lambda data: str(data)[:9]
)
def test_any_payload_is_survived(ear: Ear, speaker: Any, data: Any) -> None:
    event = ftrack_api.event.base.Event("test.said")
    event._data["data"] = data
    speaker.event_hub.publish(event)
    say(speaker, word="after")
    until(lambda: {"word": "after"} in ear.events, seconds=20)
    assert ear.losses == 0


def test_a_cut_connection_is_made_again(ear: Ear, speaker: Any, ftrack_sandbox: SandboxServer) -> None:
    for count in (1, 2, 3):
        ftrack_sandbox.faults.cut_hub()
        until(partial(ear.has_been_cut, count), what="the next connection")
    other = ftrack_sandbox.session(auto_connect_event_hub=True)
    until(lambda: other.event_hub.connected)
    say(other, word="still here")
    until(lambda: ear.events == [{"word": "still here"}])


def test_a_hub_that_is_away_for_long_is_waited_for(ear: Ear, ftrack_sandbox: SandboxServer) -> None:
    ftrack_sandbox.faults.take_hub_down()
    until(lambda: ear.losses == 1, what="the loss")
    assert not ear.hub.connected
    ftrack_sandbox.faults.bring_hub_up()
    until(lambda: ear.connections == 2, what="the next connection")


def test_a_silent_hub_counts_as_lost(ear: Ear, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_EVERY", 0.1)
    monkeypatch.setattr(hub_module, "_DEAF", 0.5)
    ftrack_sandbox.faults.silence_hub()
    until(lambda: ear.losses >= 1, what="the loss")
    ftrack_sandbox.faults.bring_hub_up()
    until(lambda: ear.hub.connected, what="the next connection")


def test_the_processs_logging_stays_on_while_it_is_away(
    ear: Ear, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    disabled: list[int] = []
    monkeypatch.setattr(logging, "disable", disabled.append)
    ftrack_sandbox.faults.cut_hub()
    until(lambda: ear.connections == 2, what="the next connection")
    assert disabled == []


def test_a_server_that_is_not_there_yet_is_waited_for(ftrack_sandbox: SandboxServer, quick: None) -> None:
    ftrack_sandbox.stop()
    ear = Ear(ftrack_sandbox)
    ear.hub.start()
    ftrack_sandbox.start()
    until(lambda: ear.connections == 1, what="the connection")
    ear.hub.stop()
    assert ear.losses == 0
