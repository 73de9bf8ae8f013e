"""Timers and logged time."""

from __future__ import annotations

from ftrack_sandbox.errors import DuplicateEntryError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, before_create


@before_create("Timer")
def start_timer(call: Call, draft: Draft) -> None:
    """Start a timer now; a user has at most one, as the official client's user.py relies on."""
    draft.row.setdefault("start", call.timestamp)
    if call.records.select("Timer", user_id=draft.row.get("user_id", call.user.id)):
        raise DuplicateEntryError("A timer is already running for the user: stop it first.")


@before_create("Timelog")
def complete_timelog(call: Call, draft: Draft) -> None:
    """Start a time log now with a duration of 0, unless the client says otherwise."""
    draft.row.setdefault("start", call.timestamp)
    draft.row.setdefault("duration", 0)
