"""The statuses that follow from the clients' decisions, and how to take them back.

Pure: a decision counts once. What the studio sets afterwards stays until a client decides again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from callboard.changes import Entity
from callboard.studio.review.remarks import APPROVED, CHANGES, Decision
from callboard.studio.versions.components import read_metadata

_KEY = "client_decisions"


@dataclass(frozen=True)
class Row:
    """A decision that counts: its id, its status, when it was made, and the client's name."""

    id: str
    status: str
    at: str
    client: str

    def is_same(self, other: Row | None) -> bool:
        """Return whether it is that decision, unchanged, whatever the client is called by now."""
        return other is not None and (self.id, self.status, self.at) == (other.id, other.status, other.at)

    def follows(self, other: Row | None) -> bool:
        """Return whether a client decided again; a withdrawn decision also lets an earlier one count again."""
        return other is None or (not self.is_same(other) and self.at >= other.at)


@dataclass(frozen=True)
class Settlement:
    """The decisions that were imported, and what they did to a version or task.

    Attributes:
        rows: The decisions, by version id and client id, separated by a space.
        set: The id of the status that it got.
        before: The id of the status that it had before.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    set: str | None = None
    before: str | None = None

    @property
    def text(self) -> str:
        """The value of the metadata that holds it."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class Outcome:
    """The consequences of new decisions.

    Attributes:
        settlement: What is to be recorded.
        status: The id of the status to set; None if none is set.
        overruled: The id of a status that the studio set since the last import, and that is replaced now.
        is_kept: Whether the studio set another status since, which stays.
    """

    settlement: Settlement
    status: str | None = None
    overruled: str | None = None
    is_kept: bool = False


def settlement_key(session_id: str) -> str:
    """Return the key of the metadata that holds a session's settlement of a version or task."""
    return f"{_KEY}_{session_id}"


def read_settlement(entity: Entity, session_id: str) -> Settlement:
    """Return what a session's decisions did to a version or task so far."""
    try:
        values: dict[str, Any] = json.loads(read_metadata(entity)[settlement_key(session_id)])
        rows = {key: Row(**row) for key, row in values["rows"].items()}
        return Settlement(rows, values["set"], values["before"])
    except (KeyError, ValueError, TypeError):
        return Settlement()


def rows_of(version_id: str, decisions: Mapping[str, Decision]) -> dict[str, Row]:
    """Return the decisions about a version as they are recorded."""
    return {
        f"{version_id} {client_id}": Row(each.id, each.status, each.at.isoformat(), each.client)
        for client_id, each in decisions.items()
    }


def rows_of_version(rows: Mapping[str, Row], version_id: str) -> dict[str, Row]:
    """Return those of the decisions that are about one version."""
    return {key: row for key, row in rows.items() if key.startswith(f"{version_id} ")}


def verdict_of(rows: Mapping[str, Row]) -> str | None:
    """Return the overall decision: one client who requires changes outweighs any approval."""
    decided = {row.status for row in rows.values()}
    return CHANGES if CHANGES in decided else APPROVED if decided else None


def settle(
    before: Settlement, rows: dict[str, Row], deciding: Mapping[str, Row], wanted: str | None, current: str
) -> Outcome | None:
    """Return what the decisions lead to; None if they were imported before.

    Args:
        before: What was imported before.
        rows: All decisions that count now.
        deciding: Those that the status follows from.
        wanted: The id of the status that follows from them; None if there are none.
        current: The id of the status that the version or task has now.
    """
    if rows.keys() == before.rows.keys() and all(row.is_same(before.rows[key]) for key, row in rows.items()):
        return None
    is_ours = current == before.set
    origin = before.before if is_ours else current
    is_fresh = any(row.follows(before.rows.get(key)) for key, row in deciding.items())
    if wanted is not None and (is_fresh or is_ours):
        overruled = current if before.set is not None and not is_ours and current != wanted else None
        return Outcome(Settlement(rows, wanted, origin), wanted if wanted != current else None, overruled)
    if wanted is None and is_ours:
        restored = before.before
        return Outcome(Settlement(rows), restored if restored != current else None)
    kept = replace(before, rows=rows) if rows else Settlement()
    return Outcome(kept, is_kept=before.set is not None)
