"""Search finds the runs that people ask for, and all of them, a page at a time in both directions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import update
from tests.engine.store.backlog import analyze
from tests.engine.store.past import fill_past
from tests.engine.store.test_costs import GRAIN, counted, touched
from tests.engine.work import inbox_of, sighting, trigger

from callboard.changes import Person
from callboard.engine.store import search
from callboard.engine.store.batches import Outcome, finish, record_plans, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.facet_tables import facets
from callboard.engine.store.history import History
from callboard.engine.store.labels import words_of
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.search import Found, Wanted, find_runs
from callboard.engine.store.states import RunState
from callboard.engine.store.whys import kind_of


def named(store: Store, wanted: Wanted) -> list[str]:
    """The entities of the runs that are found, newest first."""
    found = find_runs(store, wanted).ids
    by_id = {run["id"]: run["entity"]["id"] for run in History(store).runs(ids=found)}
    return [by_id[run] for run in found]


@pytest.fixture
def studio(store: Store) -> Store:
    """Five changes of two automations in two projects, by two people."""
    inbox = inbox_of(store, trigger("greet"), trigger("follow", kind="status"))
    john = Person("p2", "john.doe", "Johannes Dösel")
    tasks = [
        sighting("a", parent="SH010"),
        sighting("b", parent="SH020", after=1, project="two"),
        sighting("c", parent="SH010", kind="status", status="Done", after=2, by=john),
        sighting("d", parent="SH011_plate", after=3, by=None),
        sighting("e", after=4, by=john),
    ]
    inbox.store(tasks)
    return store


@pytest.mark.parametrize(
    ("words", "entities"),
    [
        (["sh010"], "ca"),
        (["SH010", "name"], "ca"),
        (["name", "SH01"], "dca"),
        (["plate"], "d"),
        (["nadia"], "ba"),
        (["okoro", "two"], "b"),
        (["dösel"], "ec"),
        (["DÖSEL", "sh010"], "c"),
        (["follow"], "c"),
        (["nobody"], ""),
        ([], "edcba"),
    ],
)
def test_words_begin_names_in_any_order(studio: Store, words: list[str], entities: str) -> None:
    assert named(studio, Wanted(words=words)) == list(entities)


@pytest.mark.parametrize(
    ("wanted", "entities"),
    [
        (Wanted(automation="follow"), "c"),
        (Wanted(project="two"), "b"),
        (Wanted(person="john.doe"), "ec"),
        (Wanted(person="john.doe", words=["name"], automation="greet"), "e"),
        (Wanted(entity="d"), "d"),
        (Wanted(state="waiting", project="one"), "edca"),
        (Wanted(state="failed"), ""),
        (Wanted(automation="unknown"), ""),
    ],
)
def test_every_condition_must_hold(studio: Store, wanted: Wanted, entities: str) -> None:
    assert named(studio, wanted) == list(entities)


def test_kinds_of_errors_are_found_however_their_sentences_differ(studio: Store) -> None:
    lanes = Lanes(studio)
    lane = lanes.claim(["greet"])
    assert lane is not None
    runs = take_batch(lanes, lane)
    said = {run.id: f"The folder /projects/heron/{run.change.entity_id} of SH0{run.id}0 is missing." for run in runs}
    finish(lanes, lane, {run: Outcome(RunState.FAILED, error=sentence) for run, sentence in said.items()})
    [why, *others] = [run["why"] for run in History(studio).runs(state="failed")]
    assert all(each == why for each in others)
    assert find_runs(studio, Wanted(why=why["id"])).ids == sorted(said, reverse=True)
    assert why["text"] == "The folder … of … is missing."


def test_a_run_is_found_by_the_list_that_it_puts_its_entity_on(studio: Store) -> None:
    lanes = Lanes(studio)
    lane = lanes.claim(["follow"])
    assert lane is not None
    [run] = take_batch(lanes, lane)
    listed = {"kind": "add_to_list", "list": {"found_by": {"name": "Dailies_Monday"}}}
    record_plans(lanes, lane, {run.id: {"version": 1, "effects": [{"kind": "skip"}, listed]}})
    assert find_runs(studio, Wanted(words=["dailies", "mon"])).ids == [run.id]


def test_a_time_is_when_the_run_was_stored(studio: Store) -> None:
    with studio.writing() as connection:
        connection.execute(update(facets).values(stored=facets.c.run * 10))
    every = find_runs(studio, Wanted()).ids[::-1]
    for since in range(0, 10 * every[-1] + 20, 5):
        assert find_runs(studio, Wanted(since=since)).ids[::-1] == [run for run in every if run * 10 >= since]
        assert find_runs(studio, Wanted(until=since)).ids[::-1] == [run for run in every if run * 10 < since]


Past = tuple[Store, list[dict[str, Any]]]

CONDITIONS: dict[str, Any] = {
    "automation": st.sampled_from(["automation3", "automation5"]),
    "project": st.sampled_from(["p1", "p7"]),
    "person": st.sampled_from(["person3.name", "person11.name"]),
    "state": st.sampled_from(["done", "failed", "waiting"]),
    "why": st.integers(1, 3),
    "words": st.lists(st.sampled_from(["sh100", "task1", "sh", "person", "number", "zebra"]), max_size=2),
    "since": st.integers(0, 1200),
    "until": st.integers(0, 1200),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def past(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    """A past of 1,200 runs, and all of them."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('past') / 'callboard.db'}"
    else:
        url = request.getfixturevalue("postgresql")()
    store = Store(url)
    store.prepare()
    fill_past(store, 1200)
    yield store, History(store).runs()
    store.close()


def follow(store: Store, wanted: Wanted) -> list[int]:
    """All pages, from the newest to the oldest."""
    every: list[int] = []
    found = find_runs(store, wanted, limit=100)
    while True:
        every += found.ids
        if not found.older:
            return every
        assert found.ids or found.looked_to is not None
        found = find_runs(store, wanted, limit=100, before=found.looked_to or found.ids[-1])


@given(chosen=st.sets(st.sampled_from(sorted(CONDITIONS)), max_size=3), data=st.data())
@hypothesis_settings(max_examples=12, deadline=None)
def test_pages_show_everything_once(past: Past, chosen: set[str], data: st.DataObject) -> None:
    store, every = past
    wanted = Wanted(**{name: data.draw(CONDITIONS[name], name) for name in sorted(chosen)})
    with pytest.MonkeyPatch.context() as patch:
        # Short steps, so that a past of 1,200 runs has what a long one has: many of them, and an early end.
        for name, value in (("MOST", 300), ("FIRST", 8), ("LONGER", 2), ("SAMPLE", 20)):
            patch.setattr(search, name, value)
        found = follow(store, wanted)
    assert found == expected(every, wanted)


def expected(every: list[dict[str, Any]], wanted: Wanted) -> list[int]:
    """The runs that meet the conditions, each looked at by itself."""

    def meets(run: dict[str, Any]) -> bool:
        names = [run["entity"]["name"], run["parent"], run["project"], run["automation"], run["change"]["by"]]
        words = [word for name in [*names, "Person Number"] for word in words_of(name)]
        return all(
            (
                wanted.automation in (None, run["automation"]),
                wanted.project in (None, run["project"].replace("project", "p")),
                wanted.person in (None, run["change"]["by"]),
                wanted.state in (None, run["state"]),
                wanted.why is None or (run["why"] is not None and wanted.why == run["why"]["id"]),
                all(any(word.startswith(each) for word in words) for each in wanted.words),
                wanted.since is None or run["id"] >= wanted.since,
                wanted.until is None or run["id"] < wanted.until,
            )
        )

    return [run["id"] for run in every if meets(run)]


def test_pages_lead_back_to_where_one_came_from(past: Past) -> None:
    store, _ = past
    wanted = Wanted(automation="automation3", words=["task"])
    pages = [find_runs(store, wanted, limit=10)]
    while pages[-1].older and len(pages) < 8:
        pages.append(find_runs(store, wanted, limit=10, before=pages[-1].ids[-1]))
    assert [page.newer for page in pages] == [False] + [True] * (len(pages) - 1)
    for newer, older in itertools.pairwise(pages):
        assert find_runs(store, wanted, limit=10, after=older.ids[0]).ids == newer.ids


def test_nothing_is_an_empty_page(store: Store) -> None:
    assert find_runs(store, Wanted()) == find_runs(store, Wanted(since=5)) == Found()
    assert find_runs(store, Wanted(words=["x"], state="failed"), after=3) == Found()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Slack did not answer.", "Slack did not answer."),
        ("'heron' has no folder \"plates\"; see /a/b/c.", "… has no folder …; see …"),
        ("SH010 SH020 were skipped.", "… were skipped."),
        ("\0" * 5, "\0" * 5),
    ],
)
def test_a_kind_leaves_out_what_is_particular(sentence: str, kind: str) -> None:
    assert kind_of(sentence) == kind


@given(st.text(max_size=300))
def test_any_text_has_words_and_a_kind(text: str) -> None:
    assert all(0 < len(word) <= 40 for word in words_of(text))
    assert len(kind_of(text)) <= 160


#: What people ask for; each must cost the same, however long the history is.
QUESTIONS = [
    Wanted(),
    Wanted(state="failed"),
    Wanted(state="failed", person="person3.name", project="p3"),
    Wanted(automation="automation3", project="p4", person="person3.name"),
    Wanted(words=["sh1003", "task5"]),
    Wanted(words=["task"], state="waiting"),
    Wanted(words=["task"], why=1),
    Wanted(since=15_000, automation="automation2"),
    Wanted(entity="e1000", state="done"),
]
#: Rows of a relation that one statement may touch.
MOST_ROWS = 2 * search.SAMPLE


@pytest.mark.parametrize("known", ["before", "all of it"])
def test_postgresql_reads_a_part_of_an_index_only(postgresql: Callable[[], str], known: str) -> None:
    store = Store(postgresql())
    store.prepare()
    if known == "before":
        analyze(store)
    fill_past(store, 100_000)
    if known == "all of it":
        analyze(store)
    try:
        for wanted in QUESTIONS:
            with touched(store) as rows:
                find_runs(store, wanted)
            assert rows
            assert max(rows)[0] <= MOST_ROWS, (wanted, max(rows))
    finally:
        store.close()


def test_sqlite_takes_the_same_steps_however_long_the_history_is(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The bounds in small, so that a short history meets them as well.
    monkeypatch.setattr(search, "MOST", 90)
    monkeypatch.setattr(search, "FIRST", 60)
    monkeypatch.setattr(search, "SAMPLE", 50)
    steps: dict[int, list[int]] = {}
    for count in (20_000, 60_000):
        store = Store(f"sqlite:///{tmp_path / f'{count}.db'}")
        store.prepare()
        fill_past(store, count)
        steps[count] = []
        for wanted in QUESTIONS:
            with counted(store) as counter:
                before = counter()
                find_runs(store, wanted)
                steps[count].append(counter() - before)
    for wanted, few, many in zip(QUESTIONS, steps[20_000], steps[60_000], strict=True):
        assert many <= 1.3 * few + 10 * GRAIN, (wanted, few, many)
    assert max(steps[60_000]) > GRAIN
