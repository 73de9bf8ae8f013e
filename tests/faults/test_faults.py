"""What no fault may cost: a change, or doing something twice."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from tests.faults.site import Site
from tests.waiting import until

MakeSite = Callable[..., Site]
NAMES = [f"comp{number:03}" for number in range(300)]


def assert_everything_is_there_once(site: Site, tasks: list[Any]) -> None:
    """Every task has its folder, its file and its note; nothing was done twice, and nothing has failed."""
    names = {task["name"] for task in tasks}
    assert site.folders() == names
    stray = [file for file in site.files() if "/scene/" in file and not file.endswith("/SH010_v01.nk")]
    assert stray == []
    assert all(len(paths) == 1 for paths in site.noted(tasks).values())
    counts = site.history.counts()
    assert (counts["failed"], counts["waiting"], counts["running"]) == (0, 0, 0)
    made = [run["entity"]["id"] for run in site.history.runs(automation="create_task_folder")]
    assert sorted(made) == sorted(task["id"] for task in tasks)


@pytest.mark.parametrize("at", [1, 60, 200])
def test_a_server_killed_amid_300_new_tasks_goes_on_where_it_was(site: MakeSite, at: int) -> None:
    studio = site()
    server = studio.start()
    tasks = studio.create_tasks(NAMES)
    studio.wait_for_folders(at)
    server.kill()
    done_before = len(studio.folders())
    assert done_before >= at
    studio.start()
    studio.wait_until_done(300)
    assert_everything_is_there_once(studio, tasks)


def test_a_server_killed_again_and_again_gets_there(site: MakeSite) -> None:
    studio = site()
    studio.start(ready=True).kill()
    tasks = studio.create_tasks(NAMES)
    for at in (1, 120, 240):
        server = studio.start(ready=False)
        studio.wait_for_folders(at)
        server.kill()
    studio.start()
    studio.wait_until_done(300)
    assert_everything_is_there_once(studio, tasks)


def test_a_server_asked_to_end_finishes_or_parks_what_it_holds(site: MakeSite) -> None:
    studio = site()
    server = studio.start()
    tasks = studio.create_tasks(NAMES)
    studio.wait_for_folders(1)
    assert server.terminate() == 0
    assert studio.history.counts()["running"] == 0
    studio.start()
    studio.wait_until_done(300)
    assert_everything_is_there_once(studio, tasks)


def test_what_happened_while_no_server_ran_is_handled(site: MakeSite) -> None:
    studio = site()
    assert studio.start().terminate() == 0
    tasks = studio.create_tasks(NAMES[:40])
    studio.start()
    studio.wait_until_done(40)
    assert_everything_is_there_once(studio, tasks)


def test_an_ftrack_that_is_killed_and_comes_back_costs_nothing(site: MakeSite) -> None:
    studio = site()
    studio.start()
    tasks = studio.create_tasks(NAMES[:100])
    studio.sandbox.kill()
    until(lambda: studio.history.counts()["hub"] == "disconnected", 30, "the loss of the hub")
    studio.sandbox.start()
    tasks += studio.create_tasks(NAMES[100:140])
    studio.wait_until_done(140, during=studio.hurry)
    assert_everything_is_there_once(studio, tasks)


@pytest.mark.parametrize("executed", [False, True], ids=["refused", "answers-lost"])
def test_an_ftrack_in_trouble_is_waited_for(site: MakeSite, executed: bool) -> None:
    studio = site()
    server = studio.start()
    server.signal(signal.SIGSTOP)
    tasks = studio.create_tasks(NAMES[:20])
    studio.sandbox.faults.api(502, calls=4, executed=executed)
    server.signal(signal.SIGCONT)
    studio.wait_until_done(20, during=studio.hurry)
    assert "answered 502" in studio.log
    assert_everything_is_there_once(studio, tasks)


def test_two_servers_share_the_work_and_one_takes_over_when_the_other_is_killed(
    site: MakeSite, postgresql: Callable[[], str]
) -> None:
    studio = site(postgresql())
    first, second = studio.start(), studio.start()
    tasks = studio.create_tasks(NAMES[:150])
    studio.wait_for_folders(1)
    first.kill()
    tasks += studio.create_tasks(NAMES[150:200])
    studio.wait_until_done(200)
    assert second.running
    assert_everything_is_there_once(studio, tasks)


def test_a_server_that_slept_finds_its_work_done_and_does_no_harm(
    site: MakeSite, postgresql: Callable[[], str]
) -> None:
    studio = site(postgresql())
    sleeper = studio.start()
    tasks = studio.create_tasks(NAMES[:150])
    studio.wait_for_folders(1)
    sleeper.signal(signal.SIGSTOP)
    studio.start()
    studio.wait_until_done(150)
    summaries = {run["id"]: run["summary"] for run in studio.history.runs()}
    sleeper.signal(signal.SIGCONT)
    tasks += studio.create_tasks(NAMES[150:160])
    studio.wait_until_done(160)
    assert_everything_is_there_once(studio, tasks)
    assert {run["id"]: run["summary"] for run in studio.history.runs() if run["id"] in summaries} == summaries
    assert sleeper.running


def test_a_database_that_is_away_is_waited_for(site: MakeSite, postgresql: Callable[[], str]) -> None:
    address = postgresql()
    studio = site(address)
    server = studio.start()
    tasks = studio.create_tasks(NAMES[:20])
    studio.wait_until_done(20)
    with closed_to_all(address):
        until(lambda: "The database cannot be used" in studio.log, 30, "a complaint in the log")
        tasks += studio.create_tasks(NAMES[20:40])
    studio.wait_until_done(40, during=studio.hurry)
    assert server.running
    assert_everything_is_there_once(studio, tasks)


@contextmanager
def closed_to_all(address: str) -> Iterator[None]:
    """A database that lets nobody in, and has thrown out who was."""
    url = urlsplit(address)
    name = url.path.removeprefix("/")
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as connection:
        allow = sql.SQL("alter database {} allow_connections {}")
        connection.execute(allow.format(sql.Identifier(name), sql.Literal(False)))
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        yield
        connection.execute(allow.format(sql.Identifier(name), sql.Literal(True)))
