"""Lists and client review sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, Row, after_update, before_create, needs
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.values import utc_text

#: Our choice, where a client says nothing.
_REVIEW_DAYS: Final = 14

_ITEMS: Final = {"assetversion": "AssetVersion", "task": "TypedContext"}


@before_create("List")
def date_list(call: Call, draft: Draft) -> None:
    """Date a list."""
    draft.row.setdefault("date", call.timestamp)


@needs("ListObject")
def need_list_and_entity(draft: Draft) -> list[str]:
    """Wait for a list and for the entity to put in it."""
    return [name for name in ("list_id", "entity_id") if not draft.row.get(name)]


@before_create("ListObject")
def check_item(call: Call, draft: Draft) -> None:
    """Refuse an entity that the list does not accept or already has."""
    row = draft.row
    owner = call.records.get("List", [row["list_id"]])
    wanted = _ITEMS[owner.row["system_type"]]
    if call.records.find(wanted, [row["entity_id"]]) is None:
        raise ValidationError(f"The list {owner.row['name']!r} holds {wanted}s, and {row['entity_id']} is not one.")
    if call.records.select("ListObject", list_id=owner.id, entity_id=row["entity_id"]):
        raise DuplicateEntryError(f"The list {owner.row['name']!r} has {row['entity_id']} already.")


@before_create("ReviewSession")
def complete_session(call: Call, draft: Draft) -> None:
    """Open a session now, for two weeks."""
    row = draft.row
    row.setdefault("start_date", call.timestamp)
    row.setdefault("end_date", utc_text(call.now + timedelta(days=_REVIEW_DAYS)))


@before_create("ReviewSessionObject")
def complete_object(call: Call, draft: Draft) -> None:
    """Name an object after its version, and sort it after the others."""
    row = draft.row
    session_id = row.get("review_session_id")
    if "sort_order" not in row and session_id:
        others = call.records.select("ReviewSessionObject", review_session_id=session_id)
        row["sort_order"] = 1 + max((each.row["sort_order"] or 0 for each in others), default=-1)
    version = call.records.find("AssetVersion", [row["version_id"]]) if "version_id" in row else None
    if version is None:
        return
    if not row.get("version"):
        row["version"] = f"Version {version.row['version']}"
    if not row.get("name"):
        row["name"] = call.records.get("Asset", [version.row["asset_id"]]).row["name"]


@before_create("ReviewSessionInvitee")
def complete_invitee(call: Call, draft: Draft) -> None:  # noqa: ARG001 - every rule gets the batch
    """Mark people as invited, unlike those who came by a shared address."""
    draft.row.setdefault("created_from_shared_url", False)


@needs("ReviewSessionObjectStatus")
def need_object_and_invitee(draft: Draft) -> list[str]:
    """Wait for the object of a decision, and for the invitee who made it."""
    return [name for name in ("review_session_object_id", "review_session_invitee_id") if not draft.row.get(name)]


@after_update("ReviewSessionObjectStatus")
def date_decision(call: Call, record: Record, old: Row) -> None:
    """Set the date of a decision that changes."""
    if "status" in old and "created_at" not in old:
        call.records.change(record, {"created_at": call.timestamp})
