"""Every cause on a real event server and a real ftrack: what people do, and what they are told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from tests.engine.event_server import EventServer
from tests.engine.work import inbox_of, sighting, trigger
from tests.waiting import until

from callboard.engine.store.database import Store
from callboard.engine.store.pauses import pause
from callboard.engine.store.tables import cursors, servers
from callboard.explain.decide import explain
from callboard.explain.gather import Gatherer
from callboard.explain.shown import Asker
from callboard.explain.tree import Cause, Explanation
from callboard.ftrack import Ftrack
from callboard.ftrack.links import Named
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings
from ftrack_sandbox.testing import SandboxServer


class Waits(AutomationSettings):
    """A status to wait for."""

    status: str = "Approved"


def made(name: str, **more: Any) -> Trigger:
    """An automation that has nothing to do."""
    return trigger(name, **more)


TRIGGERS = (
    made("make"),
    made("elsewhere"),
    made("off"),
    made("react", kind="status", to="status", settings=Waits),
)
OWN = {"elsewhere": AutomationSettings(projects=["nowhere"]), "off": AutomationSettings(enabled=False)}


class Questions:
    """Somebody who asks why, whether the server runs or not."""

    def __init__(self, server: EventServer, store: Store) -> None:
        self.server, self.store = server, store
        self.ftrack = server.server.ftrack

    def ask(self, entity: Any, store: Store | None = None) -> Explanation:
        """The answer about an entity."""
        registry = self.server._registry
        asker = Asker(self.server.settings, registry, self.ftrack)
        gatherer = Gatherer(self.server.settings, registry, store or self.store, asker)
        return explain(gatherer.facts_about(Named(entity["id"])))

    def causes(self, entity: Any) -> dict[str, Cause]:
        """The cause of each automation."""
        return {each.name: each.verdict.cause for each in self.ask(entity).automations}


@pytest.fixture
def questions(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[Questions]:
    url = f"sqlite:///{tmp_path}/callboard.db"
    store = Store(url)
    store.prepare()
    yield Questions(EventServer(ftrack_sandbox, url, *TRIGGERS, **OWN), store)
    store.close()


def test_a_day_of_questions(questions: Questions) -> None:
    server = questions.server
    [before] = server.tasks(1)
    assert questions.ask(before).verdict.cause is Cause.NEVER_STARTED
    server.start()
    try:
        assert questions.causes(before)["make"] is Cause.BEFORE_START
        [task] = server.tasks(1)
        server.over(1, automation="make")
        until(lambda: questions.causes(task)["react"] is Cause.STATUS, 20, "the first status")
        assert questions.causes(task) == {
            "elsewhere": Cause.PROJECT,
            "make": Cause.DONE,
            "off": Cause.OFF,
            "react": Cause.STATUS,
        }
        assert questions.ask(task).verdict.cause is Cause.DONE
        server.set_status(task, "Approved")
        until(lambda: questions.causes(task)["react"] is Cause.DONE, 20, "the change")
        assert questions.ask(server.shot()).verdict.cause is Cause.NOT_WATCHED
        pause(questions.store, "make", by="nadia", why="the storage moves")
        [paused] = server.tasks(1)
        until(lambda: questions.causes(paused)["make"] is Cause.PAUSED, 20, "the pause")
    finally:
        server.stop()
    [unseen] = server.tasks(1)
    with questions.store.writing() as connection:
        # What that server had not read is read by the next one; a second ago is not old yet for its cursor.
        connection.execute(update(cursors).values(at=cursors.c.at - 5))
    answer = questions.ask(unseen)
    assert answer.verdict.cause is Cause.DOWN
    assert answer.verdict.fix is not None
    assert answer.verdict.fix.command == "callboard run"
    later = Store(questions.store.url, clock=lambda: time.time() + 100 * 86400)
    assert questions.ask(unseen, later).verdict.cause is Cause.TOO_OLD
    later.close()
    questions.ftrack = Ftrack("http://127.0.0.1:9", "x", "x", timeout=1)
    away = questions.ask(task)
    assert {each.name: each.verdict.cause for each in away.automations}["make"] is Cause.DONE
    assert away.automations[0].conditions[-1].sentence.startswith("It cannot be asked, since ftrack did not answer")


@pytest.mark.parametrize(
    ("hub", "behind", "cause"), [("connected", True, Cause.BEHIND), ("disconnected", False, Cause.NOT_HEARD)]
)
def test_what_a_running_server_has_not_read(questions: Questions, hub: str, behind: bool, cause: Cause) -> None:
    server = questions.server
    server.start()
    server.stop()
    [task] = server.tasks(1)
    later = Store(questions.store.url, clock=lambda: time.time() + 1000)
    with later.writing() as connection:
        connection.execute(update(cursors).values(at=cursors.c.at - 5, behind=behind))
        connection.execute(servers.insert(), {"id": "s", "hub": hub, "seen": time.time() + 1000})
    assert questions.ask(task, later).verdict.cause is cause
    later.close()


def test_what_was_turned_on_later(questions: Questions, ftrack_sandbox: SandboxServer) -> None:
    server = questions.server
    server.start()
    [task] = server.tasks(1)
    server.over(1, automation="make")
    server.stop()
    newer = EventServer(ftrack_sandbox, questions.store.url, *TRIGGERS, made("newcomer"), **OWN)
    newer.start()
    try:
        asked = Questions(newer, questions.store)
        until(lambda: asked.causes(task)["newcomer"] is Cause.WAS_OFF, 20, "the second look")
    finally:
        newer.stop()


def test_an_answer_costs_the_same_however_long_the_history_is(
    store: Store, database: str, ftrack_sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many statements and requests, whether three changes are stored or three hundred."""
    server = EventServer(ftrack_sandbox, database, *TRIGGERS, **OWN)
    [task] = server.tasks(1)
    statements: list[str] = []
    requests: list[object] = []
    event.listen(store._engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    call = Ftrack.call

    def counted(self: Ftrack, operations: Any) -> Any:
        requests.append(operations)
        return call(self, operations)

    monkeypatch.setattr(Ftrack, "call", counted)
    costs = set()
    for count in (3, 300):
        inbox = inbox_of(store, *TRIGGERS)
        inbox.store(
            [sighting(task["id"], after=number, kind="status", status=f"s{count} {number}") for number in range(count)]
        )
        statements.clear()
        requests.clear()
        explanation = Questions(server, store).ask(task)
        assert len(explanation.seen) == min(count + 3 * (count > 3), 100)
        costs.add((len(statements), len(requests)))
    assert len(costs) == 1, costs
    [(_, asked)] = costs
    assert asked <= 3 + 2 * len(TRIGGERS)
