"""The creation of entities."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations import custom_attributes, hooks, outgoing
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.finishing import finish
from ftrack_sandbox.operations.incoming import describe, read_data
from ftrack_sandbox.operations.layout import TypeLayout
from ftrack_sandbox.operations.membership import set_members
from ftrack_sandbox.schema.model import EntityType

#: Types that only hold what their subtypes have in common.
_GENERAL = frozenset(
    {"Context", "TypedContext", "Resource", "StatusChange", "CustomAttributeValue"}
    | {"CustomConfigurationBase", "CustomAttributeLink", "CustomAttributeLinkFrom"}
)

#: Types whose entities only the server writes.
_WRITTEN_BY_SERVER = ("StatusChange", "Event", "Feed")


def create(call: Call, type_name: str, data: Any) -> dict[str, Any]:
    """Create an entity; what it still needs then may come with later operations of the batch.

    Args:
        call: The batch.
        type_name: Its type; a general one (``TypedContext``) when the data tells which kind it is.
        data: Its attributes; an id when the client chooses it.

    Returns:
        The entity: what was sent, and what the server filled in.

    Raises:
        ValidationError: Something about the data is wrong or missing.
        DuplicateEntryError: The key, or the name in that place, is taken.
        PermissionDeniedError: The user may not create this.
    """
    entity_type = _concrete(call, type_name, data)
    if call.catalogue.is_kind(entity_type.name, "CustomAttributeValue"):
        return custom_attributes.create_value(call, entity_type, data)
    if any(call.catalogue.is_kind(entity_type.name, name) for name in _WRITTEN_BY_SERVER):
        raise ValidationError(f"A {entity_type.name} is written by the server and cannot be created.")
    layout = call.layout.of(entity_type.name)
    sent = read_data(call, layout, data)
    row = _start(layout, sent.columns)
    _require_key(entity_type, row)
    key = entity_type.key_of(row)
    existing = call.records.find(entity_type.name, key)
    if existing is not None:
        if not any(hooks.made_by_server.run(layout.lineage, call, existing)):
            raise DuplicateEntryError(f"There is a {entity_type.name} {', '.join(map(str, key))} already.")
        call.records.remove([existing])
    record = call.records.draft(entity_type.name, row)
    is_finished = finish(call, record)
    for attribute, members in sent.collections:
        sent.echo[attribute.name] = set_members(call, record, attribute, members)
    if is_finished:
        hooks.after_create.run(layout.lineage, call, record)
    filled = [column for column in layout.scalars if record.row[column] is not None]
    return outgoing.response(call, record, sent, filled, with_references=False)


def _concrete(call: Call, type_name: str, data: Any) -> EntityType:
    """Return the type of the new entity, the most special one that its data tells."""
    entity_type = call.catalogue.type(type_name)
    given = {name: each.default for name, each in entity_type.attributes.items() if each.has_default}
    for name in call.catalogue.discriminators(type_name):
        given.setdefault(name, None)
    given |= {name: values[0] for name, values in reversed(call.catalogue.restrictions(type_name))}
    if isinstance(data, dict):
        given |= {name: value for name, value in data.items() if isinstance(value, str)}
        given |= _ids_in_references(entity_type, data)
    given |= custom_attributes.ends_of_link(call, entity_type, data)
    if type_name == "TypedContext" or (type_name == "Context" and given.get("object_type_id")):
        given["context_type"] = "task"
        given.setdefault("object_type_id", None)
    found = call.catalogue.concrete(type_name, given)
    if found.name in _GENERAL:
        kinds = sorted(each.name for each in call.catalogue.types.values() if each.base == found.name)
        raise ValidationError(f"A {found.name} cannot be created as such; create one of {', '.join(kinds)}.")
    return found


def _ids_in_references(entity_type: EntityType, data: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids in references, by column: the object type of a context may be given as an entity."""
    found = {}
    for name, value in data.items():
        attribute = entity_type.attributes.get(name)
        if attribute is not None and attribute.column is not None and isinstance(value, dict):
            key = value.get("id")
            if isinstance(key, str):
                found[attribute.column] = key
    return found


def _start(layout: TypeLayout, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row as the schema alone knows it: what was sent, defaults, and what the type fixes."""
    row = {column: value for column, value in sent.items() if value is not None}
    for column, default in layout.defaults:
        if column not in row:
            row[column] = str(uuid.uuid4()) if default == "{uid}" else default
    for column, allowed in layout.fixed.items():
        if row.setdefault(column, allowed[0]) not in allowed:
            raise ValidationError(
                f"{column} of a {layout.type.name} is {allowed[0]!r} and cannot be {describe(row[column])}."
            )
    return row


def _require_key(entity_type: EntityType, row: Mapping[str, Any]) -> None:
    missing = [name for name in entity_type.primary_key if row.get(name) is None]
    if missing:
        raise ValidationError(f"A new {entity_type.name} needs {' and '.join(missing)}.")
