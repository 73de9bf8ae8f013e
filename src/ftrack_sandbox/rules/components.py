"""Components and where they are."""

from __future__ import annotations

from ftrack_sandbox.errors import DuplicateEntryError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, after_delete, before_create, needs
from ftrack_sandbox.operations.ownership import hierarchy_of
from ftrack_sandbox.operations.records import Record


@before_create("Component")
def tell_kind(call: Call, draft: Draft) -> None:  # noqa: ARG001 - every rule gets the batch
    """Give a component that is neither a file nor a container the kind ``component`` (our choice)."""
    draft.row.setdefault("system_type", "component")


@needs("ComponentLocation")
def need_component_and_location(draft: Draft) -> list[str]:
    """Wait for both ends of the entry."""
    return [name for name in ("component_id", "location_id") if not draft.row.get(name)]


@before_create("ComponentLocation")
def check_location(call: Call, draft: Draft) -> None:
    """Refuse a second entry of a component in a location."""
    row = draft.row
    if call.records.select("ComponentLocation", component_id=row["component_id"], location_id=row["location_id"]):
        raise DuplicateEntryError("The component is in that location already.")


@after_delete("Component")
def remove_file(call: Call, record: Record) -> None:
    """Remove a component's file after the commit, when the component cannot come back."""
    forget = call.remove_file
    if forget is None:
        return

    def remove() -> None:
        # Its id may have been given to a new component in the same batch. The records know, without reading.
        if call.records.find("Component", record.key) is None:
            forget(record.id)

    call.after_commit(remove)


@before_create("Metadata")
def check_parent_type(call: Call, draft: Draft) -> None:
    """Fill in the type of the entity that the metadata belongs to."""
    row = draft.row
    if "parent_type" in row:
        call.catalogue.type(row["parent_type"])
        return
    for name in hierarchy_of(call.layout).named_by("Metadata", "parent_id"):
        found = call.records.find(name, [row.get("parent_id")])
        if found is not None:
            row["parent_type"] = found.type.name
            return
