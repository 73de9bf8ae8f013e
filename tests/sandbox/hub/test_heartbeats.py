"""Heartbeats: the server's, and the clients' that stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.sandbox.hub.raw import RawClient
from tests.waiting import until

from ftrack_sandbox.events import hub

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxFactory


def test_heartbeats_come_although_nothing_happens(
    ftrack_sandbox_factory: SandboxFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.02)
    client = RawClient(ftrack_sandbox_factory("empty"))
    assert [client.receive() for _ in range(3)] == ["2::"] * 3
    client.close()


def test_who_never_answers_is_cut_off(ftrack_sandbox_factory: SandboxFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.02)
    monkeypatch.setattr(hub, "SILENCE_SECONDS", 0.5)
    server = ftrack_sandbox_factory("empty")
    dead, alive = RawClient(server), server.session(auto_connect_event_hub=True)
    until(lambda: alive.event_hub.connected, what="the connection")
    until(lambda: server.statistics.now()["hub_cuts"] == 1, what="the cut")
    assert server.statistics.now()["hub_connections"] == 1
    dead.close()
