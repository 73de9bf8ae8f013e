"""The reader: what was missed is read page by page and oldest first, and doorbells lead to what has just happened."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.clock import Clock
from tests.engine.work import WaitsForReview, settings, trigger

from callboard.changes import Entity
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import LONG_OVERLAP, OVERLAP, Reader
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.sightings import Sighting
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, Portion
from callboard.registry import Registry, Trigger
from ftrack_sandbox.testing import SandboxServer

#: Later than everything that the sandbox begins with.
TOMORROW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
TRIGGERS = (trigger("created"), trigger("statuses", kind="status"))


class Studio:
    """A reader beside a sandbox, and people at work in it."""

    def __init__(self, sandbox: SandboxServer, folder: Path) -> None:
        self.sandbox = sandbox
        self.ftrack = Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)
        self._store = Store(f"sqlite:///{folder / 'callboard.db'}")
        self._store.prepare()
        self.clock = Clock()
        #: Seconds since 1970, as this machine tells the time.
        self.now = (TOMORROW + timedelta(days=60)).timestamp()
        self.reader = self.new_reader()
        self._number = 0
        [schema] = self.ftrack.query('select id from ProjectSchema where name is "VFX Scheme"')
        name = f"heron_{uuid.uuid4().hex[:8]}"
        values = {"name": name, "full_name": name, "project_schema": schema}
        self._project = self._create("Project", values)
        self._shot = self._create("Shot", {"name": "SH010", "parent": self._project})
        [self._type] = self.ftrack.query('select id from Type where name is "Compositing"')
        statuses = self.ftrack.query("select name from Status order by id")
        self.statuses = {str(status["name"]): status.id for status in statuses}

    def new_reader(self, *triggers: Trigger) -> Reader:
        """A reader as it is after a start, with automations of its own."""
        registry = Registry()
        for each in triggers or TRIGGERS:
            registry.add(each)
        own = {each.name: each.settings() for each in registry.triggers.values()}
        self.inbox = Inbox(self._store, settings(**own), registry)
        return Reader(self.ftrack, self.inbox, now=lambda: self.now, clock=self.clock)

    def close(self) -> None:
        self._store.close()

    def _create(self, entity_type: str, values: dict[str, Any]) -> Entity:
        [created] = self.ftrack.commit([Ftrack.create(entity_type, values)])
        assert created is not None
        return created

    def tasks(self, count: int) -> list[Entity]:
        """New tasks, in one batch and so in one second."""
        self._number += 1
        values = [
            {"name": f"comp{self._number:02}_{number:04}", "parent": self._shot, "type": self._type}
            for number in range(count)
        ]
        created = self.ftrack.commit([Ftrack.create("Task", each) for each in values])
        return [task for task in created if task is not None]

    def set_status(self, task: Entity, *names: str) -> None:
        """Change a status, again and again."""
        for name in names:
            self.ftrack.commit([Ftrack.update(task.reference, {"status_id": self.statuses[name]})])

    def bell(self, task: Entity, old: str | None = None, new: str | None = None) -> Doorbell:
        """A doorbell of a task's creation, or of a change of its status."""
        return Doorbell(
            "TypedContext",
            "Task",
            task.id,
            None if new is None else self.statuses[new],
            None if old is None else self.statuses[old],
            uuid.uuid4().hex,
            None,
        )

    def read(self, overlap: timedelta = OVERLAP) -> int:
        """Read a whole pass; return its pages."""
        self.reader.begin(overlap)
        pages = 1
        while self.reader.read_page():
            pages += 1
        return pages

    def runs(self, automation: str = "statuses") -> list[tuple[str, str | None]]:
        """The changes that an automation looks at, in the order in which they were stored: entity id and status."""
        rows = History(self._store).runs(automation=automation)[::-1]
        return [(row["entity"]["id"], row["change"]["status"]) for row in rows]


@pytest.fixture
def studio(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(ftrack_sandbox, tmp_path)
    yield studio
    studio.close()


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the day after everything that the sandbox begins with."""
    return TOMORROW + timedelta(hours=hour, minutes=minute)


def test_a_feed_that_is_new_begins_now(studio: Studio) -> None:
    studio.tasks(3)
    studio.read()
    assert studio.runs("created") == []
    [new] = studio.tasks(1)
    studio.read()
    assert [entity for entity, _ in studio.runs("created")] == [new.id]


def test_catching_up_says_how_far_it_is(studio: Studio) -> None:
    for hour in range(1, 5):
        studio.sandbox.clock.set(at(hour))
        studio.tasks(3)
    studio.ftrack.page = Portion(3)
    told: list[datetime] = []
    assert studio.reader.read_since(at(0), told.append) == 24
    assert told == sorted(told)
    assert {at(hour) for hour in range(2, 5)} <= set(told)


def test_a_first_start_amid_thousands_of_new_entities_reads_no_more_than_their_keys(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.tasks(600)
    asked: list[str] = []
    query_many = studio.ftrack.query_many

    def listen(expressions: Sequence[str]) -> list[list[Entity]]:
        asked.extend(expressions)
        return query_many(expressions)

    monkeypatch.setattr(studio.ftrack, "query_many", listen)
    studio.read()
    assert not any("name" in expression for expression in asked)
    assert studio.read() <= 3
    # Whoever catches up has them handled all the same, and knows what they are called.
    assert studio.reader.read_since(datetime.now(UTC) - timedelta(hours=1)) >= 1200
    rows = History(studio._store).runs(automation="created")
    names = {row["entity"]["name"] for row in rows if row["entity"]["name"].startswith("comp01_")}
    assert len(names) == 600


def test_a_backlog_is_stored_page_by_page_oldest_first(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8))
    studio.read()
    expected = []
    for hour in range(9, 14):
        clock.set(at(hour))
        [task] = studio.tasks(1)
        studio.set_status(task, "In Progress", "Approved")
        expected += [(task.id, "Not Started"), (task.id, "In Progress"), (task.id, "Approved")]
    stored = spy_on_store(studio, monkeypatch)
    studio.ftrack.page = Portion(2)
    assert studio.read(LONG_OVERLAP) > 3
    assert studio.runs() == expected
    moments = [change.change.at for page in stored for change in page]
    assert moments == sorted(moments)
    assert max(len(page) for page in stored) <= 8
    assert not any(cursor.behind for cursor in studio.inbox.cursors().values())


def spy_on_store(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> list[list[Sighting]]:
    stored: list[list[Sighting]] = []
    store = studio.inbox.store

    def note(sightings: list[Sighting], read_to: Any = None) -> int:
        stored.append(sightings)
        return store(sightings, read_to)

    monkeypatch.setattr(studio.inbox, "store", note)
    return stored


@pytest.mark.parametrize("restarted", [False, True], ids=["goes on", "starts anew"])
def test_a_backlog_that_is_interrupted_goes_on_where_it_was(studio: Studio, restarted: bool) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8))
    studio.read()
    tasks = []
    for hour in range(9, 19):
        clock.set(at(hour))
        tasks += studio.tasks(1)
    studio.ftrack.page = Portion(2)
    studio.reader.begin(LONG_OVERLAP)
    for _ in range(4):
        assert studio.reader.read_page()
    stored = studio.runs("created")
    assert [entity for entity, _ in stored] == [task.id for task in tasks[: len(stored)]]
    assert 2 <= len(stored) < len(tasks)
    behind = studio.inbox.cursors()["Task created"]
    assert behind.behind
    studio.sandbox.faults.api(502, calls=1)
    with pytest.raises(TryAgain):
        studio.reader.read_page()
    assert studio.inbox.cursors()["Task created"] == behind
    if restarted:
        studio.reader = studio.new_reader()
        studio.ftrack.page = Portion(2)
        studio.reader.begin(LONG_OVERLAP)
    studio.sandbox.statistics.reset()
    while studio.reader.read_page():
        continue
    assert [entity for entity, _ in studio.runs("created")] == [task.id for task in tasks]


def test_many_rows_of_one_second_are_all_read_and_in_order(studio: Studio) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8), stopped=True)
    studio.read()
    clock.set(at(9), stopped=True)
    tasks = studio.tasks(7)
    for task in tasks:
        studio.set_status(task, "In Progress", "Review Changes", "Approved")
    clock.set(at(10), stopped=True)
    studio.ftrack.page = Portion(3)
    studio.read()
    walked = {task.id: [status for entity, status in studio.runs() if entity == task.id] for task in tasks}
    assert set(map(tuple, walked.values())) == {("Not Started", "In Progress", "Review Changes", "Approved")}


def test_what_is_deleted_while_it_is_read_hides_nothing(studio: Studio) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8))
    studio.read()
    tasks = []
    for minute in range(12):
        clock.set(at(9, minute))
        tasks += studio.tasks(1)
    clock.set(at(12))
    studio.ftrack.page = Portion(3)
    studio.reader.begin(OVERLAP)
    studio.reader.read_page()
    gone = [tasks[0], tasks[1], tasks[7]]
    studio.ftrack.commit([Ftrack.delete(task.reference) for task in gone])
    while studio.reader.read_page():
        continue
    assert {entity for entity, _ in studio.runs("created")} >= {task.id for task in tasks if task not in gone}


def test_what_becomes_visible_later_than_its_time_says_is_found_by_the_overlap(studio: Studio) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8))
    studio.read()
    clock.set(at(9, 5))
    [early] = studio.tasks(1)
    studio.read()
    clock.set(at(9, 4))
    [late] = studio.tasks(1)
    clock.set(at(9, 6))
    studio.read(OVERLAP)
    assert [entity for entity, _ in studio.runs("created")] == [early.id, late.id]


def test_reading_what_is_known_again_is_one_request(studio: Studio) -> None:
    studio.read()
    studio.tasks(40)
    studio.read()
    studio.sandbox.statistics.reset()
    assert studio.read(LONG_OVERLAP) == 1
    assert studio.sandbox.statistics.now()["requests"] == 1


def test_a_row_of_the_future_keeps_nothing_of_the_present_from_being_read(studio: Studio) -> None:
    studio.now = datetime.now(UTC).timestamp()
    studio.read()
    studio.sandbox.clock.set(datetime.now(UTC) + timedelta(days=400))
    [future] = studio.tasks(1)
    studio.sandbox.clock.reset()
    studio.read()
    [present] = studio.tasks(1)
    studio.read()
    studio.read()
    assert [entity for entity, _ in studio.runs("created")] == [future.id, present.id]


def test_an_automation_that_is_on_again_begins_now(studio: Studio) -> None:
    created, statuses = TRIGGERS
    studio.reader = studio.new_reader(created)
    studio.read()
    [missed] = studio.tasks(1)
    studio.reader = studio.new_reader(trigger("projects", entity_type="Project"))
    studio.read()
    studio.reader = studio.new_reader(created, statuses)
    studio.read()
    [new] = studio.tasks(1)
    studio.read()
    assert missed.id not in [entity for entity, _ in studio.runs("created")]
    assert [entity for entity, _ in studio.runs("created")] == [new.id]


def test_a_type_that_ftrack_does_not_know_costs_the_others_nothing(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    studio.reader = studio.new_reader(*TRIGGERS, trigger("buildings", entity_type="Building"))
    studio.read()
    [task] = studio.tasks(1)
    studio.set_status(task, "In Progress")
    assert studio.reader.look([studio.bell(task)]) == []
    studio.read()
    assert studio.runs() == [(task.id, "Not Started"), (task.id, "In Progress")]
    assert "Building created cannot be read" in caplog.text


def test_a_row_that_makes_no_sense_costs_only_itself(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    studio.read()
    tasks = studio.tasks(3)
    feed = next(feed for feed in studio.reader.feeds if feed.name == "Task created")
    read = feed.sightings

    def stumble(row: Entity) -> list[Sighting]:
        return read(row) if row.id != tasks[1].id else [row["no such thing"]]

    monkeypatch.setattr(feed, "sightings", stumble)
    studio.read()
    assert {entity for entity, _ in studio.runs("created")} == {tasks[0].id, tasks[2].id}
    assert "makes no sense" in caplog.text


def test_a_change_that_cannot_be_stored_costs_only_itself(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    studio.read()
    tasks = studio.tasks(5)
    store = studio.inbox.store

    def refuse(sightings: list[Sighting], read_to: Any = None) -> int:
        if any(sighting.change.entity_id == tasks[3].id for sighting in sightings):
            raise ValueError("a text that no database takes")
        return store(sightings, read_to)

    monkeypatch.setattr(studio.inbox, "store", refuse)
    studio.read()
    assert len(studio.runs("created")) == 4
    assert "cannot be stored" in caplog.text
    # The cursor is behind it: it is not met again and again.
    caplog.clear()
    studio.clock.move(3600)
    monkeypatch.undo()
    assert studio.inbox.cursors()["Task created"].id != ""


# Doorbells


def test_a_doorbell_leads_to_its_change_and_others_stay_where_they_are(studio: Studio) -> None:
    studio.read()
    first, second = studio.tasks(2)
    assert studio.reader.look([studio.bell(first)]) == []
    assert [entity for entity, _ in studio.runs("created")] == [first.id]
    studio.read()
    assert [entity for entity, _ in studio.runs("created")] == [first.id, second.id]


def test_the_latest_change_of_an_entity_does_not_come_before_those_of_its_backlog(studio: Studio) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8))
    studio.read()
    clock.set(at(9))
    [task] = studio.tasks(1)
    clock.set(at(10))
    studio.set_status(task, "In Progress")
    clock.set(at(11))
    studio.set_status(task, "Approved")
    assert studio.reader.look([studio.bell(task, "In Progress", "Approved")]) == []
    assert studio.runs() == [(task.id, "Not Started"), (task.id, "In Progress"), (task.id, "Approved")]


def test_an_older_change_of_the_same_kind_does_not_answer_a_doorbell(studio: Studio) -> None:
    studio.read()
    [task] = studio.tasks(1)
    studio.set_status(task, "In Progress")
    studio.sandbox.clock.advance(60)
    studio.set_status(task, "Not Started")
    studio.read()
    studio.clock.move(600)
    bell = studio.bell(task, "Not Started", "In Progress")
    assert studio.reader.look([bell]) == [bell]
    studio.set_status(task, "In Progress")
    assert studio.reader.look([bell]) == []


def test_one_doorbell_that_is_refused_keeps_no_other_one_waiting(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    studio.read()
    tasks = studio.tasks(11)
    inbox_store = studio.inbox.store

    def refuse(sightings: list[Sighting], read_to: Any = None) -> int:
        if any(sighting.change.entity_id == tasks[4].id for sighting in sightings):
            raise ValueError("poison")
        return inbox_store(sightings, read_to)

    monkeypatch.setattr(studio.inbox, "store", refuse)
    assert studio.reader.look([studio.bell(task) for task in tasks]) == []
    assert {entity for entity, _ in studio.runs("created")} == {task.id for task in tasks} - {tasks[4].id}
    assert f"the event about TypedContext {tasks[4].id} is ignored" in caplog.text


def test_an_ftrack_that_is_away_is_no_reason_to_leave_a_doorbell_alone(studio: Studio) -> None:
    studio.read()
    [task] = studio.tasks(1)
    studio.sandbox.faults.api(502, calls=1)
    with pytest.raises(TryAgain):
        studio.reader.look([studio.bell(task)])
    assert studio.reader.look([studio.bell(task)]) == []
    assert len(studio.runs("created")) == 1


# Belief


Forge = Callable[[Studio, Entity], Doorbell]


def test_an_event_without_a_row_is_believed_once(studio: Studio) -> None:
    studio.read()
    [task] = studio.tasks(1)
    studio.read()
    for _ in range(3):
        studio.reader.believe([studio.bell(task, "In Progress", "Not Started")])
    assert studio.runs() == [(task.id, "Not Started"), (task.id, "Not Started")]


def test_the_next_change_to_a_status_that_was_believed_is_handled(studio: Studio) -> None:
    studio.read()
    [task] = studio.tasks(1)
    studio.read()
    studio.reader.believe([studio.bell(task, "In Progress", "Not Started")])
    studio.sandbox.clock.advance(30 * 86400)
    studio.set_status(task, "In Progress")
    studio.sandbox.clock.advance(60)
    studio.set_status(task, "Not Started")
    studio.read()
    assert [status for _, status in studio.runs()][2:] == ["In Progress", "Not Started"]


@pytest.mark.parametrize("forged", ["other status", "no such status", "no such entity", "recorded", "no change"])
def test_an_event_that_contradicts_ftrack_is_not_believed(studio: Studio, forged: str) -> None:
    studio.read()
    [task] = studio.tasks(1)
    if forged == "recorded":
        studio.set_status(task, "In Progress", "Not Started")
    studio.read()
    before = studio.runs()
    genuine = studio.bell(task, "In Progress", "Not Started")
    bells = {
        "other status": studio.bell(task, "Not Started", "Approved"),
        "no such status": Doorbell("TypedContext", "Task", task.id, "nonsense", None, "event", None),
        "no such entity": Doorbell("TypedContext", "Task", "nothing", genuine.status_id, None, "event", None),
        "recorded": genuine,
        "no change": studio.bell(task, "Not Started", "Not Started"),
    }
    assert studio.reader.believe([bells[forged]]) == 0
    assert studio.runs() == before


def test_automations_with_settings_of_their_own_are_asked_as_well(studio: Studio) -> None:
    studio.reader = studio.new_reader(trigger("review", kind="status", settings=WaitsForReview, to="status"))
    studio.read()
    [task] = studio.tasks(1)
    studio.read()
    assert studio.runs("review") in ([], [(task.id, "Not Started")])


# Round trips within a second


@pytest.mark.parametrize("known", ["known", "only now", "begun amid it"])
def test_a_round_trip_within_a_second_is_read_in_its_order(studio: Studio, known: str) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8), stopped=True)
    studio.read()
    tasks = studio.tasks(8)
    if known == "known":
        studio.read()
    clock.set(at(9), stopped=True)
    if known == "begun amid it":
        clock.set(at(20), stopped=True)
        studio.reader = studio.new_reader(trigger("statuses", kind="status"), trigger("shots", entity_type="Shot"))
        studio.inbox.standing.forget_others([])
        studio.read()
        clock.set(at(21), stopped=True)
    for task in tasks:
        studio.set_status(task, "In Progress", "Not Started", "In Progress", "Not Started")
    clock.set(at(22), stopped=True)
    if known == "only now":
        for task in tasks:
            studio.set_status(task, "Approved")
    studio.read()
    walk = ["In Progress", "Not Started", "In Progress", "Not Started"]
    for task in tasks:
        walked = [status for entity, status in studio.runs() if entity == task.id]
        assert walked[-5 if known == "only now" else -4 :][:4] == walk


def test_doorbells_for_a_round_trip_lead_to_all_of_it(studio: Studio) -> None:
    clock = studio.sandbox.clock
    clock.set(at(8), stopped=True)
    studio.read()
    tasks = studio.tasks(6)
    studio.read()
    clock.set(at(9), stopped=True)
    walk = ["In Progress", "Not Started", "In Progress"]
    for task in tasks:
        studio.set_status(task, *walk)
    bells = [studio.bell(task, old, new) for task in tasks for old, new in pairwise(["Not Started", *walk])]
    assert studio.reader.look(bells) == []
    assert studio.read() == 1
    for task in tasks:
        assert [status for entity, status in studio.runs() if entity == task.id] == ["Not Started", *walk]
