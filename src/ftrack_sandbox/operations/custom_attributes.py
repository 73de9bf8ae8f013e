"""Values of custom attributes: written whether or not there was one before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ftrack_sandbox.errors import DuplicateEntryError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import describe, read_key
from ftrack_sandbox.operations.ownership import hierarchy_of
from ftrack_sandbox.operations.records import Key, Record
from ftrack_sandbox.schema.model import EntityType
from ftrack_sandbox.schema.values import from_stored, to_stored

#: What the configuration's ``entity_type`` says about entities of each table, in legacy words.
_KINDS = {
    "Asset": "asset",
    "AssetVersion": "assetversion",
    "List": "list",
    "ListObject": "listobject",
    "Resource": "user",
}
_HIERARCHICAL = frozenset({"Asset", "AssetVersion", "Context"})


def create_value(call: Call, entity_type: EntityType, data: Any) -> dict[str, Any]:
    """Write the value of an attribute that the entity has none for.

    Raises:
        DuplicateEntryError: It has one.
    """
    if not isinstance(data, dict):
        raise ValidationError(f"The data of a {entity_type.name} must be an object, not {describe(data)}.")
    key = read_key(call, entity_type.name, [data.get(name) for name in entity_type.primary_key])
    if call.records.find(entity_type.name, key) is not None:
        raise DuplicateEntryError(f"There is a {entity_type.name} {', '.join(map(str, key))} already.")
    return write_value(call, entity_type, key, data)


def write_values(call: Call, owner: Record, members: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write the values among the members of ``custom_attributes``; those that carry none stay as they are."""
    attribute = owner.type.attributes["custom_attributes"]
    value_type = call.catalogue.type(str(attribute.target))
    return [
        write_value(call, value_type, read_key(call, value_type.name, [each.get("configuration_id"), owner.id]), each)
        if "value" in each
        else dict(each)
        for each in members
    ]


def check_value(call: Call, entity_type: EntityType, key: Key) -> tuple[Record, Record]:
    """Return a custom attribute's configuration and the entity for which it is written.

    Raises:
        ValidationError: There is no such attribute for the entity.
        PermissionDeniedError: The user may not change the entity, or has no role that may write the attribute.
    """
    for part in key:
        if isinstance(part, str):
            call.bring_forward(part)
    configuration = call.records.find("CustomAttributeConfiguration", key[:1])
    if configuration is None:
        raise ValidationError(f"There is no custom attribute with the configuration {key[0]}.")
    owner = _owner(call, entity_type, configuration, str(key[1]))
    call.permissions.check_custom_attribute(configuration, owner)
    return configuration, owner


def ends_of_link(call: Call, entity_type: EntityType, data: Any) -> dict[str, str]:
    """Return the kinds of both ends of a new link, which tell its type; nothing for any other entity."""
    if entity_type.table != "CustomAttributeLink" or not isinstance(data, dict):
        return {}
    named = data.get("configuration")
    key = named.get("id") if isinstance(named, dict) else data.get("configuration_id")
    found = call.records.find("CustomAttributeLinkConfiguration", [key]) if isinstance(key, str) else None
    if found is None:
        return {}
    return {"from_entity_type": found.row["entity_type"], "to_entity_type": found.row["entity_type_to"]}


def write_value(call: Call, entity_type: EntityType, key: Key, data: Any) -> dict[str, Any]:
    """Set the value of one custom attribute of one entity, for the first time or again.

    Raises:
        ValidationError: There is no such attribute for the entity, or the value is not of its type.
        PermissionDeniedError: The user may not change the entity, or has no role that may write the attribute.
    """
    value = data.get("value") if isinstance(data, dict) else None
    configuration, owner = check_value(call, entity_type, key)
    converted = _convert(call, entity_type, configuration, value)
    target = call.catalogue.types[str(owner.type.attributes["custom_attributes"].target)]
    record = call.records.find(target.name, key)
    if record is None:
        fixed = {column: allowed[0] for column, allowed in call.layout.of(target.name).fixed.items()}
        row = {"configuration_id": key[0], "entity_id": key[1], "value": converted, **fixed}
        record = call.records.insert(target.name, {name: each for name, each in row.items() if each is not None})
    else:
        call.records.change(record, {"value": converted})
    return {**record.reference, "key": configuration.row["key"], "value": value}


def _owner(call: Call, entity_type: EntityType, configuration: Record, entity_id: str) -> Record:
    """Return the entity that the value is for."""
    names = hierarchy_of(call.layout).named_by("CustomAttributeValue", "entity_id")
    owners = [name for name in names if entity_type.name in (f"{name}CustomAttributeValue", "CustomAttributeValue")]
    found = [each for name in owners if (each := call.records.find(name, [entity_id])) is not None]
    label = configuration.row["key"]
    if not found:
        raise ValidationError(
            f"The custom attribute {label!r} cannot be written for an entity that does not exist: {entity_id}."
        )
    if not _applies(configuration, found[0]):
        raise ValidationError(f"A {found[0].type.name} has no custom attribute {label!r}.")
    return found[0]


def _applies(configuration: Record, owner: Record) -> bool:
    row = configuration.row
    table = owner.type.table
    if row["is_hierarchical"] and table in _HIERARCHICAL:
        return True
    if table != "Context":
        return bool(row["entity_type"] == _KINDS[table])
    if owner.type.name == "Project":
        return bool(row["entity_type"] == "show")
    return bool(row["entity_type"] == "task" and row["object_type_id"] == owner.row["object_type_id"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_date(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") in ("datetime", "date")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_choice(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


#: By name of the attribute's type: how a value is recognised, and what to call it in messages.
_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_is_text, "a text"),
    "url": (_is_text, "a text"),
    "expression": (_is_text, "a text"),
    "number": (_is_number, "a number"),
    "boolean": (_is_boolean, "true or false"),
    "date": (_is_date, "a date"),
    "enumerator": (_is_choice, "a text or a list of texts"),
    "dynamic enumerator": (_is_choice, "a text or a list of texts"),
}


def _convert(call: Call, entity_type: EntityType, configuration: Record, value: Any) -> Any:
    """Return the value as it is stored."""
    kind = call.records.find("CustomAttributeType", [configuration.row["type_id"]])
    check, wanted = _CHECKS.get(kind.row["name"] if kind else "", (None, ""))
    if value is not None and check is not None and not check(value):
        raise ValidationError(
            f"The custom attribute {configuration.row['key']!r} must be {wanted}, not {describe(value)}."
        )
    attribute = entity_type.attributes["value"]
    return from_stored(attribute, to_stored(attribute, value))
