"""Faults on demand, as the official client sees them."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest
import requests
from tests.sandbox.hub.raw import RawClient
from tests.waiting import until

from ftrack_sandbox.control.client import Control, ControlError
from ftrack_sandbox.control.faults import Fault, Faults, FaultSettings

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer


def new_project(session: Any, name: str) -> None:
    schema = session.query("ProjectSchema").first()
    session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()


def test_calls_fail_as_often_as_asked(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    ftrack_sandbox.faults.api(502, calls=2)
    for _ in range(2):
        # The client's session.py takes no error status for an answer, so its JSON reader's error gets through.
        with pytest.raises(ValueError, match="Expecting value"):
            session.query("Project").first()
    session.query("Project").first()


def test_a_failed_call_changed_nothing_unless_only_its_answer_is_lost(ftrack_sandbox: SandboxServer) -> None:
    for executed in (False, True):
        session = ftrack_sandbox.session()
        name = f"executed_{executed}"
        schema = session.query("ProjectSchema").first()
        session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
        ftrack_sandbox.faults.api(500, calls=1, executed=executed)
        with pytest.raises(ValueError, match="Expecting value"):
            session.commit()
        found = ftrack_sandbox.session().query(f"Project where name is {name}").all()
        assert len(found) == executed


def test_calls_run_into_the_clients_timeout(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session(timeout=0.2)
    ftrack_sandbox.faults.api("timeout")
    with pytest.raises(requests.exceptions.Timeout):
        session.query("Project").first()
    ftrack_sandbox.faults.clear()
    ftrack_sandbox.session().query("Project").first()


def test_a_server_ends_although_requests_hang(ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftrack_sandbox.server._GRACE_SECONDS", 0.1)
    session = ftrack_sandbox.session()
    ftrack_sandbox.faults.api("timeout")
    broken: list[Exception] = []

    def hang() -> None:
        try:
            session.query("Project").first()
        except requests.exceptions.ConnectionError as error:
            broken.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    until(lambda: ftrack_sandbox.faults.now()["api"], what="the fault")
    ftrack_sandbox.stop()
    thread.join(10)
    assert broken


def test_latency_delays_calls_side_by_side(ftrack_sandbox: SandboxServer) -> None:
    ftrack_sandbox.faults.latency(300)
    ftrack_sandbox.statistics.reset()
    answered: list[float] = []

    def call() -> None:
        headers = {"ftrack-user": ftrack_sandbox.api_user, "ftrack-api-key": ftrack_sandbox.api_key}
        started = time.monotonic()
        requests.post(f"{ftrack_sandbox.url}/api", json=[], headers=headers, timeout=30)
        answered.append(time.monotonic() - started)

    threads = [threading.Thread(target=call) for _ in range(20)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(answered) >= 0.3
    assert time.monotonic() - started < 20 * 0.3
    assert ftrack_sandbox.statistics.now()["seconds"] < 0.3


@pytest.mark.parametrize("path", ["get", "thumbnail", "remove"])
def test_latency_delays_files_too(ftrack_sandbox: SandboxServer, path: str) -> None:
    # The official client's own tests set timeouts of a millisecond, which have to be missed.
    ftrack_sandbox.faults.latency(300)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{ftrack_sandbox.url}/component/{path}", params={"id": "x"}, timeout=(10, 0.1))
    ftrack_sandbox.faults.latency(0)
    assert requests.get(f"{ftrack_sandbox.url}/component/{path}", params={"id": "x"}, timeout=10).status_code == 401


def test_uploads_are_refused(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    answer = session.get_upload_metadata(str(uuid.uuid4()), "a.txt", 7)
    ftrack_sandbox.faults.uploads(503, calls=1)
    statuses = [requests.put(answer["url"], data=b"content", timeout=10).status_code for _ in range(2)]
    assert statuses == [503, 200]


def test_a_silent_hub_keeps_connections_and_says_nothing(ftrack_sandbox: SandboxServer) -> None:
    client = RawClient(ftrack_sandbox)
    client.subscribe("topic=test.x")
    ftrack_sandbox.faults.silence_hub()
    client.send('5:1+::{"name":"ftrack.event","args":[{"topic":"test.x"}]}')
    with pytest.raises(TimeoutError):
        client.socket.recv(timeout=0.1)
    ftrack_sandbox.faults.bring_hub_up()
    assert client.publish({"topic": "test.x"}, packet_id="9+") == {"success": True}
    client.close()


def test_a_hub_that_is_down_cuts_and_refuses(ftrack_sandbox: SandboxServer) -> None:
    hub = ftrack_sandbox.session().event_hub
    client = RawClient(ftrack_sandbox)
    ftrack_sandbox.faults.take_hub_down()
    until(lambda: ftrack_sandbox.statistics.now()["hub_connections"] == 0, what="the cut")
    with pytest.raises(ftrack_api.exception.EventHubConnectionError, match="503"):
        hub.connect()
    ftrack_sandbox.faults.bring_hub_up()
    hub.connect()
    client.close()


def test_faults_are_told_and_cleared(ftrack_sandbox: SandboxServer) -> None:
    ftrack_sandbox.faults.latency(5)
    ftrack_sandbox.faults.uploads("timeout", seconds=100)
    now = ftrack_sandbox.faults.now()
    assert (now["latency_ms"], now["api"], now["uploads"]["answer"]) == (5, None, "timeout")
    ftrack_sandbox.faults.clear()
    assert ftrack_sandbox.faults.now() == {"latency_ms": 0, "hub": "up", "api": None, "uploads": None}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({}, "at least one"),
        ({"api": {"answer": 200}}, "api.answer"),
        ({"api": {"answer": 500, "calls": 0}}, "api.calls"),
        ({"hub": "sideways"}, "hub"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_fault_is_refused_by_name(ftrack_sandbox_session: SandboxServer, change: Any, named: str) -> None:
    server = ftrack_sandbox_session
    with pytest.raises(ControlError, match=named):
        Control(server.url, server.api_user, server.api_key).ask("POST", "faults", change)


def test_only_the_administrator_may_ask_for_faults(ftrack_sandbox: SandboxServer) -> None:
    with pytest.raises(ControlError, match="does not belong to an active user"):
        Control(ftrack_sandbox.url, ftrack_sandbox.api_user, "wrong").ask("GET", "faults")
    session = ftrack_sandbox.session()
    user = session.create("User", {"username": "curious"})
    session.commit()
    key = session.reset_remote("api_key", entity=user)["api_key"]
    with pytest.raises(ControlError, match="Only admin may use"):
        Control(ftrack_sandbox.url, "curious", key).ask("POST", "faults", {"latency_ms": 1})


def test_a_fault_for_seconds_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("ftrack_sandbox.control.faults.time.monotonic", lambda: now)
    faults = Faults()
    faults.apply(FaultSettings(api=Fault(answer=500, seconds=10)))
    assert faults.take("api")
    now = 110.0
    assert faults.take("api") is None
