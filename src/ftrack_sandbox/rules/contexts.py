"""Projects, shots, tasks and all other contexts: their place, name, status and type."""

from __future__ import annotations

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, Row, after_create, after_update, before_create, before_update, needs
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.rules.statuses import record_status_change
from ftrack_sandbox.rules.workflow import default_status, default_type


@needs("Context")
def name_context(draft: Draft) -> list[str]:
    """Wait for a name."""
    return [] if draft.row.get("name") else ["a name"]


@needs("TypedContext")
def place_context(draft: Draft) -> list[str]:
    """Wait for a parent, which may be given as the project alone."""
    return [] if draft.row.get("parent_id") or draft.row.get("project_id") else ["a parent"]


@before_create("Project")
def complete_project(call: Call, draft: Draft) -> None:
    """Fill in what a project has from the start; its ``project_id`` is its own id."""
    row = draft.row
    if row.get("parent_id"):
        raise ValidationError("A project has no parent.")
    row["project_id"] = row["id"]
    row.setdefault("full_name", row.get("name"))
    row.setdefault("status", "active")
    row.setdefault("is_private", False)
    _check_name(call, None, row.get("name"), "project")


@before_create("TypedContext")
def complete_typed_context(call: Call, draft: Draft) -> None:
    """Put a context in its project and give it the status and type that its project schema begins with."""
    row = draft.row
    parent = call.records.get("Context", [row.get("parent_id") or row["project_id"]])
    row["parent_id"] = parent.id
    row["project_id"] = parent.row["project_id"]
    row.setdefault("sort", 0)
    row.setdefault("bid", 0)
    row.setdefault("description", "")
    _check_name(call, parent.id, row.get("name"), draft.type.name)
    if "type_id" not in row:
        row["type_id"] = default_type(call, row)
    if "status_id" not in row:
        row["status_id"] = default_status(call, row)


@after_create("TypedContext")
def record_first_status(call: Call, record: Record) -> None:
    """Record the status that a context begins with, as a change from none.

    Our choice: reading status changes then also finds contexts that were created with a status.
    """
    if _is_statusable(call, record):
        record_status_change(call, record, None)


@after_update("TypedContext")
def record_next_status(call: Call, record: Record, old: Row) -> None:
    """Record a change of status."""
    if "status_id" in old:
        record_status_change(call, record, old["status_id"])


@before_update("Context")
def check_place(call: Call, record: Record, new: Row) -> None:
    """Refuse an impossible parent, project or name."""
    if "project_id" in new and new["project_id"] != _project_of_parent(call, new):
        raise ValidationError(f"The project of a {record.type.name} follows from its parent: set the parent.")
    if "parent_id" in new:
        _check_parent(call, record, new["parent_id"])
    if "parent_id" in new or "name" in new:
        parent_id = new.get("parent_id", record.row["parent_id"])
        _check_name(call, parent_id, new.get("name", record.row["name"]), record.type.name)


@after_update("TypedContext")
def follow_to_project(call: Call, record: Record, old: Row) -> None:
    """Move a context that changed its parent, and everything below it, to the new parent's project."""
    if "parent_id" not in old:
        return
    project_id = call.records.get("Context", [record.row["parent_id"]]).row["project_id"]
    if project_id == record.row["project_id"]:
        return
    wave = [record]
    while wave:
        for each in wave:
            call.records.change(each, {"project_id": project_id})
        wave = call.records.select("Context", parent_id=[each.id for each in wave])


def _project_of_parent(call: Call, new: Row) -> str | None:
    parent = call.records.find("Context", [new.get("parent_id")])
    return parent.row["project_id"] if parent else None


def _check_parent(call: Call, record: Record, parent_id: str | None) -> None:
    if record.type.name == "Project":
        raise ValidationError("A project has no parent.")
    if parent_id is None:
        raise ValidationError(f"A {record.type.name} cannot be without a parent.")
    above: Record | None = call.records.get("Context", [parent_id])
    if above is not None and above.draft is not None:
        raise ValidationError(
            f"{record.row['name']!r} cannot be moved below {above.row['name']!r}, which has no parent."
        )
    while above is not None:
        if above is record:
            raise ValidationError(f"{record.row['name']!r} cannot be moved below itself.")
        above_id = above.row["parent_id"]
        above = call.records.find("Context", [above_id]) if above_id else None


def _check_name(call: Call, parent_id: str | None, name: str | None, kind: str) -> None:
    """Refuse an empty name, and one that another context in the same place has."""
    if not name:
        raise ValidationError(f"A {kind} needs a name.")
    if call.records.select("Context", parent_id=parent_id, name=name):
        place = "" if parent_id is None else f" below {call.records.get('Context', [parent_id]).row['name']!r}"
        raise DuplicateEntryError(f"There is already something called {name!r}{place}.")


def _is_statusable(call: Call, record: Record) -> bool:
    object_type = call.records.get("ObjectType", [record.row["object_type_id"]])
    return bool(object_type.row["is_statusable"])
