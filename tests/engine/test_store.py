"""The store: its tables, whoever made them, and a database that is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from callboard.engine.store.database import Store
from callboard.engine.store.tables import cursors
from callboard.errors import CallboardError, TryAgain


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


def test_the_database_of_another_version_is_refused_by_name(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("alter table runs drop column entity_parent")
    with pytest.raises(CallboardError, match="its table runs has no entity_parent; set database"):
        store.prepare()


def test_a_database_that_is_away_may_come_back(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'not mounted' / 'callboard.db'}")
    with pytest.raises(TryAgain, match="The database cannot be used: unable to open database file"):
        store.prepare()
    (tmp_path / "not mounted").mkdir()
    store.prepare()
    store.close()
