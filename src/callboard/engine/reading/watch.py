"""The watch: decides when ftrack is read. Soon when a doorbell rings, together when many ring, and regularly.

Of several servers on one database one has the watch; when it is gone, or does not hear ftrack any more while another
one does, the other takes over and reads what was missed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from callboard.engine.reading.agenda import Agenda, Pace
from callboard.engine.reading.bells import Bells
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.gathering import Gathering
from callboard.engine.reading.reader import LONG_OVERLAP, OVERLAP, Reader
from callboard.engine.reading.rhythm import Rhythm
from callboard.engine.store.lanes import LEASE, Lane, LaneLostError, Lanes
from callboard.errors import Refused, TryAgain

_log = logging.getLogger(__name__)

#: Seconds between two regular readings while events are heard, and while they are not.
_REGULAR, _UNHEARD = 60.0, 5.0
#: Seconds between two readings that a hub which comes and goes asks for: none for the first one, then doubling.
_FLAP_FIRST, _FLAP_LONGEST = 1.0, 30.0
#: Seconds in which doorbells are gathered: at least, for each that the last look gathered, and at most.
_GATHER_FIRST, _GATHER_EACH, _GATHER_LONGEST = 0.05, 0.1, 0.5
#: Seconds after which a doorbell whose row did not show is looked after again; after the last one it may be believed.
_AGAIN = (0.3, 0.6, 1.2)
#: Seconds until a reading that met a problem is tried again: doubling from the first to the second.
_RETRY_FIRST, _RETRY_LONGEST = 0.5, 5.0
#: Doorbells that are remembered while ftrack or the database is away; what is beyond them the cursors find.
_MOST = 50_000
#: Seconds between two looks at what servers with an earlier configuration stored.
_LOOK_AGAIN = 10.0
#: Seconds between two attempts to take the watch.
_TAKE = 0.5


class Watch:
    """Has the feeds read, in a thread of its own, or step by step without one.

    Args:
        reader: Reads and stores.
        lanes: Where the watch is taken.
        may_take: Whether this server is fit to have it.
        on_stored: Called after something new may have been stored.
        clock: A clock that is never set back, in seconds.

    Attributes:
        current: Set while events are heard and what was missed is read, or its backlog is being read; or another server
            has the watch.
    """

    def __init__(
        self,
        reader: Reader,
        lanes: Lanes,
        *,
        may_take: Callable[[], bool],
        on_stored: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._lanes = lanes
        self._may_take = may_take
        self._on_stored = on_stored
        self._clock = clock
        self._lane: Lane | None = None
        self._changed = threading.Condition()
        self._stopping = False
        # Since when events are heard and another server seems to have the watch.
        self._beside: float | None = None
        pace = Pace(_REGULAR, _UNHEARD, OVERLAP, LONG_OVERLAP)
        self._agenda = Agenda(clock, pace, Rhythm(clock, _FLAP_FIRST, _FLAP_LONGEST))
        gathering = Gathering(clock, _GATHER_FIRST, _GATHER_EACH, _GATHER_LONGEST)
        self._bells = Bells(clock, gathering, _AGAIN, _MOST)
        # Whether a pass over the feeds has begun and is not at its end, and whether a first page was read at all.
        self._passing, self._begun = False, False
        # Whether the last thing that was done was to look after doorbells.
        self._looked = False
        # How many problems there were in a row, and until when nothing is done because of the last one.
        self._problems, self._resume_at = 0, clock()
        self._look_again_at = clock()
        # Whether something was heard since the last step.
        self._stirred = False
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
        wanted = [bell for bell in bells if self._reader.cares(bell)]
        if not wanted or self._lane is None:
            return
        with self._changed:
            self._bells.ring(wanted)
            self._stirred = True
            self._changed.notify()

    def hear(self, heard: bool) -> None:
        """Know whether events are heard; when they are again, what was missed is read."""
        with self._changed:
            self._agenda.hear(heard)
            if not heard:
                self._beside = None
                self.current.clear()
            self._stirred = True
            self._changed.notify()

    def step(self) -> float:
        """Do the next thing: take the watch, read one page, or look after doorbells.

        Returns:
            The seconds after which there is something to do again, if no doorbell rings before.
        """
        pause = self._resume_at - self._clock()
        if pause > 0:
            return pause
        try:
            pause = self._work() if self._take() else _TAKE
            self._look_again()
        except LaneLostError:
            _log.warning("another server holds the watch now")
            self._let_go()
            return _TAKE
        except Exception as error:  # noqa: BLE001 - whatever the defect, the watch continues
            return self._put_off(error)
        self._problems = 0
        return pause

    def _run(self) -> None:
        while not self._stopping:
            self._stirred = False
            pause = self.step()
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._stirred, min(pause, _TAKE))
        self._let_go()

    def _put_off(self, error: Exception) -> float:
        """Do nothing for a while after a problem, and for as long as ftrack asks; return the seconds."""
        pause: float = min(_RETRY_FIRST * 2 ** min(self._problems, 10), _RETRY_LONGEST)
        self._problems += 1
        if isinstance(error, TryAgain) and error.after is not None:
            pause = max(pause, error.after)
        if isinstance(error, TryAgain | Refused):
            _log.warning("changes in ftrack cannot be read: %s Retrying in %g s.", error, pause)
        else:
            _log.error("the watch met a defect and continues", exc_info=error)
        self._resume_at = self._clock() + pause
        return pause

    # Having the watch

    def _take(self) -> bool:
        """Return whether this server has the watch, now that it has tried to."""
        if self._lane is not None:
            self._lane.check()
            if self._may_take():
                return True
            self._let_go()
        elif self._may_take():
            lane = self._lanes.take_named("watch")
            if lane is None:
                self._stand_by()
                return False
            with self._changed:
                self._lane = lane
                self._beside = None
                self._passing = self._begun = False
                self._agenda.restart()
                self.current.clear()
            return True
        return False

    def _stand_by(self) -> None:
        """Be current beside the server that has the watch, if it still lives when a whole lease has passed."""
        with self._changed:
            if not self._agenda.heard:
                self._beside = None
            elif self._beside is None:
                self._beside = self._clock()
            elif self._clock() - self._beside > LEASE:
                self.current.set()

    def _let_go(self) -> None:
        """Hand the watch over; whatever happens, this server does not renew its lease any more."""
        with self._changed:
            lane, self._lane = self._lane, None
            self._bells.clear()
            self.current.clear()
        if lane is None:
            return
        try:
            self._lanes.release(lane)
        except (TryAgain, LaneLostError) as error:
            _log.info("the watch could not be handed over; its lease will expire: %s", error)
        finally:
            self._lanes.forget(lane)

    # Reading

    def _work(self) -> float:
        with self._changed:
            now, rings = self._clock(), self._bells.due()
            reads = now if self._passing else self._agenda.due()
        ringing = self._begun and rings is not None and rings <= now
        # In turns: neither may a backlog keep doorbells waiting, nor doorbells the backlog.
        if ringing and not (self._looked and reads <= now):
            self._look()
        elif reads <= now:
            self._read()
        else:
            return (reads if rings is None else min(rings, reads)) - now
        return 0.0

    def _read(self) -> None:
        self._looked = False
        with self._changed:
            heard = self._agenda.heard
            if not self._passing:
                self._reader.begin(self._agenda.begin())
                self._passing = True
        self._passing = self._reader.read_page()
        self._begun = True
        self._on_stored()
        with self._changed:
            if heard and self._agenda.heard:
                self.current.set()

    def _look_again(self) -> None:
        """Look every few seconds at what a server with an earlier configuration stored, whoever has the watch."""
        if self._clock() >= self._look_again_at:
            self._look_again_at = self._clock() + _LOOK_AGAIN
            if self._reader.look_again():
                self._on_stored()

    def _look(self) -> None:
        self._looked = True
        with self._changed:
            bells = self._bells.take()
        absent = self._reader.look(bells)
        self._reader.believe(self._bells.given_up(absent))
        with self._changed:
            self._bells.settle(bells, absent)
        self._on_stored()
