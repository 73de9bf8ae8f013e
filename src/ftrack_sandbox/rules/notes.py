"""Notes: dates, threads, recipients and labels."""

from __future__ import annotations

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import (
    Draft,
    Row,
    after_create,
    after_delete,
    after_update,
    before_create,
    before_update,
    made_by_server,
)
from ftrack_sandbox.operations.ownership import hierarchy_of
from ftrack_sandbox.operations.records import Record


@before_create("Note")
def date_note(call: Call, draft: Draft) -> None:
    """Date a note, and fill in the type of its parent."""
    row = draft.row
    row.setdefault("date", call.timestamp)
    row.setdefault("thread_activity", row["date"])
    if row.get("parent_id") and "parent_type" not in row:
        row["parent_type"] = _kind_of(call, row["parent_id"])


@after_create("Note")
def address_author(call: Call, record: Record) -> None:
    """Make the author a recipient besides those that are named, and update the thread."""
    author_id = record.row["user_id"]
    if author_id and call.records.find("Recipient", [record.id, author_id]) is None:
        call.records.insert("Recipient", {"note_id": record.id, "resource_id": author_id})
    _refresh_thread(call, record)


@after_update("Note")
def refresh_thread(call: Call, record: Record, old: Row) -> None:
    """Update the thread that a note joins as a reply."""
    if "in_reply_to_id" in old:
        _refresh_thread(call, record)


@before_update("Note")
def complete_todo(call: Call, record: Record, new: Row) -> None:  # noqa: ARG001 - every rule gets all three
    """Attribute the completion of a to-do to the user who sent the batch."""
    if new.get("completed_at") and "completed_by_id" not in new:
        new["completed_by_id"] = call.user.id


@after_create("NoteLabelLink")
def set_category(call: Call, record: Record) -> None:
    """Make the label the note's category, as older clients know one category instead of labels."""
    call.records.change(call.records.get("Note", [record.row["note_id"]]), {"category_id": record.row["label_id"]})


@after_delete("NoteLabelLink")
def reset_category(call: Call, record: Record) -> None:
    """Replace the category by that of another label, or clear it, when its label is removed."""
    note = call.records.find("Note", [record.row["note_id"]])
    if note is not None and note.row["category_id"] == record.row["label_id"]:
        left = call.records.select("NoteLabelLink", note_id=note.id)
        call.records.change(note, {"category_id": left[-1].row["label_id"] if left else None})


@made_by_server("Recipient")
def is_author(call: Call, record: Record) -> bool:
    """Return whether this is the note's author, who is a recipient without being named."""
    note = call.records.find("Note", record.key[:1])
    return note is not None and note.row["user_id"] == record.row["resource_id"]


def _refresh_thread(call: Call, reply: Record) -> None:
    note = call.records.find("Note", [reply.row["in_reply_to_id"]])
    if note is not None:
        call.records.change(note, {"thread_activity": reply.row["date"]})


def _kind_of(call: Call, parent_id: str) -> str | None:
    for name in (*hierarchy_of(call.layout).named_by("Note", "parent_id"), "Note"):
        found = call.records.find(name, [parent_id])
        if found is not None:
            return found.type.name
    return None
