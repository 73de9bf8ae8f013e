"""A database of version 0.1, with work in every state, becomes one of today: nothing is lost, and all of it goes on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, inspect, text

from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.cursors import Cursor, read_cursors
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.jobs import take_job
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.states import RunState
from callboard.engine.store.upgrading import VERSION, version_of
from callboard.errors import CallboardError

HERE = Path(__file__).parent


@pytest.fixture
def old(database: str) -> Store:
    """A database as a server of version 0.1 left it."""
    store = Store(database)
    with store.writing() as connection:
        for part in (connection.dialect.name, "rows"):
            script = (HERE / f"version_0_1.{part}.sql").read_text("utf-8")
            for statement in script.split(";\n"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
    return store


def columns(store: Store) -> dict[str, dict[str, tuple[str, bool]]]:
    """Every column of every table, with its type and whether it may be null."""
    with store.reading() as connection:
        found = MetaData()
        found.reflect(connection)
    return {
        table.name: {each.name: (str(each.type), bool(each.nullable)) for each in table.columns}
        for table in found.sorted_tables
    }


def indexes(store: Store) -> dict[str, set[str]]:
    with store.reading() as connection:
        there = inspect(connection)
        return {name: {str(each["name"]) for each in there.get_indexes(name)} for name in there.get_table_names()}


def test_an_upgraded_database_is_like_a_new_one(old: Store, database: str, tmp_path: Path) -> None:
    old.prepare()
    if database.startswith("sqlite"):
        new = Store(f"sqlite:///{tmp_path / 'new.db'}")
    else:
        with old.writing() as connection:
            connection.exec_driver_sql("create schema fresh")
        new = Store(f"{database}&options=-csearch_path%3Dfresh")
    new.prepare()
    assert indexes(old) == indexes(new)
    assert columns(old) == columns(new)
    for store in (old, new):
        with store.reading() as connection:
            assert version_of(connection) == VERSION
        store.close()


def test_the_history_is_what_it_was(old: Store) -> None:
    old.prepare()
    runs = {
        run["change"]["what"] + run["entity"]["id"]: run for run in History(old).runs(automation="set_task_thumbnail")
    }
    assert {run["state"] for run in runs.values()} == {"failed", "running", "waiting"}
    [folder] = History(old).runs(automation="create_task_folder")
    assert (folder["project"], folder["parent"], folder["entity"]["name"]) == ("comet", "SH010", "comp")
    assert (folder["summary"], folder["change"]["by"]) == ("Made a folder.", "nadia")
    assert folder["effects"] == [{"kind": "make_folders", "text": "made a folder", "done": True}]
    assert read_cursors(old)["TypedContextStatusChange"] == Cursor(1700000300)
    old.close()


def test_what_waited_goes_on_in_its_order(old: Store) -> None:
    old.prepare()
    lanes = Lanes(old)
    handled = []
    while (lane := lanes.claim(["set_task_thumbnail"])) is not None:
        taken = take_batch(lanes, lane)
        assert len({run.change.entity_id for run in taken}) == len(taken)
        handled += [(run.change.key, run.attempts, run.plan) for run in taken]
        finish(lanes, lane, {run.id: Outcome(RunState.DONE) for run in taken})
    assert sorted(handled, key=lambda each: each[0]) == [
        ("status:2", 2, [{"kind": "skip", "reason": "Because."}]),
        ("status:3", 1, None),
        ("status:4", 3, None),
    ]
    assert [key for key, _, _ in handled if key in {"status:2", "status:3"}] == ["status:2", "status:3"]
    old.close()


def test_jobs_go_on_where_they_were(old: Store) -> None:
    old.prepare()
    lanes = Lanes(old)
    jobs: dict[str, Any] = {}
    while (lane := lanes.claim(["upload_media"])) is not None:
        job = take_job(lanes, lane)
        assert job is not None
        jobs[job.ftrack_job_id] = job
    assert jobs["j1"].ended == {"state": "done", "sentence": "Published."}
    assert jobs["j1"].checkpoints == {"a": 1}
    assert (jobs["j2"].ended, jobs["j2"].user.username) == (None, "nadia")
    old.close()


def test_servers_that_start_together_upgrade_it_once(old: Store, database: str) -> None:
    stores = [Store(database) for _ in range(3)]
    problems: list[BaseException] = []

    def start(store: Store) -> None:
        try:
            store.prepare()
        except CallboardError as error:
            problems.append(error)

    threads = [threading.Thread(target=start, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(History(old).runs()) == 7
    for store in (*stores, old):
        store.close()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(old: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = columns(old)
    monkeypatch.setattr("callboard.engine.store.upgrading.VERSION", "no such version")
    with pytest.raises(CallboardError):
        old.prepare()
    assert columns(old) == before
    monkeypatch.undo()
    old.prepare()
    with old.reading() as connection:
        assert connection.execute(text("select count(*) from runs")).scalar_one() == 7
    old.close()
