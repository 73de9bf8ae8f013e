"""Pauses: an automation rests on all servers, until somebody resumes it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as fewer
from hypothesis import strategies as st
from tests.engine.event_server import EventServer
from tests.engine.work import inbox_of, sighting, trigger
from tests.waiting import until

from callboard.changes import Change
from callboard.effects import Effect, MakeFolders, SetMetadata
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.pauses import Pauses, pause, read_pauses, resume
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings
from ftrack_sandbox.testing import SandboxServer


def test_a_paused_automation_is_not_claimed_by_anybody(store: Store) -> None:
    inbox_of(store, trigger("greet"), trigger("other")).store([sighting("e1")])
    assert pause(store, "greet", by="nadia", why="the storage moves")
    assert not pause(store, "greet", by="mira", why="me too")
    lane = Lanes(store).claim(["greet", "other"])
    assert lane is not None
    assert lane.automation == "other"
    assert Lanes(store).claim(["greet", "other"]) is None
    ended = resume(store, "greet")
    assert ended is not None
    assert (ended.by, ended.why) == ("nadia", "the storage moves")
    assert resume(store, "greet") is None
    lane = Lanes(store).claim(["greet"])
    assert lane is not None


def test_what_is_known_of_pauses_is_what_the_last_look_saw(store: Store) -> None:
    known = Pauses(store)
    pause(store, "greet", by="nadia", why="the storage moves.")
    assert known.of("greet") is None
    known.refresh()
    found = known.of("greet")
    assert found is not None
    assert found.sentence == "is paused by nadia: the storage moves."
    assert known.of("other") is None


@given(st.text(max_size=2000), st.text(min_size=1, max_size=50))
@fewer(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_may_be_the_reason(store: Store, why: str, by: str) -> None:
    why, by = (text.encode("utf-8", "replace").decode() for text in (why, by))
    pause(store, "greet", by=by, why=why)
    assert set(read_pauses(store)) == {"greet"}
    resume(store, "greet")


# On real servers


class Gate:
    """An automation that makes a folder for each task; each run waits at the gate while it is closed."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()

    def plan(self, change: Change, _settings: Any) -> Iterator[Effect]:
        """Make a folder, and note it."""
        assert change.entity is not None
        self.reached.set()
        assert self.open.wait(30)
        yield MakeFolders(base=str(self.base), folder=str(self.base), folders=[change.entity["name"]])
        yield SetMetadata(entity=change.entity.reference, key="made", value="yes")


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    (tmp_path / "made").mkdir()
    return Gate(tmp_path / "made")


@pytest.fixture
def studio(
    ftrack_sandbox: SandboxServer, postgresql: Callable[[], str], gate: Gate
) -> Iterator[Callable[..., EventServer]]:
    servers = []

    def start(**own: Any) -> EventServer:
        make = Trigger("make", gate.plan, "created", "Task", AutomationSettings, ("name",))
        server = EventServer(ftrack_sandbox, postgresql(), make, make=AutomationSettings(**own))
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


def waits(server: EventServer, count: int) -> list[dict[str, Any]]:
    return until(lambda: found if len(found := server.runs(state="waiting")) == count else [], 20, "waiting runs")


def test_two_servers_rest_and_what_waits_is_handled_when_it_is_resumed(
    studio: Callable[..., EventServer], gate: Gate
) -> None:
    server = studio()
    beside = server.another()
    beside.start()
    try:
        server.tasks(1)
        server.over(1)
        pause(server.server.store, "make", by="nadia", why="the storage moves")
        shot = server.shot()
        server.tasks(3, shot)
        paused = waits(server, 3)
        assert {run["paused"] for run in paused} == {"make is paused by nadia: the storage moves."}
        assert server.server.history.pauses()["make"]["by"] == "nadia"
        for each in (server.server, beside):
            assert until(lambda each=each: each._pauses.of("make"), 3, "the pause")  # type: ignore[misc]
            assert not each._workers.serve_a_lane()
        assert len(list(gate.base.iterdir())) == 1
        # A pause survives a restart.
        server.stop()
        server.start()
        assert not server.server._workers.serve_a_lane()
        resume(server.server.store, "make")
        server.over(4)
        assert {each.name for each in gate.base.iterdir()} == {"comp0", "comp1", "comp2"}
    finally:
        beside.stop()


def test_what_a_worker_has_in_hand_is_not_begun(studio: Callable[..., EventServer], gate: Gate) -> None:
    server = studio()
    gate.open.clear()
    server.tasks(2)
    assert gate.reached.wait(20)
    pause(server.server.store, "make", by="nadia", why="the storage moves")
    until(lambda: server.server._pauses.of("make"), 5, "the pause")
    gate.open.set()
    waits(server, 2)
    assert list(gate.base.iterdir()) == []
    resume(server.server.store, "make")
    server.over(2)
    assert len(list(gate.base.iterdir())) == 2


def test_what_became_old_meanwhile_follows_the_rule_for_old_work(
    studio: Callable[..., EventServer], gate: Gate
) -> None:
    server = studio(on_late="skip", late_after=timedelta(0))
    pause(server.server.store, "make", by="nadia", why="the storage moves")
    server.tasks(1)
    waits(server, 1)
    resume(server.server.store, "make")
    [run] = server.over(1)
    assert "skips what is older" in run["summary"]
    assert list(gate.base.iterdir()) == []
