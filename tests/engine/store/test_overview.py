"""The present: what waits and for what, who works; and that asking for it does not read the history."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update
from tests.engine.store.backlog import analyze, fill
from tests.engine.store.test_costs import touched
from tests.engine.work import end_leases, inbox_of, sighting, trigger

from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.figures import read_totals
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.overview import MOST, read_overview
from callboard.engine.store.servers import sign_in
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import servers
from callboard.engine.store.topics import topics


def test_runs_are_told_apart_by_what_they_wait_for(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("e1"), sighting("e1", after=5), sighting("e2", after=9)])
    lanes = Lanes(store)
    lane = lanes.claim(["greet"])
    assert lane is not None
    away = Outcome(RunState.WAITING, error="Slack is away.", delay=60)
    failed = Outcome(RunState.FAILED, error="No such folder.")
    finish(lanes, lane, {run.id: away if run.change.entity_id == "e1" else failed for run in take_batch(lanes, lane)})
    now = read_overview(store)
    found = {(each.state, each.behind, each.error): each.count for each in now.groups}
    assert found == {
        ("waiting", False, "Slack is away."): 1,
        ("waiting", True, None): 1,
        ("failed", False, "No such folder."): 1,
    }
    assert (now.count("waiting"), now.count("waiting", "other"), now.more) == (2, 0, frozenset())


def test_a_server_shows_what_it_has_in_hand_until_its_leases_end(store: Store) -> None:
    inbox_of(store, trigger()).store([sighting("e1")])
    lanes = Lanes(store, "s1")
    lanes.take_named("watch")
    lane = lanes.claim(["greet"])
    assert lane is not None
    take_batch(lanes, lane)
    sign_in(store, "s1", "connected", ["It waits."], None, echo_age=5)
    now = read_overview(store)
    [server] = now.servers
    assert (server.watches, list(server.lanes)) == (True, [("greet", "one")])
    assert (now.watching, now.stuck) == (server, ["It waits."])
    assert server.heard == pytest.approx(now.at - 5, abs=5)
    end_leases(store)
    [server] = read_overview(store).servers
    assert (server.watches, list(server.lanes)) == (False, [])
    with store.writing() as connection:
        connection.execute(update(servers).values(seen=1))
    assert read_overview(store).hub == "down"


def test_of_very_many_it_says_that_there_are_more(store: Store) -> None:
    fill(store, waiting=MOST + 5)
    now = read_overview(store)
    assert (now.count("waiting"), now.more) == (MOST, frozenset({"waiting"}))


@pytest.mark.parametrize(("ask", "most"), [(topics, 10), (read_totals, 10), (read_overview, 2 * MOST)])
@pytest.mark.parametrize("waiting", [0, MOST + 2000])
def test_postgresql_reads_no_history_for_it(
    postgresql: Callable[[], str], ask: Callable[[Store], object], most: int, waiting: int
) -> None:
    store = Store(postgresql())
    store.prepare()
    fill(store, waiting=waiting, done=3 * MOST)
    analyze(store)
    with touched(store) as found:
        ask(store)
    assert found
    assert [each for each in found if each[0] > most] == []
    store.close()
