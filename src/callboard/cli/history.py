"""The database and its history, as the commands that show and change it open them.

They import this inside their functions: the database's library takes long to load.
"""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.log import Entry, add_entry
from callboard.settings import Settings


@contextmanager
def store_of(settings: Settings) -> Iterator[Store]:
    """Yield the database of *settings*; the event server need not be running.

    Raises:
        TryAgain: The database cannot be reached.
    """
    store = Store(settings.database.url)
    try:
        store.prepare()
        yield store
    finally:
        store.close()


@contextmanager
def history_of(settings: Settings) -> Iterator[History]:
    """Yield the history in the database of *settings*; the event server need not be running.

    Raises:
        TryAgain: The database cannot be reached.
    """
    with store_of(settings) as store:
        yield History(store)


def note(store: Store, what: str) -> None:
    """Write to the log that the dashboard shows what the user of a command is about to change.

    Raises:
        TryAgain: The database cannot be reached.
    """
    add_entry(store, Entry(getpass.getuser(), "command", socket.gethostname(), what))
