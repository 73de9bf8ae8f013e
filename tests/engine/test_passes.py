"""Passes: every row of a feed once, by key, whole seconds at a time, whatever is deleted or added meanwhile."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from callboard.changes import Entity
from callboard.engine.reading.feeds import Created
from callboard.engine.reading.passes import Pass, watermark
from callboard.engine.store.cursors import Cursor
from callboard.testing import entity

FEEDS = [Created("Task"), Created("Shot")]


@dataclass(frozen=True, order=True)
class Row:
    second: int
    id: str


@dataclass
class Table:
    """Rows of one feed, answered as ftrack would."""

    rows: set[Row]

    def answer(self, expression: str) -> list[Entity]:
        limit = int(re.findall(r"limit (\d+)$", expression)[0])
        moment = re.findall(r'"(\d{4}-[^"]*)"', expression)[0]
        after = re.findall(r'id > "([^"]*)"', expression)
        second = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
        place = Row(second, after[0] if after else "")
        found = sorted(row for row in self.rows if row > place)[:limit]
        return [
            entity("Task", id=row.id, created_at=datetime.fromtimestamp(row.second, UTC), created_by=None)
            for row in found
        ]


def read_all(tables: list[Table], limit: int, deletions: list[Row]) -> list[list[tuple[int, int, str]]]:
    """Read everything; return each page as feed, second and id. Some rows vanish after each request."""
    passes = [Pass(feed, Cursor(0.0)) for feed in FEEDS]
    pages = []
    doomed = list(deletions)
    while not all(each.finished for each in passes):
        while hungry := [each for each in passes if each.hungry]:
            for each in hungry:
                table = tables[passes.index(each)]
                each.add(table.answer(each.feed.after(each.position, limit)), limit)
                if doomed:
                    gone = doomed.pop()
                    for other in tables:
                        other.rows.discard(gone)
        before = watermark(passes)
        page = []
        for number, each in enumerate(passes):
            ready = list(each.ready(before))
            page += [(int(row["created_at"].timestamp()), number, row.id) for row in ready]
            each.drop(len(ready))
        pages.append(page)
    return pages


ROWS = st.sets(st.builds(Row, st.integers(1, 12), st.text("abcdef", min_size=1, max_size=4)), max_size=60)


@given(st.tuples(ROWS, ROWS), st.integers(1, 7), st.data())
def test_every_row_that_stays_is_read_once_and_seconds_in_their_order(
    rows: tuple[set[Row], set[Row]], limit: int, data: st.DataObject
) -> None:
    everything = sorted(rows[0] | rows[1])
    deletions = data.draw(st.lists(st.sampled_from(everything), unique=True) if everything else st.just([]))
    pages = read_all([Table(set(each)) for each in rows], limit, list(deletions))
    read = [row for page in pages for row in page]
    assert len(read) == len(set(read))
    for number, each in enumerate(rows):
        found = {(second, one) for second, feed, one in read if feed == number}
        assert found <= {(row.second, row.id) for row in each}
        assert found >= {(row.second, row.id) for row in each if row not in deletions}
    # No second is spread over two pages, and no page comes before an older one, whatever the feed.
    seconds = [{second for second, _, _ in page} for page in pages if page]
    for earlier, later in itertools.pairwise(seconds):
        assert max(earlier) < min(later)


def test_no_more_is_held_than_a_page_and_one_second() -> None:
    table = Table({Row(second, f"{second:04}{number}") for second in range(500) for number in range(2)})
    reading = Pass(FEEDS[0], Cursor(0.0))
    most = 0
    while not reading.finished:
        while reading.hungry:
            reading.add(table.answer(FEEDS[0].after(reading.position, 10)), 10)
        most = max(most, len(reading.rows))
        reading.drop(len(reading.ready(watermark([reading]))))
    assert most <= 12


def test_an_order_that_makes_no_sense_ends_the_pass_instead_of_going_round_for_ever() -> None:
    same = [entity("Task", id="a", created_at=datetime.fromtimestamp(5, UTC))]
    reading = Pass(FEEDS[0], Cursor(0.0))
    reading.add(same, 1)
    reading.add(same, 1)
    assert not reading.more
