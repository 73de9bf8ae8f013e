"""The hub's frames, and what it makes of frames that no client should send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sandbox.hub.raw import RawClient, handshake, hub_url
from tests.waiting import until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ftrack_sandbox.events import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def client(ftrack_sandbox_session: SandboxServer) -> Iterator[RawClient]:
    raw = RawClient(ftrack_sandbox_session)
    yield raw
    raw.close()


def is_alive(client: RawClient) -> bool:
    answer = client.publish({"topic": "test.alive"}, packet_id="77+")
    return bool(answer == {"success": True})


def test_the_handshake_says_how_to_connect(ftrack_sandbox_session: SandboxServer) -> None:
    query = {"api_user": ftrack_sandbox_session.api_user, "api_key": ftrack_sandbox_session.api_key}
    response = requests.get(f"{ftrack_sandbox_session.url}/socket.io/1/", params=query, timeout=10)
    session_id, heartbeat, close, transports = response.text.split(":")
    assert session_id
    assert (heartbeat, close, transports) == ("60", "60", "websocket")


def test_an_id_connects_once(ftrack_sandbox_session: SandboxServer) -> None:
    session_id = handshake(ftrack_sandbox_session)
    with connect(hub_url(ftrack_sandbox_session, session_id)) as connection:
        assert connection.recv() == "1::"
    for used_or_unknown in (session_id, "unknown"):
        url = hub_url(ftrack_sandbox_session, used_or_unknown)
        with pytest.raises(InvalidStatus, match="403"), connect(url):
            pass


def test_an_event_has_the_keys_that_the_official_client_takes(client: RawClient) -> None:
    client.subscribe("topic=test.keys")
    client.send('5:::{"name":"ftrack.event","args":[{"topic":"test.keys","surprise":1,"inReplyToEvent":"x"}]}')
    event = client.event()
    assert event.pop("id")
    assert event == {
        "topic": "test.keys",
        "data": None,
        "source": {},
        "target": "",
        "sent": None,
        "inReplyToEvent": "x",
    }


@pytest.mark.parametrize("packet_id", ["7+", "7"])
def test_acknowledgements_carry_the_packets_number(client: RawClient, packet_id: str) -> None:
    client.send(f'5:{packet_id}::{{"name":"ftrack.event","args":[{{"topic":"x"}}]}}')
    assert client.receive() == '6:::7+[{"success":true}]'


def test_a_packet_without_an_id_gets_no_acknowledgement(client: RawClient) -> None:
    client.send('5:::{"name":"ftrack.event","args":[{"topic":"x"}]}')
    client.send('5:8+::{"name":"ftrack.event","args":[{"topic":"x"}]}')
    assert client.receive().startswith("6:::8+")


def test_only_the_same_subscriber_may_fulfil_target_and_subscription(client: RawClient) -> None:
    client.subscribe("topic=test.other", id="meant", role="web")
    client.subscribe("topic=test.mixed", id="not meant", role="desktop")
    for target in ("role=web", "role=desktop"):
        event = {"topic": "test.mixed", "target": target, "data": target}
        client.send(f"5:::{json.dumps({'name': 'ftrack.event', 'args': [event]})}")
    assert client.event()["data"] == "role=desktop"


def test_an_event_for_nobody_is_not_kept(ftrack_sandbox_session: SandboxServer, client: RawClient) -> None:
    topic = "test.early"
    assert client.publish({"topic": topic, "data": "first"}) == {"success": True}
    late = RawClient(ftrack_sandbox_session)
    late.subscribe(f"topic={topic}")
    client.publish({"topic": topic, "data": "second"})
    assert late.event()["data"] == "second"
    late.close()


def test_a_repeated_subscriber_replaces_the_former(client: RawClient) -> None:
    assert client.subscribe("topic=test.first") == {"success": True}
    assert client.subscribe("topic=test.second") == {"success": True}
    client.send('5:::{"name":"ftrack.event","args":[{"topic":"test.first"}]}')
    client.send('5:::{"name":"ftrack.event","args":[{"topic":"test.second"}]}')
    assert client.event()["topic"] == "test.second"


@pytest.mark.parametrize(
    "event",
    [
        None,
        7,
        [],
        {},
        {"topic": 7},
        {"topic": ""},
        {"topic": "x", "target": "((("},
        {"topic": "x", "target": 7},
        {"topic": "ftrack.meta.subscribe"},
        {"topic": "ftrack.meta.subscribe", "data": None},
        {"topic": "ftrack.meta.subscribe", "data": {"subscriber": {"id": 7}, "subscription": "a=b"}},
        {"topic": "ftrack.meta.subscribe", "data": {"subscriber": {"id": "7"}, "subscription": None}},
        {"topic": "ftrack.meta.subscribe", "data": {"subscriber": {"id": "7"}, "subscription": "no"}},
        {"topic": "ftrack.meta.unsubscribe", "data": []},
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(client: RawClient, event: Any) -> None:
    answer = client.publish(event)
    assert answer["success"] is False
    assert answer["message"]
    assert is_alive(client)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        ":",
        "9:::x",
        "8::",
        "not a frame",
        "5",
        "5:1+",
        "5:1+::",
        "5:1+::{",
        "5:1+::null",
        '5:1+::{"name":"other","args":[]}',
        '5:1+::{"name":"ftrack.event","args":7}',
        '5:1+::{"name":"ftrack.event","args":[{},{}]}',
        "5:1+::" + "[" * 100_000,
        "5:1+::" + '"' + "x" * 5_000_000 + '"',
        "6:::nonsense",
        "2:::",
        "2::",
        "1::",
        "4:::{}",
        "7:::x",
        b"\xff\xfe\x00",
    ],
)
def test_garbage_does_not_disturb_the_connection(client: RawClient, frame: str | bytes) -> None:
    client.send(frame)
    if isinstance(frame, str) and frame.startswith("5:1+"):
        assert client.acknowledged()["success"] is False
    assert is_alive(client)


def test_an_event_too_deep_to_write_is_refused(client: RawClient) -> None:
    client.subscribe("topic=test.deep")
    client.send('5:1+::{"name":"ftrack.event","args":[{"topic":"test.deep","data":' + "[" * 900 + "]" * 900 + "}]}")
    assert "cannot be sent" in client.acknowledged()["message"]
    assert is_alive(client)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_any_json_may_come(client: RawClient, content: Any) -> None:
    client.send(f"5:::{json.dumps(content)}")
    client.send(f"5:::{json.dumps({'name': 'ftrack.event', 'args': [content]})}")
    client.send(f"5:::{json.dumps({'name': 'ftrack.event', 'args': [{'topic': 'x', 'data': content}]})}")
    assert is_alive(client)


def ends(client: RawClient) -> bool:
    """Read what is left, and tell whether the server closed the connection after it."""
    try:
        while client.receive():
            pass
    except ConnectionClosed:
        return True
    return False


def test_a_slow_reader_is_cut_off_and_nobody_waits(
    ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAXIMUM_QUEUED_FRAMES", 20)
    slow = RawClient(ftrack_sandbox, receive_buffer=128 * 1024)
    slow.subscribe("topic=test.flood")
    quick, sender = RawClient(ftrack_sandbox), RawClient(ftrack_sandbox)
    quick.subscribe("topic=test.flood")
    for number in range(200):
        sender.publish({"topic": "test.flood", "data": {"number": number, "padding": "x" * 100_000}})
        assert quick.event()["data"]["number"] == number
    until(lambda: ftrack_sandbox.statistics.now()["hub_cuts"] == 1, what="the slow reader's end")
    assert ends(slow)
    back = RawClient(ftrack_sandbox)
    back.subscribe("topic=test.flood")
    sender.publish({"topic": "test.flood", "data": "again"})
    assert back.event()["data"] == "again"
    for raw in (slow, quick, sender, back):
        raw.close()
