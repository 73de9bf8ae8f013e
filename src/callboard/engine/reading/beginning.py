"""Beginnings: a feed that is read for the first time, and an automation that was just turned on, begin at that moment.

What is there then happened before, and nothing is done about it unless somebody catches up. Whether something was there
is decided by what ftrack shows, and not by the time, since this machine's clock and ftrack's may differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from callboard.changes import Entity
from callboard.engine.reading.asking import Asker, Question
from callboard.engine.reading.feeds import Feed, feeds_for
from callboard.engine.reading.passes import Pass
from callboard.engine.store.beginnings import Beginning
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.inbox import Inbox

#: Seconds after which ftrack counts as having been away when something was turned on.
_AWAY = 10.0


class Beginnings:
    """Begins the feeds and automations of one server.

    Args:
        asker: Asks ftrack.
        inbox: Where it is noted.
        feeds: Everything that is read.
        overlap: How far behind its newest row a feed may still show something.
        now: The time, in seconds since 1970.
        clock: A clock that is never set back, in seconds.
    """

    def __init__(
        self,
        asker: Asker,
        inbox: Inbox,
        feeds: Sequence[Feed],
        overlap: timedelta,
        *,
        now: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._asker = asker
        self._inbox = inbox
        self._feeds = feeds
        self._overlap = overlap.total_seconds()
        self._now, self._clock = now, clock
        # When this was first tried, by both clocks: ftrack may have been away then.
        self._tried: tuple[float, float] | None = None

    def begin(self) -> tuple[dict[str, Cursor], set[str]]:
        """Begin what is new here, and forget what no automation needs any more.

        Returns:
            How far each feed was read, and the names of those that begin now.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        self._tried = self._tried or (self._now(), self._clock())
        self._inbox.standing.forget_others([feed.name for feed in self._feeds])
        cursors = self._inbox.cursors()
        self._begin_automations(cursors.keys())
        new = [feed for feed in self._feeds if feed.name not in cursors]
        for feed, _, rows in self._read_newest(new, self._overlap):
            self._begin_feed(feed, rows)
        return (self._inbox.cursors() if new else cursors), {feed.name for feed in new}

    def _begin_automations(self, begun: Collection[str]) -> None:
        """Note for automations that were just turned on what had happened before, in feeds that have begun."""
        names = set(self._inbox.standing.just_turned_on())
        new = {}
        for trigger in self._inbox.triggers:
            if trigger.name in names:
                wanted = {feed.name for feed in feeds_for([trigger])} & set(begun)
                new[trigger.name] = self._beginning([feed for feed in self._feeds if feed.name in wanted])
        if new:
            self._inbox.standing.begin(new)

    def _beginning(self, feeds: Sequence[Feed]) -> Beginning:
        there = self._read_newest(feeds, 0.0)
        if not there:
            return Beginning(settled=True)
        outlines = [outline for feed, _, rows in there for row in rows for outline in feed.outlines(row)]
        return Beginning(max(since for _, since, _ in there), frozenset(each.change.key for each in outlines))

    def _begin_feed(self, feed: Feed, rows: Sequence[Entity]) -> None:
        """Store what is there as known; another server may have been first, and then it is as that one saw it."""
        cursor = Cursor(0.0)
        if rows:
            cursor = Cursor(rows[-1][feed.date].timestamp(), rows[-1].id)
        if cursor.at > self._now():
            cursor = Cursor(self._now())
        self._inbox.begin_feed(feed.name, cursor, [outline for row in rows for outline in feed.outlines(row)])

    def _read_newest(self, feeds: Sequence[Feed], overlap: float) -> list[tuple[Feed, float, list[Entity]]]:
        """Return the keys of the newest rows that were there when something was turned on, and since when they count.

        Args:
            feeds: Whose; one that ftrack does not understand is left out.
            overlap: How many seconds before the newest row they begin.
        """
        assert self._tried is not None
        tried, clock = self._tried
        away = self._clock() > clock + _AWAY
        passes = []
        for feed, rows in self._asker.ask(Question(feed, feed.newest()) for feed in feeds):
            latest = rows[0][feed.date].timestamp() if rows and rows[0][feed.date] else 0.0
            # A version may be dated by hand: nothing dated in the future keeps the present from being read.
            passes.append(Pass(feed, Cursor(min(latest, tried if away else self._now()) - overlap)))
        since = {each.feed.name: each.position.at for each in passes}
        while unread := [each for each in passes if each.more]:
            self._asker.ask_for_pages(unread)
        # What happened while ftrack was away happened afterwards.
        until = tried if away else math.inf
        return [
            (each.feed, since[each.feed.name], [row for row in each.rows if row[each.feed.date].timestamp() <= until])
            for each in passes
            if self._asker.understood(each.feed)
        ]
