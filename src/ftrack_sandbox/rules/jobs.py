"""Jobs."""

from __future__ import annotations

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Row, before_update
from ftrack_sandbox.operations.records import Record


@before_update("Job")
def note_end(call: Call, record: Record, new: Row) -> None:  # noqa: ARG001 - every rule gets all three
    """Date the end of a job."""
    if new.get("status") in ("done", "failed"):
        new.setdefault("finished_at", call.timestamp)
