"""What becomes of changes while the hub is cut, silent, poisoned or flapping: each is handled, and once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import ftrack_api.event.base
import pytest
from tests.engine.event_server import EventServer
from tests.waiting import until

from callboard.changes import Change
from callboard.effects import Effect, SetMetadata
from callboard.engine.reading import hub, watch
from callboard.engine.reading.reader import Reader
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings
from ftrack_sandbox.testing import SandboxServer


def count(change: Change, _settings: Any) -> Iterator[Effect]:
    """Count in an entity's metadata how often this was done about it."""
    done = sum(len(row["value"]) for row in change.entity["metadata"] if row["key"] == "done")
    yield SetMetadata(entity=change.entity.reference, key="done", value="x" * (done + 1))


CREATED = Trigger("count_created", count, "created", "Task", AutomationSettings, ("metadata",))


@pytest.fixture
def studio(ftrack_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventServer]:
    monkeypatch.setattr(hub, "_PAUSES", (0.01, 0.05))
    monkeypatch.setattr(watch, "_FLAP_FIRST", 0.2)
    monkeypatch.setattr(watch, "_UNHEARD", 0.3)
    studio = EventServer(ftrack_sandbox, f"sqlite:///{tmp_path / 'callboard.db'}", CREATED)
    studio.start()
    yield studio
    studio.stop()


@pytest.fixture
def speaker(ftrack_sandbox: SandboxServer) -> Any:
    """Somebody who may publish anything."""
    session = ftrack_sandbox.session(auto_connect_event_hub=True)
    until(lambda: session.event_hub.connected, what="the speaker's connection")
    return session


def hears(studio: EventServer) -> bool:
    return bool(studio.server.history.counts()["hub"] == "connected")


def assert_each_once(studio: EventServer, tasks: list[Any]) -> None:
    studio.over(len(tasks))
    until(lambda: studio.metadata(*tasks) == [{"done": "x"}] * len(tasks), 20, "each task counted once")
    assert len(studio.runs()) == len(tasks)


def test_what_happens_while_the_hub_is_cut_again_and_again(
    studio: EventServer, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[Any] = []
    begin = Reader.begin

    def note(reader: Reader, overlap: Any) -> None:
        passes.append(overlap)
        begin(reader, overlap)

    monkeypatch.setattr(Reader, "begin", note)
    shot, tasks = studio.shot(), []
    for number in range(10):
        connection = studio.server._hub._connection
        ftrack_sandbox.faults.cut_hub()
        tasks += one_more(studio, shot, number)
        until(partial(is_another, studio, connection), 20, "another connection")
    assert_each_once(studio, tasks)
    until(studio.server.ready.is_set, 20, "it to be ready again")
    # Two for each cut, without a rhythm.
    assert len(passes) <= 12


def one_more(studio: EventServer, shot: Any, number: int) -> list[Any]:
    """One more task of another name."""
    task = studio.session.create("Task", {"name": f"more{number}", "parent": shot, "type": studio.named("Type", "FX")})
    studio.session.commit()
    return [task]


def is_another(studio: EventServer, connection: Any) -> bool:
    return studio.server._hub._connection is not connection and studio.server._hub.connected


def test_what_happens_while_the_hub_is_silent(
    studio: EventServer, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_EVERY", 0.1)
    monkeypatch.setattr(hub, "_DEAF", 0.5)
    ftrack_sandbox.faults.silence_hub()
    tasks = studio.tasks(3)
    until(lambda: not studio.server.ready.is_set(), 20, "the silence to be noticed")
    ftrack_sandbox.faults.bring_hub_up()
    assert_each_once(studio, tasks)
    assert studio.server.ready.wait(20)


def test_what_happens_while_events_are_not_heard_is_read_all_the_same(
    studio: EventServer, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftrack_sandbox.faults.take_hub_down()
    until(lambda: not studio.server.ready.is_set(), 20, "the loss to be noticed")
    tasks = studio.tasks(3)
    # Nothing is heard, so it reads every few seconds.
    assert_each_once(studio, tasks)
    assert not hears(studio)


HOSTILE: list[Any] = [
    None,
    {"entities": [None, 7, {"entityId": {}, "entityType": "task", "action": "add"}]},
    {"entities": [{"entityId": "' or 1=1 --", "entityType": "task", "action": "add"}]},
    {"entities": [{"entityId": 'x") or (id is_not "', "entityType": "task", "action": "add"}]},
    {"entities": [{"entityId": str(uuid.uuid4()), "entityType": "task", "action": "add"}] * 2000},
    {"entities": [{"entityId": "x" * 60, "entityType": "show", "action": "add", "entity_type": ["Task"]}]},
    {"entities": [{"entityId": "a", "entityType": "task", "action": "update", "changes": {"statusid": {"new": "\0"}}}]},
    {"entities": [{"entityId": "a\0b", "entityType": "assetversion", "action": "add"}], "user": {"userid": "\ud800"}},
]


def test_events_that_anybody_may_forge_keep_no_change_waiting(studio: EventServer, speaker: Any) -> None:
    shot, tasks = studio.shot(), []
    for number, data in enumerate(HOSTILE):
        event = ftrack_api.event.base.Event("ftrack.update")
        event._data["data"] = data
        speaker.event_hub.publish(event)
        tasks += one_more(studio, shot, number)
    assert_each_once(studio, tasks)


def test_packets_that_make_no_sense_keep_no_change_waiting(studio: EventServer) -> None:
    connection = studio.server._hub._connection
    assert connection is not None
    shot, tasks = studio.shot(), []
    for number, packet in enumerate(["9:::", "5:::{", "6:::x", "5:::" + json.dumps({"name": "ftrack.event"}), "8:::"]):
        connection._handle_packet(*packet.split(":", 3))
        tasks += one_more(studio, shot, number)
    assert_each_once(studio, tasks)
    assert studio.server._hub._connection is connection
