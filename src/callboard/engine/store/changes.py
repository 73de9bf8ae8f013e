"""Changes as rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callboard.changes import Change


def change_row(change: Change) -> dict[str, Any]:
    """Return a change as it is stored; what people call its entity is stored beside it."""
    return {
        "key": change.key,
        "kind": change.kind,
        "entity_type": change.entity_type,
        "entity_id": change.entity_id,
        "project_id": change.project_id,
        "at": change.at.timestamp(),
        "by": asdict(change.by) if change.by else None,
        "status": change.status,
        "from_status": change.from_status,
    }
