"""Heads: of each entity's open runs in a lane, the one that is next.

Taking a batch reads heads alone; so whoever ends a head, or makes a run due again, says which one is next.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, exists, select, update

from callboard.chunks import chunks
from callboard.engine.store.tables import is_open, runs


def promote(connection: Connection, ids: Iterable[int]) -> None:
    """Make the next open run the head for the entities of these runs that have none."""
    nearby, head, ended = runs.alias("nearby"), runs.alias("head"), runs.alias("ended")
    following = (
        select(nearby.c.id)
        .where(
            nearby.c.automation == ended.c.automation,
            nearby.c.lane == ended.c.lane,
            nearby.c.entity_id == ended.c.entity_id,
            is_open(nearby),
        )
        .order_by(nearby.c.at, nearby.c.id)
        .limit(1)
        .correlate(ended)
        .scalar_subquery()
    )
    has_head = exists().where(
        head.c.automation == ended.c.automation,
        head.c.lane == ended.c.lane,
        head.c.entity_id == ended.c.entity_id,
        head.c.head,
    )
    for some in chunks(sorted(ids)):
        next_ones = select(following).select_from(ended).where(ended.c.id.in_(some), ~has_head)
        found = sorted({each for each in connection.scalars(next_ones) if each is not None})
        if found:
            connection.execute(update(runs).where(runs.c.id.in_(found)).values(head=True))
