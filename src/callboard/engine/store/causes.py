"""Recognition of the changes that Callboard made itself, and of their reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from callboard.changes import Change
from callboard.chunks import chunks
from callboard.engine.store.tables import caused
from callboard.engine.store.tables import changes as rows

#: Seconds between the recording of a plan and the status change that it makes, at most.
WITHIN = 600.0


def causes_of(connection: Connection, changes: Iterable[Change], api_user: str) -> dict[str, dict[str, Any]]:
    """Return what Callboard made some changes for: ``cause_run`` and ``cause_by``, by the change's key.

    A change is Callboard's own when its API user made it, and a run had recorded that it would set that status.

    Args:
        connection: A transaction.
        changes: Any changes.
        api_user: The user that Callboard works as.
    """
    own = [each for each in changes if each.kind == "status" and each.by is not None and each.by.username == api_user]
    own.sort(key=lambda change: change.at)
    recorded = defaultdict(list)
    known: set[tuple[str, str | None, int]] = set()
    for some in chunks(sorted({each.entity_id for each in own})):
        for row in connection.execute(select(caused).where(caused.c.entity_id.in_(some)).order_by(caused.c.at)):
            recorded[row.entity_id, row.status].append(row)
        stored = select(rows.c.entity_id, rows.c.status, rows.c.cause_run)
        earliest = own[0].at.timestamp() - WITHIN
        mine = (rows.c.entity_id.in_(some), rows.c.cause_run.is_not(None), rows.c.at >= earliest)
        known.update((row.entity_id, row.status, row.cause_run) for row in connection.execute(stored.where(*mine)))
    found = {}
    for each in own:
        near = [row for row in recorded[each.entity_id, each.status] if abs(each.at.timestamp() - row.at) <= WITHIN]
        if near:
            # Each run sets a status once. Of several that would set it, the first one did; the others found it set.
            new = [row for row in near if (each.entity_id, each.status, row.run_id) not in known]
            cause = new[0] if new else near[-1]
            known.add((each.entity_id, each.status, cause.run_id))
            found[each.key] = {"cause_run": cause.run_id, "cause_by": cause.by}
    return found
