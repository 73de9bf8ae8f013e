"""The inbox: every change once, a run for every automation that looks at changes of its kind."""

from __future__ import annotations

import threading

from tests.engine.work import WaitsForReview, inbox_of, sighting, trigger

from callboard.changes import Person
from callboard.engine.store.batches import take_batch
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.lanes import Lanes
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
    inbox.store_as_known([seen], {"Task created": Cursor(5.0)})
    assert inbox.store([seen]) == 0
    assert History(store).runs() == []
    assert inbox.cursors() == {"Task created": Cursor(5.0)}


def test_what_was_known_before_is_handled_by_who_catches_up(store: Store) -> None:
    inbox, changes = inbox_of(store, trigger()), [sighting("a"), sighting("b")]
    inbox.store_as_known(changes[:1], {})
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


def test_cursors_never_go_back(store: Store) -> None:
    inbox = inbox_of(store)
    inbox.store([], {"a": Cursor(5.0, "x"), "b": Cursor(5.0, "x"), "c": Cursor(5.0, "x", behind=True)})
    inbox.store([], {"a": Cursor(4.0, "y"), "b": Cursor(5.0, "y"), "c": Cursor(5.0, "a", behind=False)})
    assert inbox.cursors() == {"a": Cursor(5.0, "x"), "b": Cursor(5.0, "y"), "c": Cursor(5.0, "x")}


def test_feeds_that_are_not_needed_any_more_are_forgotten(store: Store) -> None:
    inbox = inbox_of(store)
    inbox.store([], {"a": Cursor(5.0), "b": Cursor(5.0)})
    inbox.keep_feeds(["b", "c"])
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
    inbox = inbox_of(store)
    nadia = Person("p1", "nadia", "Nadia Okoro")
    launched = [sighting("session", kind="launched", key=f"launch:{number}").change for number in range(2)]
    for change in launched:
        inbox.add_job(
            change, "sync", name="Dailies", project="one", user=nadia, arguments={"to": 3}, ftrack_job_id="j1"
        )
    lanes = Lanes(store)
    held = [lanes.claim(["sync"]), lanes.claim(["sync"])]
    runs = [run for lane in held if lane for run in take_batch(lanes, lane)]
    assert {run.change.key for run in runs} == {change.key for change in launched}
    assert {(run.user, run.ftrack_job_id, str(run.arguments)) for run in runs} == {(nadia, "j1", "{'to': 3}")}
