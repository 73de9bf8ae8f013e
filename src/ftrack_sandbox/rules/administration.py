"""The rules for administrators' entities: schemas, statuses, custom attributes, locations."""

from __future__ import annotations

from typing import Final

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, Row, before_create, before_update, needs
from ftrack_sandbox.operations.records import Record

#: What custom attributes can be for, in legacy words.
_ENTITY_TYPES: Final = ("asset", "assetversion", "list", "listobject", "show", "task", "user")


@before_create("Status")
def activate_status(call: Call, draft: Draft) -> None:  # noqa: ARG001 - every rule gets the batch
    """Make a new status active."""
    draft.row.setdefault("is_active", True)


@before_create("Location")
def check_location(call: Call, draft: Draft) -> None:
    """Refuse the name of another location, since clients find locations by name."""
    name = draft.row.get("name")
    if name and call.records.select("Location", name=name):
        raise DuplicateEntryError(f"There is already a location called {name!r}.")


@needs("CustomAttributeConfiguration")
def need_key_and_type(draft: Draft) -> list[str]:
    """Wait for a key, a type and a kind of entity."""
    return [name for name in ("key", "type_id", "entity_type") if not draft.row.get(name)]


@before_create("CustomAttributeConfiguration")
def complete_configuration(call: Call, draft: Draft) -> None:
    """Refuse an attribute for an unknown kind of entity, and a second one of the same key."""
    row = draft.row
    row.setdefault("config", "{}")
    row.setdefault("label", row.get("key"))
    _check_entity_type(row)
    _check_key(call, row, None)


@before_update("CustomAttributeConfiguration")
def check_configuration(call: Call, record: Record, new: Row) -> None:
    """Refuse changes that a new attribute would be refused for."""
    if new.keys() & {"key", "entity_type", "object_type_id", "project_id", "is_hierarchical"}:
        row = {**record.row, **new}
        _check_entity_type(row)
        _check_key(call, row, record)


@before_create("CustomAttributeLinkConfiguration")
def complete_link_configuration(call: Call, draft: Draft) -> None:  # noqa: ARG001 - every rule gets the batch
    """Fill in empty settings."""
    draft.row.setdefault("config", "{}")


def _check_entity_type(row: Row) -> None:
    entity_type = row.get("entity_type")
    if entity_type not in _ENTITY_TYPES:
        raise ValidationError(
            f"entity_type of a CustomAttributeConfiguration is one of {', '.join(_ENTITY_TYPES)}, not {entity_type!r}."
        )
    if entity_type == "task" and not row.get("object_type_id") and not row.get("is_hierarchical"):
        raise ValidationError("A CustomAttributeConfiguration for task needs object_type_id.")


def _check_key(call: Call, row: Row, itself: Record | None) -> None:
    place = {name: row.get(name) for name in ("key", "entity_type", "object_type_id", "project_id")}
    others = [each for each in call.records.select("CustomAttributeConfiguration", **place) if each is not itself]
    # The same key may stand for a hierarchical attribute and for one that is not.
    if any(bool(each.row["is_hierarchical"]) is bool(row.get("is_hierarchical")) for each in others):
        raise DuplicateEntryError(f"There is already a custom attribute {row['key']!r} for {row['entity_type']}.")
