"""The ledger: which messages of a run have left, so that a replay sends nobody the same message twice."""

from __future__ import annotations

from sqlalchemy import exists, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.tables import sent


class Ledger:
    """The messages of one effect of one run.

    Args:
        store: Where they are noted.
        run: The run's id.
        place: The effect's place in the run's plan.
    """

    def __init__(self, store: Store, run: int, place: int) -> None:
        self._store = store
        self._run = run
        self._place = place

    def already_sent(self, key: str) -> bool:
        """Return whether the message has left."""
        known = exists().where(sent.c.run_id == self._run, sent.c.message == self._message(key))
        with self._store.reading() as connection:
            return bool(connection.scalar(select(known)))

    def note(self, key: str) -> None:
        """Note that the message has left; to be called at once."""
        statement = self._store.insert(sent).on_conflict_do_nothing()
        with self._store.writing() as connection:
            connection.execute(statement.values(run_id=self._run, message=self._message(key), at=now()))

    def _message(self, key: str) -> str:
        return f"{self._place} {key}"
