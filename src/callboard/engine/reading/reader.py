"""The reader: what happened is read from ftrack, behind the cursors or about the entities of doorbells, and stored.

Reading behind the cursors finds whatever was missed, for whatever reason, oldest first and in bounded memory, and goes
on where it was interrupted. It overlaps what was read before, since ftrack's times are whole seconds and a change may
become visible later than its time says; what is known costs only the reading of its key. Reading about entities is
exact, and cheap when there are thousands.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from callboard.changes import Entity
from callboard.engine.reading.answers import Answers
from callboard.engine.reading.asking import Asker, read_sightings
from callboard.engine.reading.beginning import Beginnings
from callboard.engine.reading.belief import believe
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.feeds import feeds_for
from callboard.engine.reading.looks import Looks
from callboard.engine.reading.passes import Pass, watermark
from callboard.engine.reading.round_trips import RoundTrips
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.sightings import Sighting
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack

_log = logging.getLogger(__name__)

#: How much of what was read is read again when events have been heard all the time …
OVERLAP = timedelta(seconds=120)
#: … and after a start or a lost connection.
LONG_OVERLAP = timedelta(minutes=10)

#: Stores what a page shows, and how far the feeds were read with it.
StorePage = Callable[[list[Sighting], Mapping[str, Cursor]], int]

#: Called with how far everything was read.
OnProgress = Callable[[datetime], None]


class Reader:
    """Reads the feeds that the inbox's automations need; to be used from one thread.

    Args:
        ftrack: The studio's ftrack.
        inbox: Where changes are stored.
        now: The time, in seconds since 1970.
        clock: A clock that is never set back, in seconds.
    """

    def __init__(
        self,
        ftrack: Ftrack,
        inbox: Inbox,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ftrack = ftrack
        self._inbox = inbox
        self._now = now
        self.feeds = feeds_for(inbox.triggers)
        self._asker = Asker(ftrack)
        self._answers = Answers(clock)
        self._trips = RoundTrips(ftrack, inbox)
        self._looks = Looks(self._asker, inbox, self.feeds, self._answers, trips=self._trips, overlap=LONG_OVERLAP)
        self._beginnings = Beginnings(self._asker, inbox, self.feeds, LONG_OVERLAP, now=now, clock=clock)
        self._begun = False
        self._cursors: dict[str, Cursor] = {}
        self._overlap = LONG_OVERLAP
        self._passes: list[Pass] | None = None

    def begin(self, overlap: timedelta) -> None:
        """Begin a pass over all feeds with the next page.

        Args:
            overlap: How much of what was read before is read again.
        """
        self._overlap = overlap
        self._passes = None

    def read_page(self) -> bool:
        """Read and store the next page of the pass, with the cursors behind it; a feed without a cursor begins now.

        Returns:
            Whether there is more to read.

        Raises:
            TryAgain: ftrack or the database cannot be reached; the same page is read when it is called again.
        """
        if self._passes is None:
            self._passes = self._open_passes()
        more = self._read(self._passes, self._store_page)
        if not more:
            self._inbox.standing.settle()
        return more

    def read_since(self, moment: datetime, on_progress: OnProgress = lambda _: None) -> int:
        """Read everything since a moment, whatever the cursors say, and have the automations look that have not yet.

        Args:
            moment: Where to begin.
            on_progress: Called after each page with the second up to which everything was read.

        Returns:
            At how many changes some automation will look.
        """
        found = 0

        def store(sightings: list[Sighting], _cursors: Mapping[str, Cursor]) -> int:
            nonlocal found
            found += self._inbox.store_missed(sightings)
            return found

        passes = [Pass(feed, Cursor(moment.timestamp())) for feed in self.feeds]
        while self._read(passes, store, known_too=True):
            on_progress(watermark(passes) or moment)
        return found

    def cares(self, bell: Doorbell) -> bool:
        """Return whether a doorbell rings for anything that is read here."""
        return any(feed.bell_key(bell) is not None for feed in self.feeds)

    def look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        """Read about the entities that doorbells name and store what is new.

        Returns:
            The doorbells whose row did not show.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        return self._looks.look(bells, self._cursors)

    def believe(self, bells: Sequence[Doorbell]) -> int:
        """Store status changes whose row never showed from what their events said, unless ftrack contradicts.

        Returns:
            How many were new.
        """
        changed = [bell for bell in bells if bell.status_id is not None and self.cares(bell)]
        return self._inbox.store(believe(self._ftrack, self._inbox, changed, self._now())) if changed else 0

    def look_again(self) -> int:
        """Have the automations look at what a server with an earlier configuration stored.

        Returns:
            At how many changes some automation will look.
        """
        if not self._begun:
            # Also where another server reads: what happens from now on must not be taken for history later.
            self._cursors, _ = self._beginnings.begin()
            self._begun = True
        return self._inbox.look_again()

    def _open_passes(self) -> list[Pass]:
        self._asker.forgive()
        self._cursors, new = self._beginnings.begin()
        self._begun = True
        return [
            Pass(feed, Cursor(self._cursors[feed.name].at - self._overlap.total_seconds()))
            for feed in self.feeds
            if feed.name in self._cursors.keys() - new
        ]

    def _read(self, passes: list[Pass], store: StorePage, *, known_too: bool = False) -> bool:
        """Handle the next page of some passes; return whether there is more."""
        while hungry := [each for each in passes if each.hungry]:
            self._asker.ask_for_pages(hungry)
        before = watermark(passes)
        ready = [(each, each.ready(before)) for each in passes]
        cursors = {each.feed.name: self._cursor(each, rows) for each, rows in ready}
        keys = {each.feed.key(row) for each, rows in ready for row in rows}
        known = set[str]() if known_too else self._inbox.known(keys)
        wanted = [(each.feed, [row.id for row in rows if each.feed.key(row) not in known]) for each, rows in ready]
        answers = self._asker.ask(question for feed, row_ids in wanted for question in self._asker.rows(feed, row_ids))
        store(read_sightings(answers, self._trips), cursors)
        for each, rows in ready:
            each.drop(len(rows))
        return not all(each.finished for each in passes)

    def _cursor(self, each: Pass, handled: Sequence[Entity]) -> Cursor:
        """Return the cursor behind some rows of a pass: never back, and never in the future."""
        last = self._cursors.get(each.feed.name, Cursor(0.0))
        if handled:
            row = handled[-1]
            position = Cursor(row[each.feed.date].timestamp(), row.id)
            if position.at > self._now():
                position = Cursor(self._now())
            last = max(last, position, key=lambda one: (one.at, one.id))
        return Cursor(last.at, last.id, behind=each.more or len(handled) < len(each.rows))

    def _store_page(self, sightings: list[Sighting], cursors: Mapping[str, Cursor]) -> int:
        """Store a page; a change that cannot be stored is logged and left, since nothing else may wait for it."""
        try:
            stored = self._inbox.store(sightings, cursors)
        except TryAgain:
            raise
        except Exception:
            if not sightings:
                raise
            if len(sightings) == 1:
                _log.exception("the change %s cannot be stored and is skipped", sightings[0].change.key)
                return self._store_page([], cursors)
            half = len(sightings) // 2
            return self._store_page(sightings[:half], {}) + self._store_page(sightings[half:], cursors)
        self._cursors |= cursors
        self._answers.note(sighting.change.key for sighting in sightings)
        return stored
