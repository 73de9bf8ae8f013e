"""The store: its tables, whoever made them, and a database that is away."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from tests.waiting import until

from callboard.engine.store.database import Store
from callboard.engine.store.tables import cursors
from callboard.errors import ConfigurationError, TryAgain


def test_a_second_start_finds_what_the_first_one_stored(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(cursors.insert(), {"feed": "a", "at": 5.0})
    store.prepare()
    with store.reading() as connection:
        assert [row.at for row in connection.execute(cursors.select())] == [5.0]


def test_what_raises_in_the_middle_is_undone(store: Store) -> None:
    def write() -> None:
        with store.writing() as connection:
            connection.execute(cursors.insert(), {"feed": "a", "at": 5.0})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write()
    with store.reading() as connection:
        assert connection.execute(cursors.select()).all() == []


def test_the_database_of_a_newer_version_is_refused_and_left_as_it_is(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9.9'")
        connection.exec_driver_sql("drop table sent")
    with pytest.raises(ConfigurationError, match="A newer Callboard made this database"):
        store.prepare()
    with store.reading() as connection:
        assert not inspect(connection).has_table("sent")


def test_a_database_that_is_away_may_come_back(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'not mounted' / 'callboard.db'}")
    with pytest.raises(TryAgain, match="The database cannot be used: unable to open database file"):
        store.prepare()
    (tmp_path / "not mounted").mkdir()
    store.prepare()
    store.close()


def test_a_transaction_that_paused_too_long_may_be_tried_again(store: Store) -> None:
    """As after SIGSTOP: PostgreSQL ends the transaction, lest it keeps its locks."""
    if not store.url.startswith("postgresql"):
        pytest.skip("SQLite does not watch its transactions")

    def is_over(process: int) -> bool:
        with store.reading() as other:
            there = text("select count(*) from pg_stat_activity where pid = :process")
            return not other.scalar(there, {"process": process})

    with pytest.raises(TryAgain, match="idle-in-transaction"), store.writing() as connection:  # noqa: PT012 - it waits within the transaction
        connection.execute(text("set local idle_in_transaction_session_timeout = 1"))
        process = connection.scalar(text("select pg_backend_pid()"))
        until(lambda: is_over(int(process or 0)))
        connection.scalar(text("select 1"))
