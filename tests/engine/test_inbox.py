"""The inbox: every change once, a run for every automation that looks at changes of its kind."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.engine.work import NOON, WaitsForReview, inbox_of, sighting, trigger

from callboard.changes import Cause, Person, Reference
from callboard.engine.store.batches import Outcome, PlannedStatus, finish, record_plans, take_batch
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.jobs import add_job, finish_job, take_job
from callboard.engine.store.lanes import LaneLostError, Lanes
from callboard.engine.store.servers import sign_in, sign_out
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import lanes as lane_rows
from callboard.engine.store.tables import reasons, runs
from callboard.settings.models import AutomationSettings


def test_a_change_seen_twice_is_one_run(store: Store) -> None:
    inbox = inbox_of(store, trigger())
    seen = sighting("a")
    assert inbox.store([seen, seen]) == 1
    assert inbox.store([seen]) == 0
    assert len(History(store).runs()) == 1


def test_only_automations_for_such_changes_get_a_run(store: Store) -> None:
    inbox_of(
        store,
        trigger("tasks"),
        trigger("shots", entity_type="Shot"),
        trigger("statuses", kind="status"),
    ).store([sighting("a")])
    assert [run["automation"] for run in History(store).runs()] == ["tasks"]


def test_an_automation_that_is_off_gets_no_run(store: Store) -> None:
    inbox_of(store, trigger(), greet=AutomationSettings(enabled=False)).store([sighting("a")])
    assert History(store).runs() == []


def test_a_status_that_an_automation_does_not_wait_for_is_done_and_says_why(store: Store) -> None:
    review = trigger("review", kind="status", settings=WaitsForReview, to="status")
    inbox_of(store, review).store([sighting("a", kind="status", status="Final")])
    [run] = History(store).runs()
    assert run["state"] == "done"
    assert run["summary"] == "The status became Final, which is not one of Pending Review."
    assert Lanes(store).claim(["review"]) is None


def test_a_project_that_is_not_among_the_automations_is_done_and_says_why(store: Store) -> None:
    inbox = inbox_of(store, trigger(), greet=AutomationSettings(projects=["name of two"]))
    inbox.store([sighting("a", project="one"), sighting("b", project="two")])
    assert {run["project"]: (run["state"], run["summary"]) for run in History(store).runs()} == {
        "name of one": ("done", "The project name of one is not one of name of two."),
        "name of two": ("waiting", ""),
    }


def test_what_was_known_before_gets_no_run_ever(store: Store) -> None:
    inbox, seen = inbox_of(store, trigger()), sighting("a")
    inbox.begin_feed("Task created", Cursor(5.0, "r"), [seen])
    assert inbox.store([seen]) == 0
    assert History(store).runs() == []
    assert inbox.cursors() == {"Task created": Cursor(5.0, "r")}


def test_what_was_known_before_is_handled_by_who_catches_up(store: Store) -> None:
    inbox, changes = inbox_of(store, trigger()), [sighting("a"), sighting("b")]
    inbox.begin_feed("Task created", Cursor(5.0, "r"), changes[:1])
    assert inbox.store_missed(changes) == 2
    assert inbox.store_missed(changes) == 0
    assert len(History(store).runs()) == 2


def test_catching_up_is_for_the_automations_that_have_not_looked(store: Store) -> None:
    changes = [sighting(f"e{number}") for number in range(3)]
    inbox_of(store, trigger("old")).store(changes)
    both = inbox_of(store, trigger("old"), trigger("new"))
    assert both.store_missed(changes) == 3
    assert both.store_missed(changes) == 0
    assert sorted(run["automation"] for run in History(store).runs()) == ["new"] * 3 + ["old"] * 3


def test_catching_up_does_not_handle_again_what_was_only_heard_of(store: Store) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    inbox.store([sighting("a", kind="status", status="Final", key="heard:1:a", heard=True)])
    row = sighting("a", after=1, kind="status", status="Final", key="status:row")
    assert inbox.store_missed([row]) == 0
    assert inbox.store_missed([row]) == 0
    assert len(History(store).runs()) == 1


def test_what_is_older_than_the_history_is_never_new_again(store: Store) -> None:
    inbox = inbox_of(store, trigger())
    old, recent = sighting("old", after=-91 * 86400), sighting("recent", after=-89 * 86400)
    assert inbox.store([old, recent]) == 1
    assert inbox.store_missed([old, recent]) == 0
    assert [run["entity"]["id"] for run in History(store).runs()] == ["recent"]


def test_a_date_in_the_future_holds_nothing_up(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("dated by hand", after=1000 * 86400)])
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    assert len(take_batch(lanes, lane)) == 1


def test_the_same_status_long_after_it_was_only_heard_of_is_a_change_of_its_own(store: Store) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    inbox.store([sighting("a", kind="status", status="Final", key="heard:1:a", heard=True)])
    assert inbox.store([sighting("a", after=300, kind="status", status="Final", key="status:row")]) == 1
    assert len(History(store).runs()) == 2


def test_what_another_configuration_stored_is_looked_at_again(store: Store) -> None:
    before = inbox_of(store, trigger("old"))
    before.store([sighting("long ago")])
    newer = inbox_of(store, trigger("old"), trigger("new"))
    newer.store([sighting("mine")])
    before.store([sighting("during the upgrade")])
    assert newer.look_again() == 1
    assert newer.look_again() == 0
    new = [run["entity"]["id"] for run in History(store).runs(automation="new")]
    assert sorted(new) == ["during the upgrade", "mine"]


def test_changes_that_are_ignored_are_no_rows_but_reasons(store: Store) -> None:
    review = trigger("review", kind="status", settings=WaitsForReview, to="status")
    inbox_of(store, review, trigger("other", kind="status")).store(
        [sighting(f"e{number}", after=number, kind="status", status="Final") for number in range(1200)]
    )
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(runs)) == 1200
        assert connection.scalar(select(func.count()).select_from(reasons)) == 1
    history = History(store)
    assert len(history.runs(automation="review")) == 1200
    assert len(history.runs(limit=30)) == 30
    [ignored] = history.runs(automation="review", entity=Reference("Task", "e7"))
    assert (ignored["state"], ignored["change"]["by"], ignored["entity"]["name"]) == ("done", "nadia", "name of e7")
    assert history.runs(automation="review", state="failed") == []


def test_a_change_that_callboard_made_itself_says_why(store: Store) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    inbox.store([sighting("version", kind="status", status="Approved")])
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    [run] = take_batch(lanes, lane)
    record_plans(lanes, lane, {run.id: []}, [PlannedStatus(run.id, "task", "Approved", run.change.by)])
    finish(lanes, lane, {run.id: Outcome(RunState.DONE)})
    now = (datetime.now(UTC) - NOON).total_seconds()
    own = sighting("task", after=now, kind="status", status="Approved", by=Person("c", "x"))
    somebodys = sighting("task", after=now, kind="status", status="Approved")
    another = sighting("task", after=now, kind="status", status="Omitted", by=Person("c", "x"))
    inbox.store([own, somebodys, another])
    because = {
        each["change"]["status"] + each["change"]["by"]: each["change"]["because"] for each in History(store).runs()
    }
    assert because["Approvedx"] == {"run": run.id, "by": "nadia"}
    assert because["Approvednadia"] is because["Omittedx"] is None
    lane = lanes.claim(["greet"])
    assert lane is not None
    assert {each.change.key: each.change.cause for each in take_batch(lanes, lane)}[own.change.key] == Cause(
        run.id, Person("p1", "nadia", "Nadia Okoro")
    )


def test_cursors_never_go_back(store: Store) -> None:
    inbox = inbox_of(store)
    inbox.store([], {"a": Cursor(5.0, "x", behind=True), "b": Cursor(5.0, "x"), "c": Cursor(5.0, "x")})
    inbox.store([], {"a": Cursor(4.0, "z"), "b": Cursor(6.0, "a"), "c": Cursor(5.0, "y", behind=True)})
    assert inbox.cursors() == {"a": Cursor(5.0, "x"), "b": Cursor(6.0, "a"), "c": Cursor(5.0, "y", behind=True)}


def test_feeds_that_are_not_needed_any_more_are_forgotten(store: Store) -> None:
    inbox = inbox_of(store)
    inbox.store([], {"a": Cursor(5.0), "b": Cursor(5.0)})
    inbox.standing.forget_others(["b", "c"])
    assert inbox.cursors() == {"b": Cursor(5.0)}


def test_the_same_status_weeks_after_an_event_was_believed_is_a_change_of_its_own(store: Store) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    inbox.store([sighting("a", kind="status", status="Final", key="heard:1:a", heard=True)])
    assert inbox.last_heard(["a", "b"]) == {"a": "Final"}
    inbox.store([sighting("a", after=30 * 86400, kind="status", status="Final", key="status:row")])
    assert len(History(store).runs()) == 2


def test_a_change_that_was_only_heard_of_is_not_handled_again_when_its_row_is_seen(store: Store) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    inbox.store([sighting("a", kind="status", status="Final", key="heard:1:a", heard=True)])
    inbox.store([sighting("a", after=1, kind="status", status="Final", key="status:row")])
    assert len(History(store).runs()) == 1
    # The next time it becomes Final is another change.
    inbox.store([sighting("a", after=60, kind="status", status="Final", key="status:another")])
    assert len(History(store).runs()) == 2


def test_two_servers_that_store_the_same_at_once_store_it_once(store: Store) -> None:
    changes = [sighting(f"e{number}") for number in range(300)]
    inboxes = [inbox_of(store, trigger()) for _ in range(3)]
    threads = [threading.Thread(target=inbox.store, args=[changes]) for inbox in inboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(History(store).runs()) == 300


def test_a_job_has_a_lane_of_its_own_and_what_it_needs(store: Store) -> None:
    nadia = Person("p1", "nadia", "Nadia Okoro")
    launched = [sighting("session", kind="launched", key=f"launch:{number}").change for number in range(2)]
    for change in [*launched, launched[0]]:
        add_job(
            store,
            change,
            "sync",
            name="Dailies",
            project="one",
            user=nadia,
            arguments={"to": 3},
            ftrack_job_id=f"job of {change.key}",
        )
    lanes = Lanes(store)
    held = [lanes.claim(["sync"]), lanes.claim(["sync"])]
    jobs = [job for lane in held if lane and (job := take_job(lanes, lane))]
    assert {job.run.change.key for job in jobs} == {change.key for change in launched}
    assert {(job.user, job.ftrack_job_id, str(job.arguments)) for job in jobs} == {
        (nadia, f"job of {change.key}", "{'to': 3}") for change in launched
    }


def test_a_job_that_is_over_leaves_no_lane_and_may_be_tried_again(store: Store) -> None:
    change = sighting("session", kind="launched", key="launch:1").change
    more: dict[str, Any] = {"name": "Dailies", "project": "one", "arguments": {}, "ftrack_job_id": "j"}
    add_job(store, change, "sync", user=Person("p", "nadia"), **more)
    lanes = Lanes(store)
    first = lanes.claim(["sync"])
    assert first is not None
    job = take_job(lanes, first)
    assert job is not None
    finish_job(lanes, first, job.id, Outcome(RunState.FAILED, error="No."))
    with store.reading() as connection:
        assert connection.execute(lane_rows.select()).all() == []
    assert History(store).retry() == [job.id]
    again = lanes.claim(["sync"])
    assert again is not None
    # A writer that slept since the first attempt cannot be taken for the one that works now.
    assert again.epoch > first.epoch + 1
    with pytest.raises(LaneLostError):
        finish_job(lanes, first, job.id, Outcome(RunState.DONE))


def test_while_servers_have_unequal_configurations_the_newer_one_decides(store: Store) -> None:
    older, newer = inbox_of(store, trigger("a")), inbox_of(store, trigger("a"), trigger("b"))
    older.store([], {"feed": Cursor(5.0)})
    newer.store([])
    # The one that watches does not know an automation, and a feed, of the other one.
    older.standing.forget_others([])
    older.store([sighting("x")])
    assert newer.cursors() == {"feed": Cursor(5.0)}
    assert newer.look_again() == 1
    assert sorted(run["automation"] for run in History(store).runs()) == ["a", "b"]
    assert (newer.look_again(), older.look_again()) == (0, 0)
    newer.standing.forget_others([])
    assert newer.cursors() == {}


def test_a_configuration_that_comes_back_is_the_newest_again(store: Store) -> None:
    with_b = (trigger("a"), trigger("b"))
    for _ in range(3):
        first, other = inbox_of(store, *with_b), inbox_of(store, trigger("a"))
        first.standing.forget_others(["feed of a", "feed of b"])
        first.store([], {"feed of a": Cursor(5.0), "feed of b": Cursor(5.0)})
        other.store([])
        other.standing.forget_others(["feed of a"])
        assert first.cursors() == {"feed of a": Cursor(5.0)}
        again = inbox_of(store, *with_b)
        again.store([])
        other.standing.forget_others([])
        other.store([sighting("amid the way back")])
        assert (again.look_again(), again.look_again(), other.look_again()) == (1, 0, 0)
    runs_of = [run["automation"] for run in History(store).runs()]
    assert sorted(runs_of) == ["a"] * 3 + ["b"] * 3


def test_a_server_that_starts_again_amid_an_upgrade_stays_the_older_one_until_it_is_alone(store: Store) -> None:
    older, newer = inbox_of(store, trigger("a"), trigger("c")), inbox_of(store, trigger("a"), trigger("b"))
    older.store([])
    newer.store([], {"feed of b": Cursor(5.0)})
    sign_in(store, "newer", "connected", [], newer.standing.number)
    older = inbox_of(store, trigger("a"), trigger("c"))
    older.standing.forget_others(["feed of a"])
    assert newer.cursors() == {"feed of b": Cursor(5.0)}
    older.store([sighting("stored by the older one")])
    newer.store([sighting("stored by the newer one")])
    assert (newer.look_again(), older.look_again()) == (1, 0)
    sign_out(store, "newer")
    assert older.look_again() >= 1
    wanted = {("a", "stored by the older one"), ("a", "stored by the newer one")}
    wanted |= {(name, entity) for name in "bc" for _, entity in wanted}
    assert {(run["automation"], run["entity"]["id"]) for run in History(store).runs()} == wanted


def test_servers_that_begin_a_feed_at_once_begin_it_once(store: Store) -> None:
    inboxes = [inbox_of(store, trigger()) for _ in range(3)]
    first, later = sighting("first"), sighting("later", after=1)
    threads = [
        threading.Thread(target=each.begin_feed, args=["Task created", Cursor(float(place)), [first]])
        for place, each in enumerate(inboxes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [cursor] = inboxes[0].cursors().values()
    inboxes[1].begin_feed("Task created", Cursor(9.0), [later])
    assert inboxes[0].cursors() == {"Task created": cursor}
    assert inboxes[0].store([first, later]) == 1


@pytest.mark.parametrize("clock", [-7200, 0, 90, 7200])
def test_an_event_and_its_late_row_are_one_change_whatever_the_clock_said(store: Store, clock: float) -> None:
    inbox = inbox_of(store, trigger(kind="status"))
    step = {"kind": "status", "status": "Final", "from_status": "Ready"}
    inbox.store([sighting("a", after=clock, key="heard:1:a", heard=True, **step)])
    left = {"kind": "status", "status": "Ready", "from_status": "Final"}
    # The rows show in an order of their own, and one of them by another reading.
    inbox.store([sighting("a", after=30, key="status:left", **left)])
    inbox.store([sighting("a", after=1, key="status:row", **step), sighting("a", after=60, key="status:again", **step)])
    assert [run["change"]["what"].partition(",")[0] for run in History(store).runs()] == [
        "status became Final",
        "status became Ready",
        "status became Final",
    ]


def test_a_forged_event_swallows_nothing_that_happens_afterwards(store: Store) -> None:
    for gap, at_once in [(0, True), (0, False), (1, True), (30, False), (86400, False)]:
        inbox = inbox_of(store, trigger(kind="status"))
        entity = f"task {gap} {at_once}"
        forged = sighting(entity, key=f"heard:{entity}", heard=True, kind="status", status="Final", from_status="Ready")
        inbox.store([forged])
        later = [
            sighting(entity, after=gap, kind="status", status="Ready", from_status="Final"),
            sighting(entity, after=2 * gap, kind="status", status="Final", from_status="Ready"),
        ]
        for page in [later] if at_once else [[each] for each in later]:
            inbox.store(page)
        assert len(History(store).runs(entity=Reference("Task", entity))) == 3
