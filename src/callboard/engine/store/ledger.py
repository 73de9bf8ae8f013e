"""The ledger: which messages of a run have left, so that a replay sends nobody the same message twice."""

from __future__ import annotations

from sqlalchemy import select

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
        self._place = f"{place} "

    def sent(self) -> set[str]:
        """Return the keys of the messages that have left."""
        with self._store.reading() as connection:
            messages = connection.scalars(select(sent.c.message).where(sent.c.run_id == self._run))
            return {message.removeprefix(self._place) for message in messages if message.startswith(self._place)}

    def note(self, *keys: str) -> None:
        """Note that a message has left, under all of these keys; to be called right after it was sent."""
        statement = self._store.insert(sent).on_conflict_do_nothing()
        with self._store.writing() as connection:
            rows = [{"run_id": self._run, "message": f"{self._place}{key}", "at": now()} for key in keys]
            connection.execute(statement.values(rows))
