"""Creators and creation times, filled in for every type that keeps them."""

from __future__ import annotations

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, before_create

_DATED = ("Context", "Conversation", "CalendarEvent", "CalendarEventResource", "Job", "Message")
_REVIEW = ("ReviewSession", "ReviewSessionInvitee", "ReviewSessionObject", "ReviewSessionObjectStatus")


@before_create(*_DATED, *_REVIEW, "Dashboard")
def stamp(call: Call, draft: Draft) -> None:
    """Fill in ``created_at`` and ``created_by_id``."""
    for column, value in (("created_at", call.timestamp), ("created_by_id", call.user.id)):
        if column in draft.type.attributes:
            draft.row.setdefault(column, value)


@before_create("Job", "List", "Note", "Timelog", "Timer", "UserApplicationState")
def attribute_to_user(call: Call, draft: Draft) -> None:
    """Attribute an entity without a user to the user who sent the batch."""
    draft.row.setdefault("user_id", call.user.id)
