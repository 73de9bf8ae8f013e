"""Recognising the changes that Callboard made itself, and why it made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from callboard.changes import Change
from callboard.chunks import chunks
from callboard.engine.store.tables import caused

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
    recorded = defaultdict(list)
    for some in chunks(sorted({each.entity_id for each in own})):
        for row in connection.execute(select(caused).where(caused.c.entity_id.in_(some)).order_by(caused.c.at)):
            recorded[row.entity_id, row.status].append(row)
    found = {}
    for each in own:
        near = [row for row in recorded[each.entity_id, each.status] if abs(each.at.timestamp() - row.at) <= WITHIN]
        if near:
            # Of several runs that would set it, the first one did.
            found[each.key] = {"cause_run": near[0].run_id, "cause_by": near[0].by}
    return found
