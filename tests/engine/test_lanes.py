"""Lanes: order within, parallel across, leases that end, and late writers that may not write."""

from __future__ import annotations

import pytest
from tests.engine.work import end_leases, inbox_of, make_due, sighting, trigger

from callboard.engine.store.batches import BATCH, Outcome, finish, record_plans, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.lanes import Lane, LaneLostError, Lanes
from callboard.engine.store.states import RunState

DONE = Outcome(RunState.DONE, "Greeted.")


def entities(lanes: Lanes, lane: Lane) -> list[str]:
    return [run.change.entity_id for run in take_batch(lanes, lane)]


def claimed(lanes: Lanes) -> Lane:
    lane = lanes.claim(["greet"])
    assert lane is not None
    return lane


def test_a_lane_is_held_by_one_at_a_time(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a")])
    mine, theirs = Lanes(store), Lanes(store)
    lane = claimed(mine)
    assert theirs.claim(["greet"]) is None
    finish(mine, lane, {run.id: Outcome(RunState.WAITING) for run in take_batch(mine, lane)})
    assert theirs.claim(["greet"]) is not None


def test_projects_and_automations_have_lanes_of_their_own(store: Store) -> None:
    inbox = inbox_of(store, trigger(), trigger("wave"))
    inbox.store([sighting("a", project="one"), sighting("b", project="two")])
    lanes = Lanes(store)
    held = [lanes.claim(["greet", "wave"]) for _ in range(4)]
    assert len({(lane.automation, lane.lane) for lane in held if lane}) == 4
    assert lanes.claim(["greet", "wave"]) is None


def test_only_the_automations_asked_for_are_claimed(store: Store) -> None:
    inbox_of(store, trigger("wave")).store([sighting("a")])
    assert Lanes(store).claim(["greet"]) is None


def test_the_lane_that_waited_longest_is_served_first(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a", project="one"), sighting("b", project="two")])
    lanes = Lanes(store)
    first = claimed(lanes)
    finish(lanes, first, {run.id: Outcome(RunState.WAITING) for run in take_batch(lanes, first)})
    assert claimed(lanes).lane != first.lane


def test_a_batch_has_each_entity_once_in_the_order_of_the_changes(store: Store) -> None:
    inbox_of(store, trigger()).store(
        [sighting("late", after=9), sighting("twice", after=3), sighting("twice", after=5), sighting("early", after=1)]
    )
    lanes = Lanes(store)
    lane = claimed(lanes)
    runs = take_batch(lanes, lane)
    assert [run.change.entity_id for run in runs] == ["early", "twice", "late"]
    finish(lanes, lane, dict.fromkeys((run.id for run in runs), DONE))
    assert entities(lanes, claimed(lanes)) == ["twice"]


def test_a_batch_is_limited(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting(f"e{number}") for number in range(BATCH + 20)])
    lanes = Lanes(store)
    lane = claimed(lanes)
    runs = take_batch(lanes, lane)
    assert len(runs) == BATCH
    finish(lanes, lane, dict.fromkeys((run.id for run in runs), DONE))
    assert len(take_batch(lanes, claimed(lanes))) == 20


def test_a_run_that_waits_holds_up_its_own_entity_and_no_other(store: Store) -> None:
    inbox = inbox_of(store, trigger())
    inbox.store([sighting("stuck", after=1)])
    lanes = Lanes(store)
    lane = claimed(lanes)
    [stuck] = take_batch(lanes, lane)
    finish(lanes, lane, {stuck.id: Outcome(RunState.WAITING, error="The storage is away.", delay=1000)})

    inbox.store([sighting("stuck", after=2), sighting("other", after=3)])
    lane = claimed(lanes)
    runs = take_batch(lanes, lane)
    assert [run.change.entity_id for run in runs] == ["other"]
    finish(lanes, lane, {runs[0].id: DONE})
    assert lanes.claim(["greet"]) is None

    make_due(store)
    lane = claimed(lanes)
    runs = take_batch(lanes, lane)
    assert [(run.id, run.attempts) for run in runs] == [(stuck.id, 2)]
    finish(lanes, lane, {stuck.id: Outcome(RunState.FAILED, error="Given up.")})
    assert entities(lanes, claimed(lanes)) == ["stuck"]


def test_what_a_killed_server_had_in_hand_is_taken_over_when_its_lease_ends(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a"), sighting("b")])
    killed = Lanes(store)
    lane = claimed(killed)
    planned, unplanned = take_batch(killed, lane)
    record_plans(killed, lane, {planned.id: [{"kind": "skip", "reason": "Because."}]})

    heir = Lanes(store)
    assert heir.claim(["greet"]) is None
    end_leases(store)
    runs = take_batch(heir, claimed(heir))
    assert [(run.id, run.plan) for run in runs] == [
        (planned.id, [{"kind": "skip", "reason": "Because."}]),
        (unplanned.id, None),
    ]


def test_who_slept_past_a_lease_may_not_write_whoever_has_the_lane(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a")])
    sleeper, heir = Lanes(store), Lanes(store)
    lane = claimed(sleeper)
    [run] = take_batch(sleeper, lane)
    end_leases(store)
    with pytest.raises(LaneLostError):
        record_plans(sleeper, lane, {run.id: []})

    new = claimed(heir)
    with pytest.raises(LaneLostError):
        finish(sleeper, lane, {run.id: DONE})
    assert [run["state"] for run in History(store).runs()] == ["waiting"] or new is not None
    finish(heir, new, {each.id: Outcome(RunState.DONE, "By the heir.") for each in take_batch(heir, new)})
    assert [run["summary"] for run in History(store).runs()] == ["By the heir."]


def test_a_lane_knows_by_itself_that_its_lease_has_ended(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a")])
    lane = claimed(Lanes(store))
    lane.check()
    lane.ends -= 3600
    with pytest.raises(LaneLostError):
        lane.check()


def test_renewing_keeps_what_is_in_hand_and_nothing_else(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a", project="one"), sighting("b", project="two")])
    lanes = Lanes(store)
    kept, given_up = claimed(lanes), claimed(lanes)
    lanes.forget(given_up)
    before = kept.ends, given_up.ends
    lanes.renew()
    assert kept.ends > before[0]
    assert given_up.ends == before[1]


def test_renewing_does_not_bring_a_lost_lane_back(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("a")])
    lanes = Lanes(store)
    lane = claimed(lanes)
    end_leases(store)
    lanes.renew()
    with pytest.raises(LaneLostError), lanes.writing(lane):
        pass


def test_parked_runs_keep_their_plan_and_others_lose_it(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("parked"), sighting("failed")])
    lanes = Lanes(store)
    lane = claimed(lanes)
    runs = take_batch(lanes, lane)
    record_plans(lanes, lane, {run.id: [{"kind": "skip", "reason": "Because."}] for run in runs})
    finish(
        lanes,
        lane,
        {runs[0].id: Outcome(RunState.WAITING, keep_plan=True), runs[1].id: Outcome(RunState.WAITING, delay=0)},
    )
    assert [run.plan is not None for run in take_batch(lanes, claimed(lanes))] == [True, False]


def test_a_duty_is_one_servers(store: Store) -> None:
    mine, theirs = Lanes(store), Lanes(store)
    duty = mine.take_named("watch")
    assert duty is not None
    assert theirs.take_named("watch") is None
    mine.release(duty)
    assert theirs.take_named("watch") is not None
