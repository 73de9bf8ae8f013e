"""The operations that write: create, update and delete."""

from __future__ import annotations

from typing import Any

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations import creating, deleting, updating
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import describe, read_key, read_type


def create(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Create an entity; its key may come apart from its data or within.

    The answer is of the type that was sent, which may be a general one: the official client would take any other for
    another entity, and never learn the attributes of its own.
    """
    type_name = read_type(operation)
    data = operation.get("entity_data", {})
    if not isinstance(data, dict):
        raise ValidationError(f"entity_data must be an object of attributes, not {describe(data)}.")
    if operation.get("entity_key") is not None:
        names = call.catalogue.type(type_name).primary_key
        data = {**data, **dict(zip(names, read_key(call, type_name, operation["entity_key"]), strict=True))}
    return {"action": "create", "data": {**creating.create(call, type_name, data), "__entity_type__": type_name}}


def update(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Change an entity; the answer is of the type that was sent."""
    type_name = read_type(operation)
    changed = updating.update(call, type_name, operation.get("entity_key") or "", operation.get("entity_data", {}))
    return {"action": "update", "data": {**changed, "__entity_type__": type_name}}


def delete(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Delete an entity."""
    deleting.delete(call, read_type(operation), operation.get("entity_key") or "")
    return {"action": "delete", "data": True}
