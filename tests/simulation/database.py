"""The database of a simulation: one SQLite file that seeds take in turn, since making one costs more than playing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from callboard.engine.store.database import Store
from callboard.engine.store.tables import metadata


class Database:
    """An SQLite database with a false clock; a server that dies leaves what it had committed, as a real one does.

    Args:
        folder: Where its file is made.

    Attributes:
        store: The database, for all servers of a simulation.
    """

    def __init__(self, folder: Path) -> None:
        self._clock: Callable[[], float] = lambda: 0.0
        self.store = Store(f"sqlite:///{folder / 'callboard.db'}", clock=self._now)
        self.store.prepare()

    def begin(self, clock: Callable[[], float]) -> Store:
        """Return it empty, with another clock."""
        self._clock = clock
        with self.store.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
            connection.exec_driver_sql("delete from sqlite_sequence")
        return self.store

    def _now(self) -> float:
        return self._clock()

    def close(self) -> None:
        """Let go of it."""
        self.store.close()
