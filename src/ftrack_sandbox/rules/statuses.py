"""A row for every change of a status, like ftrack keeps them."""

from __future__ import annotations

import uuid

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.records import Record


def record_status_change(call: Call, record: Record, from_status_id: str | None) -> None:
    """Record that a context or a version came to its present status.

    Args:
        call: The batch; its time is the time of the change.
        record: The context or version.
        from_status_id: The status before; None when it was only created now.
    """
    kind = "AssetVersion" if record.type.name == "AssetVersion" else "TypedContext"
    call.records.insert(
        f"{kind}StatusChange",
        {
            "id": str(uuid.uuid4()),
            "date": call.timestamp,
            "parent_id": record.id,
            "parent_type": "assetversion" if kind == "AssetVersion" else "task",
            "from_status_id": from_status_id,
            "status_id": record.row["status_id"],
            "user_id": call.user.id,
        },
    )
