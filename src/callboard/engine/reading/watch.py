"""The watch: decides when the feeds are read. At once when a doorbell rings, together when many ring, and regularly.

Of several servers on one database one has the watch; when it is gone, or does not hear ftrack any more while another
one does, the other takes over and reads what was missed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.reader import LONG_OVERLAP, OVERLAP, Feeds
from callboard.engine.store.lanes import LEASE, Lane, LaneLostError, Lanes
from callboard.errors import Refused, TryAgain

_log = logging.getLogger(__name__)

#: Seconds between two regular readings while events are heard, and while they are not.
_REGULAR, _UNHEARD = 60.0, 5.0
#: Seconds in which doorbells are gathered: none for the first one, then doubling while they go on ringing.
_GATHER_FIRST, _GATHER_LONGEST = 0.05, 2.0
#: Seconds after which a doorbell is looked after again whose row did not show; after the last one it is believed.
_AGAIN = (0.3, 0.6, 1.2)
#: Seconds until a reading that met a problem is tried again: doubling from the first to the second.
_RETRY_FIRST, _RETRY_LONGEST = 0.5, 5.0
#: Doorbells that are remembered while ftrack or the database is away; what is beyond them the cursors find.
_MOST = 50_000
#: Seconds between two attempts to take the watch.
_TAKE = 0.5


@dataclass
class _Missing:
    """A doorbell whose row has not shown."""

    bell: Doorbell
    looks: int
    due: float


class Watch:
    """Has the feeds read, in a thread of its own.

    Args:
        feeds: What is read.
        lanes: Where the watch is taken.
        may_take: Whether this server is fit to have it.
        on_stored: Called after something new may have been stored.

    Attributes:
        current: Set while what is read is up to date and events are heard, or another server has the watch.
    """

    def __init__(
        self, feeds: Feeds, lanes: Lanes, *, may_take: Callable[[], bool], on_stored: Callable[[], None]
    ) -> None:
        self._feeds = feeds
        self._lanes = lanes
        self._may_take = may_take
        self._on_stored = on_stored
        self._lane: Lane | None = None
        self._changed = threading.Condition()
        self._stopping = False
        self._heard = False
        # Since when events are heard and another server seems to have the watch.
        self._beside: float | None = None
        self._bells: list[Doorbell] = []
        self._missing: list[_Missing] = []
        self._gather = 0.0
        self._looked = 0.0
        # When the cursors are read next, and with how much overlap.
        self._next_read = 0.0
        self._overlap = LONG_OVERLAP
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.current = threading.Event()

    @property
    def taken(self) -> bool:
        """Whether this server has the watch."""
        return self._lane is not None

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch, and hand it over."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def ring(self, bells: Sequence[Doorbell]) -> None:
        """Have an eye on what some doorbells name."""
        wanted = [bell for bell in bells if self._feeds.cares(bell)]
        if not wanted or self._lane is None:
            return
        with self._changed:
            self._bells += wanted[: _MOST - len(self._bells)]
            self._changed.notify()

    def hear(self, heard: bool) -> None:
        """Know whether events are heard; when they are again, what was missed is read."""
        with self._changed:
            self._heard = heard
            self._read_soon()
            self._changed.notify()

    def _run(self) -> None:
        problems = 0
        while not self._stopping:
            try:
                if self._take():
                    self._step()
                else:
                    self._pause(_TAKE)
                problems = 0
            except LaneLostError:
                _log.warning("another server has the watch now")
                self._lane = None
            except (TryAgain, Refused) as error:
                pause = min(_RETRY_FIRST * 2 ** min(problems, 10), _RETRY_LONGEST)
                problems += 1
                _log.warning("what happened in ftrack cannot be read: %s It is tried again in %g s.", error, pause)
                self._pause(pause)
            except Exception:  # noqa: BLE001 - whatever the defect, the watch goes on
                _log.exception("the watch met a defect; it goes on")
                self._pause(_RETRY_LONGEST)
        self._hand_over()

    def _take(self) -> bool:
        """Return whether this server has the watch, now that it has tried to."""
        if self._lane is not None:
            self._lane.check()
            if self._may_take():
                return True
            self._hand_over()
        elif self._may_take():
            self._lane = self._lanes.take_named("watch")
            if self._lane is not None:
                self._beside = None
                self._read_soon()
                return True
            self._stand_by()
        return False

    def _stand_by(self) -> None:
        """Be current beside the server that has the watch, if it still lives when a whole lease has passed."""
        if not self._heard:
            self._beside = None
        elif self._beside is None:
            self._beside = time.monotonic()
        elif time.monotonic() - self._beside > LEASE:
            self.current.set()

    def _hand_over(self) -> None:
        lane, self._lane = self._lane, None
        if lane is not None:
            try:
                self._lanes.release(lane)
            except (TryAgain, LaneLostError) as error:
                _log.info("the watch could not be handed over, its lease ends by itself: %s", error)

    def _step(self) -> None:
        with self._changed:
            pause = self._due() - time.monotonic()
            if pause > 0:
                self._changed.wait(min(pause, _TAKE))
                return
        if time.monotonic() >= self._next_read:
            self._read()
        else:
            self._look()

    def _due(self) -> float:
        """Return when there is something to read next."""
        moments = [self._next_read, *(missing.due for missing in self._missing)]
        if self._bells:
            moments.append(self._looked + self._gather)
        return min(moments)

    def _read(self) -> None:
        with self._changed:
            overlap, heard = self._overlap, self._heard
            # Set beforehand, since it may be asked for again while it goes on.
            self._overlap = OVERLAP
            self._next_read = time.monotonic() + (_REGULAR if heard else _UNHEARD)
        try:
            self._feeds.read(overlap)
        except BaseException:
            self._read_soon(overlap)
            raise
        self._on_stored()
        if heard:
            self.current.set()

    def _look(self) -> None:
        started = time.monotonic()
        with self._changed:
            bells, self._bells = self._bells, []
        rings_on = started - self._looked < 2 * max(self._gather, _GATHER_FIRST)
        self._gather = min(2 * self._gather, _GATHER_LONGEST) if rings_on else _GATHER_FIRST
        self._looked = started
        again = [missing for missing in self._missing if missing.due <= started]
        looks = {id(missing.bell): missing.looks for missing in again}
        try:
            absent = self._feeds.look([*(missing.bell for missing in again), *bells])
            self._feeds.believe([bell for bell in absent if looks.get(id(bell), 0) == len(_AGAIN)])
        except BaseException:
            with self._changed:
                self._bells = [*bells, *self._bells]
            raise
        self._missing = [missing for missing in self._missing if missing not in again]
        for bell in absent:
            looked = looks.get(id(bell), 0)
            if looked < len(_AGAIN):
                self._missing.append(_Missing(bell, looked + 1, started + _AGAIN[looked]))
        self._on_stored()

    def _read_soon(self, overlap: timedelta = LONG_OVERLAP) -> None:
        self._next_read = 0.0
        self._overlap = max(self._overlap, overlap)

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds)
