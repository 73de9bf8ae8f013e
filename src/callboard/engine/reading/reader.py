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
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from callboard.changes import Entity
from callboard.engine.reading.answers import Answers
from callboard.engine.reading.belief import believe
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.feeds import Feed, feeds_for
from callboard.engine.reading.order import in_order
from callboard.engine.reading.passes import Pass, watermark
from callboard.engine.store.inbox import Cursor, Inbox, Sighting
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, RefusedByFtrack

_log = logging.getLogger(__name__)

#: How much of what was read is read again when events have been heard all the time …
OVERLAP = timedelta(seconds=120)
#: … and after a start or a lost connection.
LONG_OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class _Asked:
    """A question about the rows of a feed."""

    feed: Feed
    expression: str


Store = Callable[[list[Sighting], Mapping[str, Cursor]], int]


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
        self._answers = Answers(clock)
        self._cursors: dict[str, Cursor] = {}
        self._overlap = LONG_OVERLAP
        self._passes: list[Pass] | None = None
        # Feeds that ftrack does not understand; the next pass asks again.
        self._refused: set[str] = set()

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
        return self._read(self._passes, self._store_new)

    def read_since(self, moment: datetime) -> int:
        """Read everything since a moment, whatever the cursors say, and have the automations look that have not yet.

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
            continue
        return found

    def cares(self, bell: Doorbell) -> bool:
        """Return whether a doorbell rings for anything that is read here."""
        return any(feed.bell_key(bell) is not None for feed in self.feeds)

    def look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        """Read about the entities that doorbells name and store what is new.

        Doorbells that cannot be looked after are halved until the one at fault is alone; it is logged and left.

        Returns:
            The doorbells whose row did not show.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        if not bells:
            return []
        try:
            return self._look(bells)
        except TryAgain:
            raise
        except Exception as error:
            if len(bells) == 1:
                _log.exception("the event about %s %s is left alone: %s", bells[0].table, bells[0].entity_id, error)
                return []
            half = len(bells) // 2
            return [*self.look(bells[:half]), *self.look(bells[half:])]

    def believe(self, bells: Sequence[Doorbell]) -> int:
        """Store status changes whose row never showed from what their events said, unless ftrack contradicts.

        Returns:
            How many were new.
        """
        changed = [bell for bell in bells if bell.status_id is not None and self.cares(bell)]
        return self._inbox.store(believe(self._ftrack, self._inbox, changed, self._now())) if changed else 0

    # Passes

    def _open_passes(self) -> list[Pass]:
        self._refused.clear()
        self._cursors = self._inbox.cursors([feed.name for feed in self.feeds])
        new = [feed for feed in self.feeds if feed.name not in self._cursors]
        self._begin_feeds(new)
        return [
            Pass(feed, Cursor(self._cursors[feed.name].at - self._overlap.total_seconds()))
            for feed in self.feeds
            if feed not in new
        ]

    def _begin_feeds(self, feeds: Sequence[Feed]) -> None:
        """Begin feeds: what happened before their first start is known, and nothing is done about it."""
        newest = self._ask([_Asked(feed, feed.newest()) for feed in feeds])
        passes = []
        for feed, rows in newest:
            latest = rows[0][feed.date].timestamp() if rows and rows[0][feed.date] else 0.0
            # A version may be dated by hand: nothing dated in the future keeps the present from being read.
            passes.append(Pass(feed, Cursor(min(latest, self._now()) - LONG_OVERLAP.total_seconds())))
        self._gather(passes, to_the_end=True)
        outlines = [one for each in passes for row in each.rows for one in each.feed.outlines(row)]
        begun = {each.feed.name: self._cursor(each, each.rows) for each in passes if each.feed.name not in self._refused}
        if begun:
            self._inbox.store_as_known(in_order(outlines), begun)
            self._cursors |= begun

    def _read(self, passes: list[Pass], store: Store, *, known_too: bool = False) -> bool:
        """Handle the next page of some passes; return whether there is more."""
        self._gather(passes)
        before = watermark(passes)
        ready = [(each, each.ready(before)) for each in passes]
        cursors = {each.feed.name: self._cursor(each, rows) for each, rows in ready}
        keys = {each.feed.key(row) for each, rows in ready for row in rows}
        known = set() if known_too else self._inbox.known(keys)
        wanted = [(each.feed, [row.id for row in rows if each.feed.key(row) not in known]) for each, rows in ready]
        size = self._ftrack.page.size
        asked = [
            _Asked(feed, feed.rows(row_ids[start : start + size]))
            for feed, row_ids in wanted
            for start in range(0, len(row_ids), size)
        ]
        store(_sightings(self._ask(asked)), cursors)
        self._cursors |= cursors
        for each, rows in ready:
            each.drop(len(rows))
        return not all(each.finished for each in passes)

    def _gather(self, passes: Sequence[Pass], *, to_the_end: bool = False) -> None:
        """Ask for the keys of the next page where they are needed, or of all that follow."""
        while hungry := [each for each in passes if (each.more if to_the_end else each.hungry)]:
            limit = self._ftrack.page.size
            answers = self._ask([_Asked(each.feed, each.feed.after(each.position, limit)) for each in hungry])
            pages = {feed.name: rows for feed, rows in answers}
            for each in hungry:
                each.add(pages.get(each.feed.name, []), limit)

    def _cursor(self, each: Pass, handled: Sequence[Entity]) -> Cursor:
        """Return the cursor behind some rows of a pass; never back, and never in the future, where nothing is over."""
        last = self._cursors.get(each.feed.name, Cursor(0.0))
        if handled:
            row = handled[-1]
            position = Cursor(row[each.feed.date].timestamp(), row.id)
            if position.at > self._now():
                position = Cursor(self._now())
            last = max(last, position, key=lambda one: (one.at, one.id))
        return Cursor(last.at, last.id, behind=each.more or len(handled) < len(each.rows))

    def _store_new(self, sightings: list[Sighting], cursors: Mapping[str, Cursor]) -> int:
        """Store a page; what cannot be stored for itself is logged and left, since nothing else may wait for it."""
        try:
            stored = self._inbox.store(sightings, cursors)
        except TryAgain:
            raise
        except Exception:
            if not sightings:
                raise
            if len(sightings) == 1:
                _log.exception("the change %s cannot be stored and is left", sightings[0].change.key)
                return self._store_new([], cursors)
            half = len(sightings) // 2
            return self._store_new(sightings[:half], {}) + self._store_new(sightings[half:], cursors)
        self._answers.note(sighting.change.key for sighting in sightings)
        return stored

    # Doorbells

    def _look(self, bells: Sequence[Doorbell]) -> list[Doorbell]:
        asked = [question for feed in self.feeds for question in self._questions_about(feed, bells)]
        answers = self._ask(asked)
        keys = {feed.key(row) for feed, rows in answers for row in rows}
        lately = self._answers.seen(keys)
        new = keys - lately
        new -= self._inbox.known(new)
        missing = list(bells)
        self._answers.note(sorted(new))
        chosen: set[str] = set()
        for feed in self.feeds:
            rows = [(feed.row_key(row), feed.key(row), row) for of, found in answers if of is feed for row in found]
            found = self._answers.match([feed.bell_key(bell) for bell in missing], rows)
            chosen |= {feed.key(row) for row in found if row is not None}
            missing = [bell for bell, row in zip(missing, found, strict=True) if row is None]
        fresh = [
            (feed, [row for row in rows if feed.key(row) in new and (feed.key(row) in chosen or self._is_open(feed, row))])
            for feed, rows in answers
        ]
        self._inbox.store(_sightings(fresh))
        return missing

    def _questions_about(self, feed: Feed, bells: Sequence[Doorbell]) -> list[_Asked]:
        """Return what is asked of a feed about the entities of doorbells.

        That an entity was created, or became something before, may not have been read yet: it is stored along, lest the
        latest change of an entity is handled before the others.
        """
        ringing = sorted({bell.entity_id for bell in bells if feed.bell_key(bell) is not None})
        beside = sorted({bell.entity_id for bell in bells if feed.concerns(bell)} - set(ringing))
        size, since = self._ftrack.page.size, self._open_since(feed)
        return [
            _Asked(feed, feed.about(entities[start : start + size], moment))
            for entities, moment in ((ringing, None), (beside, since))
            for start in range(0, len(entities), size)
        ]

    def _open_since(self, feed: Feed) -> datetime:
        at = self._cursors.get(feed.name, Cursor(0.0)).at
        return datetime.fromtimestamp(max(0.0, at - LONG_OVERLAP.total_seconds()), UTC)

    def _is_open(self, feed: Feed, row: Entity) -> bool:
        """Return whether a row is one that a pass is still to find, or would find again."""
        moment = row[feed.date]
        return moment is not None and moment >= self._open_since(feed)

    # Asking

    def _ask(self, asked: Sequence[_Asked]) -> list[tuple[Feed, list[Entity]]]:
        """Ask in as few requests as possible; a feed that ftrack does not understand is left out until the next pass."""
        asked = [each for each in asked if each.feed.name not in self._refused]
        try:
            answers = self._ftrack.query_many([each.expression for each in asked])
        except RefusedByFtrack as error:
            names = {each.feed.name for each in asked}
            if len(names) > 1:
                return [answer for name in sorted(names) for answer in self._ask([e for e in asked if e.feed.name == name])]
            _log.error("%s cannot be read: %s", asked[0].feed.name, error)
            self._refused |= names
            return []
        return [(each.feed, rows) for each, rows in zip(asked, answers, strict=True)]


def _sightings(answers: Sequence[tuple[Feed, Sequence[Entity]]]) -> list[Sighting]:
    """Return what rows show, in the order in which it happened; a row that makes no sense costs only itself."""
    found: list[Sighting] = []
    for feed, rows in answers:
        for row in rows:
            try:
                found += feed.sightings(row)
            except (KeyError, TypeError, ValueError, AttributeError):
                _log.exception("a row of %s makes no sense and is left: %r", feed.name, row)
    return in_order(found)
