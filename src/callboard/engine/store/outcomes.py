"""The outcomes of many changes in one question, from the history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, make_url, select

from callboard.chunks import chunks
from callboard.engine.store.database import Store
from callboard.engine.store.states import RunState
from callboard.engine.store.tables import changes, reasons, runs


@dataclass(frozen=True)
class Known:
    """The state of a run.

    Attributes:
        change_key: The change that it is about.
        automation: Its automation.
        state: Its state.
        acted: Whether it did something.
        said: Its error, else its summary.
    """

    change_key: str
    automation: str
    state: str
    acted: bool
    said: str


def outcomes_of(store: Store, change_keys: Iterable[str]) -> Iterator[Known]:
    """Give the runs about some changes, and what automations had nothing to do with.

    Raises:
        TryAgain: The database cannot be reached.
    """
    keys = sorted(change_keys)
    columns = (runs.c.change_key, runs.c.automation, runs.c.state, runs.c.effects, runs.c.error, runs.c.summary)
    with store.reading() as connection:
        why = {row.id: row for row in connection.execute(select(reasons))}
        for some in chunks(keys):
            for row in connection.execute(select(*columns).where(runs.c.change_key.in_(some))):
                acted = any(effect["done"] for effect in row.effects or ())
                yield Known(row.change_key, row.automation, row.state, acted, row.error or row.summary)
            ignored = select(changes.c.key, changes.c.ignored).where(changes.c.key.in_(some))
            for change in connection.execute(ignored.where(changes.c.ignored.is_not(None))):
                for reason in (why[number] for number in change.ignored if number in why):
                    yield Known(change.key, reason.automation, RunState.DONE, acted=False, said=reason.text)


def has_history(url: str) -> bool:
    """Return whether there is a database of Callboard's at a URL; makes nothing.

    Raises:
        TryAgain: The database cannot be reached.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and not (address.database and Path(address.database).is_file()):
        return False
    store = Store(url)
    try:
        with store.reading() as connection:
            return inspect(connection).has_table(runs.name)
    finally:
        store.close()
