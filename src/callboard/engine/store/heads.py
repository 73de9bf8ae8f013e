"""Heads: of each entity's open runs in a lane, the one that is next.

Taking a batch reads heads alone; so whoever ends a head, or makes a run due again, says which one is next.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, case, func, select, update

from callboard.chunks import chunks
from callboard.engine.store.database import insert_into, now
from callboard.engine.store.tables import is_open, lanes, runs


def promote(connection: Connection, ids: Iterable[int]) -> None:
    """Make the next open run the head for the entities of these runs that have none."""
    nearby, ended = runs.alias("nearby"), runs.alias("ended")
    # Found by the index of open runs alone: the one of heads leads PostgreSQL astray while its statistics are old.
    of_entity = (
        nearby.c.automation == ended.c.automation,
        nearby.c.lane == ended.c.lane,
        nearby.c.entity_id == ended.c.entity_id,
        is_open(nearby),
    )
    first = select(nearby.c.id).where(*of_entity).order_by(nearby.c.at, nearby.c.id).limit(1)
    heads = select(func.max(case((nearby.c.head, 1), else_=0))).where(*of_entity)
    columns = [each.correlate(ended).scalar_subquery() for each in (first, heads)]
    for some in chunks(sorted(ids)):
        rows = connection.execute(select(*columns).select_from(ended).where(ended.c.id.in_(some)))
        found = sorted({run for run, has_head in rows if run is not None and not has_head})
        if found:
            connection.execute(update(runs).where(runs.c.id.in_(found)).values(head=True))


def wake_lanes(connection: Connection, wanted: Iterable[tuple[str, str]]) -> None:
    """Have lanes, each as (automation, lane), looked at for runs that are due; they are locked until the end.

    In one order everywhere, so that nobody waits for somebody who waits for them.
    """
    key = [lanes.c.automation, lanes.c.lane]
    for automation, lane in sorted(wanted):
        # The lane of a job is gone with the job; nobody may still write in it by a former epoch.
        values = {"automation": automation, "lane": lane, "due": 0}
        wake = insert_into(connection, lanes).values(**values, epoch=func.floor(now()))
        connection.execute(wake.on_conflict_do_update(index_elements=key, set_={"due": 0}))
