"""The heart: keeps the leases of what this server has in hand, shows others that it lives, and tidies up once a day."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import delete, func, select

from callboard.engine.store.database import Store, now
from callboard.engine.store.history import GONE, History
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.tables import servers
from callboard.errors import TryAgain

_log = logging.getLogger(__name__)

#: Seconds between two beats; a third of a lease.
_BEAT = 1.0
#: Seconds between two signs of life, and between two tidyings.
_SIGN, _TIDY = 3.0, 86400.0


class Heart:
    """Beats every second, in a thread of its own.

    Args:
        store: The database.
        lanes: Whose leases are renewed.
        hears: Whether this server hears ftrack's events.
        keep_days: Days after which finished runs are forgotten.
    """

    def __init__(self, store: Store, lanes: Lanes, *, hears: Callable[[], bool], keep_days: int) -> None:
        self._store = store
        self._lanes = lanes
        self._hears = hears
        self._keep_days = keep_days
        self._others_hear = False
        self._signed: tuple[float, str] = (0.0, "")
        self._tidied = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and take this server off the list of those that live."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            with self._store.writing() as connection:
                connection.execute(delete(servers).where(servers.c.id == self._lanes.owner))
        except TryAgain as error:
            _log.info("this server's end could not be noted: %s", error)

    def fit_to_watch(self) -> bool:
        """Return whether this server should watch ftrack: not while it is deaf and another one hears."""
        return self._hears() or not self._others_hear

    def _run(self) -> None:
        away = False
        while not self._stopping.is_set():
            try:
                self._beat()
            except TryAgain as error:
                if not away:
                    _log.warning("%s Callboard goes on when it can be.", error)
                away = True
            except Exception:  # noqa: BLE001 - whatever the defect, the leases are needed
                _log.exception("a beat met a defect")
            else:
                away = False
            self._stopping.wait(_BEAT)

    def _beat(self) -> None:
        self._lanes.renew()
        hub, clock = "connected" if self._hears() else "disconnected", time.monotonic()
        if self._signed[1] != hub or clock - self._signed[0] > _SIGN:
            self._sign(hub)
            self._signed = (clock, hub)
        if clock - self._tidied > _TIDY or self._tidied == 0:
            History(self._store).prune(self._keep_days)
            self._tidied = clock

    def _sign(self, hub: str) -> None:
        mine = {"hub": hub, "seen": now()}
        others = (servers.c.id != self._lanes.owner) & (servers.c.hub == "connected") & (servers.c.seen > now() - GONE)
        with self._store.writing() as connection:
            statement = self._store.insert(servers).values(id=self._lanes.owner, **mine)
            connection.execute(statement.on_conflict_do_update(index_elements=[servers.c.id], set_=mine))
            self._others_hear = bool(connection.scalar(select(func.count()).select_from(servers).where(others)))
