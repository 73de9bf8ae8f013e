"""Looks after doorbells: what happened to the named entities is read, and stored if it is new."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from callboard.changes import Entity
from callboard.engine.reading.answers import Answers
from callboard.engine.reading.asking import Answer, Asker, Question, read_sightings
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.feeds import Feed
from callboard.engine.reading.round_trips import RoundTrips
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.inbox import Inbox
from callboard.errors import TryAgain

_log = logging.getLogger(__name__)


class Looks:
    """Looks after the doorbells of some feeds.

    Args:
        asker: Asks ftrack.
        inbox: Where changes are stored.
        feeds: Everything that is read.
        answers: Which rows may answer doorbells.
        trips: Finds where round trips began.
        overlap: How far behind its cursor a feed may still show something new.
    """

    def __init__(
        self,
        asker: Asker,
        inbox: Inbox,
        feeds: Sequence[Feed],
        answers: Answers,
        *,
        trips: RoundTrips,
        overlap: timedelta,
    ) -> None:
        self._asker = asker
        self._inbox = inbox
        self._feeds = feeds
        self._answers = answers
        self._trips = trips
        self._overlap = overlap

    def look(self, bells: Sequence[Doorbell], cursors: Mapping[str, Cursor]) -> list[Doorbell]:
        """Read about the entities that doorbells name and store what is new.

        Doorbells that cannot be looked after are halved until the one at fault is alone; it is logged and left.

        Args:
            bells: The doorbells.
            cursors: How far each feed was read.

        Returns:
            The doorbells whose row did not show.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        if not bells:
            return []
        try:
            return self._look(bells, cursors)
        except TryAgain:
            raise
        except Exception as error:  # noqa: BLE001 - whatever one event leads to, the others are looked after
            if len(bells) == 1:
                _log.error("the event about %s %s is ignored: %s", bells[0].table, bells[0].entity_id, error)
                return []
            half = len(bells) // 2
            return [*self.look(bells[:half], cursors), *self.look(bells[half:], cursors)]

    def _look(self, bells: Sequence[Doorbell], cursors: Mapping[str, Cursor]) -> list[Doorbell]:
        since = {feed.name: self._since(cursors.get(feed.name)) for feed in self._feeds}
        answers = self._asker.ask(
            question for feed in self._feeds for question in self._questions(feed, bells, since[feed.name])
        )
        keys = {feed.key(row) for feed, rows in answers for row in rows}
        unknown = keys - self._answers.seen(keys)
        unknown -= self._inbox.known(unknown)
        missing, answering = self._match(bells, answers, unknown)

        def is_new(feed: Feed, row: Entity) -> bool:
            # What a pass is still to find is stored along, lest the latest change of an entity comes first.
            key, moment = feed.key(row), row[feed.date]
            return key in unknown and (key in answering or (moment is not None and moment >= since[feed.name]))

        new = [(feed, [row for row in rows if is_new(feed, row)]) for feed, rows in answers]
        self._inbox.store(read_sightings(new, self._trips))
        self._answers.note(feed.key(row) for feed, rows in new for row in rows)
        self._answers.give(answering)
        return missing

    def _match(
        self, bells: Sequence[Doorbell], answers: Sequence[Answer], unknown: set[str]
    ) -> tuple[list[Doorbell], set[str]]:
        """Return the doorbells that no row answers, and the keys of the rows that answer the others."""
        missing, answering = list(bells), set[str]()
        for feed in self._feeds:
            rows = [(feed.row_key(row), feed.key(row)) for of, found in answers if of is feed for row in found]
            keys = self._answers.match([feed.bell_key(bell) for bell in missing], rows, unknown)
            answering |= {key for key in keys if key is not None}
            missing = [bell for bell, key in zip(missing, keys, strict=True) if key is None]
        return missing, answering

    def _questions(self, feed: Feed, bells: Sequence[Doorbell], since: datetime) -> Iterator[Question]:
        """Give what is asked of a feed about the entities of doorbells.

        That an entity was created, or became something before, may not have been read yet; so a feed is asked about an
        entity as well when its doorbell rings for another one.
        """
        ringing = sorted({bell.entity_id for bell in bells if feed.bell_key(bell) is not None})
        beside = sorted({bell.entity_id for bell in bells if feed.concerns(bell)} - set(ringing))
        size = self._asker.size
        for entities, moment in ((ringing, None), (beside, since)):
            for start in range(0, len(entities), size):
                yield Question(feed, feed.about(entities[start : start + size], moment))

    def _since(self, cursor: Cursor | None) -> datetime:
        at = 0.0 if cursor is None else cursor.at - self._overlap.total_seconds()
        return datetime.fromtimestamp(max(0.0, at), UTC)
