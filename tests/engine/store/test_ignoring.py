"""Ignored by somebody, a run is over; whoever has it in hand is not disturbed, and those behind it come next."""

from __future__ import annotations

from typing import Any

from tests.engine.work import inbox_of, make_due, sighting, trigger

from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.ignoring import ignore_runs
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.run_details import read_run
from callboard.engine.store.states import RunState

WHY = "Ignored by Thandi: the shot was cut."


def states(store: Store) -> dict[int, str]:
    return {run["id"]: run["state"] for run in History(store).runs()}


def work(store: Store, outcome: Outcome, most: int = 10) -> list[int]:
    """Carry out what is due, and return the runs in their order."""
    lanes = Lanes(store)
    taken: list[int] = []
    while len(taken) < most and (lane := lanes.claim(["greet"])) is not None:
        runs = take_batch(lanes, lane)
        finish(lanes, lane, {run.id: outcome for run in runs})
        taken += [run.id for run in runs]
    return taken


def three_of_one(store: Store) -> list[int]:
    """Three runs of one entity, one behind the other."""
    inbox_of(store, trigger()).store([sighting("e", after=number) for number in range(3)])
    return sorted(states(store))


def test_a_failed_run_ends_with_who_said_so_and_what_was_wrong(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("e")])
    [run] = work(store, Outcome(RunState.FAILED, error="The name is wrong."))
    assert ignore_runs(store, [run], WHY) == [run]
    [told] = History(store).runs()
    assert (told["state"], told["error"]) == ("done", None)
    assert told["summary"] == f"{WHY} Before that: The name is wrong."
    assert told["finished"]
    assert ignore_runs(store, [run], WHY) == []
    assert History(store).retry([run]) == []


def test_what_waits_behind_an_ignored_run_comes_next(store: Store) -> None:
    first, second, third = three_of_one(store)
    assert work(store, Outcome(RunState.WAITING, error="Slack is away.", delay=3600), most=1) == [first]
    assert work(store, Outcome(RunState.DONE)) == []
    assert ignore_runs(store, [first], WHY) == [first]
    assert work(store, Outcome(RunState.DONE, "Greeted.")) == [second, third]


def test_a_run_in_the_middle_is_passed_over(store: Store) -> None:
    first, second, third = three_of_one(store)
    assert ignore_runs(store, [second], WHY) == [second]
    assert work(store, Outcome(RunState.DONE, "Greeted.")) == [first, third]


def test_a_run_that_a_server_has_in_hand_is_left_to_it(store: Store) -> None:
    three_of_one(store)
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    [run] = take_batch(lanes, lane)
    assert ignore_runs(store, [run.id], WHY) == []
    finish(lanes, lane, {run.id: Outcome(RunState.DONE, "Greeted.")})
    assert states(store)[run.id] == "done"


def test_a_server_that_holds_the_lane_goes_on_with_what_is_left(store: Store) -> None:
    """The lane is in hand while one of its waiting runs is ignored; its holder finishes what it took, and no more."""
    inbox_of(store, trigger()).store([sighting("a"), sighting("b", after=1)])
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    taken = {run.change.entity_id: run.id for run in take_batch(lanes, lane)}
    finish(lanes, lane, {run: Outcome(RunState.WAITING, delay=3600, error="Away.") for run in taken.values()})
    make_due(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    ignore_runs(store, [taken["a"]], WHY)
    assert [run.id for run in take_batch(lanes, lane)] == [taken["b"]]
    finish(lanes, lane, {taken["b"]: Outcome(RunState.DONE, "Greeted.")})
    assert set(states(store).values()) == {"done"}
    assert work(store, Outcome(RunState.DONE)) == []


def test_tries_are_kept_by_their_kind_of_error(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("e")])
    errors = [
        ("Slack did not answer (run 12).", None),
        ("Slack did not answer (run 13).", None),
        ("A defect.", "Trace"),
    ]
    for error, trace in errors:
        waits = error != "A defect."
        state = RunState.WAITING if waits else RunState.FAILED
        [run] = work(store, Outcome(state, error=error, traceback=trace, delay=1), most=1)
        make_due(store)
    details = read_run(store, run)
    assert details is not None
    seen: list[Any] = [(each.error, each.times, each.traceback) for each in details.tries]
    assert seen == [("Slack did not answer (run 13).", 2, None), ("A defect.", 1, "Trace")]
    assert all(each.first <= each.last for each in details.tries)
