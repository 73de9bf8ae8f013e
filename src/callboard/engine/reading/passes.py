"""One pass over a feed: its rows by their key (date, id), page by page, whole seconds at a time.

No offset is involved, so a row that is deleted meanwhile does not hide another one. The rows of one second are handed
on together, since only together they show in which order they happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callboard.changes import Entity
from callboard.engine.reading.feeds import Feed
from callboard.engine.store.cursors import Cursor


@dataclass
class Pass:
    """The progress of a pass over a feed.

    Attributes:
        feed: What is read.
        position: Everything up to it was asked for.
        rows: The keys of rows that were asked for and are not yet handled, oldest first.
        more: Whether ftrack may have more behind the position.
    """

    feed: Feed
    position: Cursor
    rows: list[Entity] = field(default_factory=list)
    more: bool = True

    @property
    def hungry(self) -> bool:
        """Whether the next page is needed before anything more can be handled."""
        return self.more and not self.ready(self.end)

    @property
    def end(self) -> datetime | None:
        """The second of which more rows may follow; None when there are no more."""
        return self._date(self.rows[-1]) if self.more and self.rows else None

    @property
    def finished(self) -> bool:
        """Whether nothing is left."""
        return not self.more and not self.rows

    def add(self, page: Sequence[Entity], limit: int) -> None:
        """Take in the next page, of at most *limit* rows."""
        if page:
            last = Cursor(self._date(page[-1]).timestamp(), page[-1].id)
            # An order that is not by date and id would make it ask for the same rows forever.
            self.more = len(page) >= limit and (last.at, last.id) > (self.position.at, self.position.id)
            self.position = last
            self.rows += page
        else:
            self.more = False

    def ready(self, before: datetime | None) -> list[Entity]:
        """Return the rows before a second, or all of them."""
        return self.rows if before is None else [row for row in self.rows if self._date(row) < before]

    def drop(self, count: int) -> None:
        """Forget the oldest rows, which are handled."""
        del self.rows[:count]

    def _date(self, row: Entity) -> datetime:
        moment: datetime = row[self.feed.date]
        return moment


def watermark(passes: Iterable[Pass]) -> datetime | None:
    """Return the second before which every feed was read, or None when all of them were read to their ends."""
    return min((each.end for each in passes if each.end is not None), default=None)
