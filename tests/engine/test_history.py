"""The history: what is counted, listed, tried again and forgotten."""

from __future__ import annotations

from sqlalchemy import func, select, update
from tests.engine.work import inbox_of, sighting, trigger

from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.database import Store, now
from callboard.engine.store.history import History
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.pruning import prune
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, lanes, runs, servers


def end(store: Store, *outcomes: Outcome, automation: str = "greet") -> list[int]:
    """Have one run end each way, and return their ids."""
    inbox_of(store, trigger(automation)).store([sighting(f"e{number}") for number in range(len(outcomes))])
    keeper = Lanes(store)
    lane = keeper.claim([automation])
    assert lane is not None
    taken = take_batch(keeper, lane)
    finish(keeper, lane, {run.id: outcome for run, outcome in zip(taken, outcomes, strict=True)})
    return [run.id for run in taken]


def test_counts_are_zero_where_nothing_is(store: Store) -> None:
    assert History(store).counts() == {
        "waiting": 0, "running": 0, "failed": 0, "done": 0, "hub": "down", "oldest_waiting": None,
        "reading": None, "stuck": [],
    }  # fmt: skip


def test_runs_are_counted_by_state(store: Store) -> None:
    end(
        store,
        Outcome(RunState.DONE),
        Outcome(RunState.DONE),
        Outcome(RunState.FAILED),
        Outcome(RunState.WAITING, delay=60),
    )
    counts = History(store).counts()
    assert {state: counts[state] for state in ("waiting", "running", "failed", "done")} == {
        "waiting": 1, "running": 0, "failed": 1, "done": 2,
    }  # fmt: skip
    assert counts["oldest_waiting"] == "2026-03-02T12:00:00+00:00"


def test_the_hub_is_what_the_living_servers_say(store: Store) -> None:
    history = History(store)
    for server, hub, age, said in [
        ("dead", "connected", 100, "down"),
        ("deaf", "disconnected", 0, "disconnected"),
        ("well", "connected", 0, "connected"),
    ]:
        with store.writing() as connection:
            connection.execute(servers.insert().values(id=server, hub=hub, seen=now() - age))
        assert history.counts()["hub"] == said


def test_a_run_tells_everything_about_itself(store: Store) -> None:
    done = {"kind": "set_status", "text": "set the status", "done": True}
    [run_id] = end(store, Outcome(RunState.FAILED, error="It was refused.", effects=[done]))
    [run] = History(store).runs()
    finished = run.pop("finished")
    assert finished
    assert run.pop("why")["text"] == "It was refused."
    assert run == {
        "id": run_id,
        "automation": "greet",
        "state": "failed",
        "project": "name of one",
        "parent": None,
        "entity": {"type": "Task", "id": "e0", "name": "name of e0"},
        "change": {
            "kind": "created",
            "what": "created",
            "at": "2026-03-02T12:00:00+00:00",
            "by": "nadia",
            "status": None,
            "from_status": None,
            "because": None,
        },
        "summary": "",
        "error": "It was refused.",
        "attempts": 1,
        "effects": [done],
        "next_try": None,
        "paused": None,
    }


def test_runs_are_listed_newest_first_and_as_asked_for(store: Store) -> None:
    first, second, third = end(store, Outcome(RunState.DONE), Outcome(RunState.FAILED), Outcome(RunState.DONE))
    [other] = end(store, Outcome(RunState.DONE), automation="wave")
    history = History(store)
    assert [run["id"] for run in history.runs()] == [other, third, second, first]
    assert [run["id"] for run in history.runs(state="done", automation="greet")] == [third, first]
    assert [run["id"] for run in history.runs(limit=1)] == [other]
    assert [run["id"] for run in history.runs(ids=[second, 999])] == [second]


def test_failed_runs_are_tried_again_and_no_others(store: Store) -> None:
    done, failed, also = end(
        store, Outcome(RunState.DONE), Outcome(RunState.FAILED, error="No."), Outcome(RunState.FAILED)
    )
    history = History(store)
    assert history.retry([done, failed]) == [failed]
    assert [run["state"] for run in history.runs(ids=[failed])] == ["waiting"]
    assert history.retry() == [also]
    assert history.retry() == []
    keeper = Lanes(store)
    lane = keeper.claim(["greet"])
    assert lane is not None
    assert {(run.id, run.tried) for run in take_batch(keeper, lane)} == {(failed, 0.0), (also, 0.0)}


def test_old_finished_runs_are_forgotten_with_what_only_they_needed(store: Store) -> None:
    old, failed, recent = end(store, Outcome(RunState.DONE), Outcome(RunState.FAILED), Outcome(RunState.DONE))
    with store.writing() as connection:
        connection.execute(update(runs).where(runs.c.id != recent).values(finished=now() - 91 * 86400))
        connection.execute(update(changes).values(at=now() - 91 * 86400, stored=now() - 91 * 86400))
        connection.execute(lanes.insert().values(automation="gone", lane="gone"))
    history = History(store)
    assert prune(store, 90) == 1
    assert [run["id"] for run in history.runs()] == [recent, failed]
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(changes)) == 2
        assert list(connection.scalars(select(lanes.c.automation))) == ["greet"]
    assert old not in {run["id"] for run in history.runs()}
