"""Queries about feeds: as few requests as possible, and one bad feed or row does not spoil the others."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from callboard.changes import Entity
from callboard.engine.reading.feeds import Feed
from callboard.engine.reading.order import in_order
from callboard.engine.reading.passes import Pass
from callboard.engine.reading.round_trips import RoundTrips
from callboard.engine.store.sightings import Sighting
from callboard.ftrack import Ftrack, RefusedByFtrack

_log = logging.getLogger(__name__)

Answer = tuple[Feed, list[Entity]]


@dataclass(frozen=True)
class Question:
    """A question about the rows of a feed."""

    feed: Feed
    expression: str


class Asker:
    """Asks ftrack about feeds; a feed that ftrack does not understand is left out until :meth:`forgive`."""

    def __init__(self, ftrack: Ftrack) -> None:
        self._ftrack = ftrack
        self._refused: set[str] = set()

    @property
    def size(self) -> int:
        """The number of rows that ftrack can handle at a time."""
        return self._ftrack.page.size

    def forgive(self) -> None:
        """Ask about every feed again."""
        self._refused.clear()

    def understood(self, feed: Feed) -> bool:
        """Return whether ftrack has not refused to answer about a feed."""
        return feed.name not in self._refused

    def ask(self, questions: Iterable[Question]) -> list[Answer]:
        """Return the answers; there are none about feeds that ftrack does not understand.

        Raises:
            TryAgain: ftrack cannot be reached.
        """
        asked = [question for question in questions if self.understood(question.feed)]
        try:
            answers = self._ftrack.query_many([question.expression for question in asked])
        except RefusedByFtrack as error:
            names = sorted({question.feed.name for question in asked})
            if len(names) > 1:
                apart = [[question for question in asked if question.feed.name == name] for name in names]
                return [answer for some in apart for answer in self.ask(some)]
            _log.error("%s cannot be read: %s", names[0], error)
            self._refused.add(names[0])
            return []
        return [(question.feed, rows) for question, rows in zip(asked, answers, strict=True)]

    def ask_for_pages(self, passes: Sequence[Pass]) -> None:
        """Ask for the keys of the next page of some passes."""
        limit = self.size
        answers = self.ask(Question(each.feed, each.feed.after(each.position, limit)) for each in passes)
        pages = {feed.name: rows for feed, rows in answers}
        for each in passes:
            each.add(pages.get(each.feed.name, []), limit)

    def rows(self, feed: Feed, row_ids: Sequence[str]) -> Iterator[Question]:
        """Give the questions about some rows, as many as ftrack manages in each."""
        size = self.size
        for start in range(0, len(row_ids), size):
            yield Question(feed, feed.rows(row_ids[start : start + size]))


def read_sightings(answers: Iterable[tuple[Feed, Sequence[Entity]]], trips: RoundTrips) -> list[Sighting]:
    """Return what rows show, in the order in which it happened; a row that makes no sense costs only itself.

    Raises:
        TryAgain: ftrack or the database cannot be reached.
    """
    found: list[Sighting] = []
    for feed, rows in answers:
        for row in rows:
            try:
                found += feed.sightings(row)
            except (KeyError, TypeError, ValueError, AttributeError):
                _log.exception("a row of %s makes no sense and is skipped: %r", feed.name, row)
    return in_order(found, trips.starts(found))
