"""Several queries in one request, each split into as many as its ids need."""

from __future__ import annotations

from collections.abc import Sequence

from callboard.changes import Entity
from callboard.ftrack import Ftrack


def query_groups(ftrack: Ftrack, groups: Sequence[Sequence[str]]) -> list[list[Entity]]:
    """Return what each group of queries finds, all groups asked together.

    Raises:
        TryAgain: ftrack cannot be reached.
        RefusedByFtrack: ftrack does not understand one of the queries.
    """
    answers = iter(ftrack.query_many([query for group in groups for query in group]))
    return [[row for _ in group for row in next(answers)] for group in groups]
