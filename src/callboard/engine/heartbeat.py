"""The heart: keeps the leases of what this server has in hand, shows others that it lives, and tidies up.

Each part has its thread, so that none waits for another: a lease must be renewed whatever a sign of life or a tidying
waits for.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from callboard.engine.store.database import Store
from callboard.engine.store.figures import count_minutes
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.pruning import prune
from callboard.engine.store.servers import sign_in, sign_out
from callboard.errors import TryAgain

_log = logging.getLogger(__name__)

#: Seconds between two beats; a third of a lease.
_BEAT = 1.0
#: Seconds between two signs of life, between two counts for the charts, and between two tidyings.
_SIGN, _COUNT, _TIDY = 3.0, 20.0, 86400.0


class Heart:
    """Beats every second.

    Args:
        store: The database.
        lanes: Whose leases are renewed.
        hears: Whether this server hears ftrack's events.
        keep_days: Days after which finished runs are forgotten.
        stuck: Returns what does not come to an end here, in sentences.
        look: Looks every second at what other servers and people decided.
        generation: Returns the number of this server's configuration.
        echo_age: Returns the seconds since the hub was last heard; None if it never was.
        clock: This machine's steady clock, in seconds.
    """

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        *,
        hears: Callable[[], bool],
        keep_days: int,
        stuck: Callable[[], Sequence[str]] = tuple,
        look: Callable[[], object] = tuple,
        generation: Callable[[], int | None] = lambda: None,
        echo_age: Callable[[], float | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._lanes = store, lanes
        self._hears, self._stuck, self._generation, self._echo_age = hears, stuck, generation, echo_age
        self._keep_days = keep_days
        self._clock = clock
        self._others_hear = False
        self._signed: tuple[float, str] | None = None
        self._tidied: float | None = None
        self._count_at = 0.0
        self._stopping = threading.Event()
        parts = (
            ("leases", self._lanes.renew),
            ("signs", self.sign),
            ("counting", self.count),
            ("tidying", self.tidy),
            ("pauses", look),
        )
        self._threads = [
            threading.Thread(target=self._repeat, args=(step,), name=name, daemon=True) for name, step in parts
        ]

    def start(self) -> None:
        """Begin to beat."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, and take this server off the list of those that live."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        try:
            sign_out(self._store, self._lanes.owner)
        except TryAgain as error:
            _log.info("this server's end could not be recorded: %s", error)

    def fit_to_watch(self) -> bool:
        """Return whether this server should be the one that watches ftrack: not while only another one hears."""
        return self._hears() or not self._others_hear

    def sign(self) -> None:
        """Show that this server lives, when it is time or something changed."""
        hub, moment = "connected" if self._hears() else "disconnected", self._clock()
        if self._signed is None or self._signed[1] != hub or moment - self._signed[0] > _SIGN:
            self._others_hear = sign_in(
                self._store, self._lanes.owner, hub, self._stuck(), self._generation(), echo_age=self._echo_age()
            )
            self._signed = (moment, hub)

    def count(self) -> None:
        """Count the minutes that are over, for charts; what is long past is counted a little at each beat."""
        if self._clock() >= self._count_at and not count_minutes(self._store):
            self._count_at = self._clock() + _COUNT

    def tidy(self) -> None:
        """Forget what is older than the history, once a day."""
        moment = self._clock()
        if self._tidied is None or moment - self._tidied > _TIDY:
            prune(self._store, self._keep_days, going_on=lambda: not self._stopping.is_set())
            self._tidied = moment

    def _repeat(self, step: Callable[[], object]) -> None:
        away = False
        while not self._stopping.is_set():
            try:
                step()
            except TryAgain as error:
                if not away:
                    _log.warning("%s Callboard continues when it can be.", error)
                away = True
            except Exception:  # noqa: BLE001 - whatever the defect, the leases are needed
                _log.exception("a beat met a defect")
            else:
                away = False
            self._stopping.wait(_BEAT)
