"""A client's description of an entity: names checked, values converted, references resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftrack_sandbox.errors import UnknownTypeError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.layout import TypeLayout
from ftrack_sandbox.operations.records import Key, Record
from ftrack_sandbox.schema.model import Attribute, DenseValues, Kind, Reverse, Through
from ftrack_sandbox.schema.values import from_stored, to_stored

_WRITABLE_COLLECTIONS = (Reverse, Through, DenseValues)


@dataclass
class Sent:
    """A client's description of an entity.

    Attributes:
        columns: Values to store, by column.
        collections: Complete memberships, by the collection's attribute.
        echo: The values by attribute as the response repeats them: dates as received, references as
            objects, so the official client forgets its old copies.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    collections: list[tuple[Attribute, list[Mapping[str, Any]]]] = field(default_factory=list)
    echo: dict[str, Any] = field(default_factory=dict)


def read_data(call: Call, layout: TypeLayout, data: object) -> Sent:
    """Read ``entity_data``.

    Raises:
        ValidationError: It is not an object, an attribute is unknown or cannot be written, a value is not of
            its attribute's type, or a reference points nowhere.
    """
    if not isinstance(data, Mapping):
        raise ValidationError(
            f"The data of a {layout.type.name} must be an object of attributes, not {describe(data)}."
        )
    sent = Sent()
    for name, value in data.items():
        if name == "__entity_type__":
            continue
        attribute = layout.type.attribute(name)
        if attribute.is_many:
            sent.collections.append((attribute, _members(layout, attribute, value)))
        elif attribute.column is None:
            if value is not None:
                raise ValidationError(f"{layout.type.name}.{name} is computed by the server and cannot be set.")
        elif attribute.kind is Kind.REFERENCE:
            _read_reference(call, attribute, value, sent)
        else:
            _read_scalar(call, layout, attribute, value, sent)
    return sent


def resolve(call: Call, target: str, value: object, place: str) -> Record:
    """Return the entity that a reference names.

    Args:
        call: The batch.
        target: The type it has to be of.
        value: An object with ``__entity_type__`` and the key, as clients send it.
        place: What the reference was found in, for the message.

    Raises:
        ValidationError: It is not a reference, is of another type, or points nowhere.
    """
    if not isinstance(value, Mapping):
        raise ValidationError(f"{place} must be a reference to a {target}, not {describe(value)}.")
    named = value.get("__entity_type__") or target
    entity_type = call.catalogue.type(named)
    key = read_key(call, named, [value.get(name) for name in entity_type.primary_key])
    found = _find_awaited(call, target, key) if entity_type.table == call.catalogue.types[target].table else None
    if found is None:
        raise ValidationError(f"{place} points to a {target} that does not exist: {', '.join(map(str, key))}.")
    return found


def read_key(call: Call, type_name: str, key: object) -> Key:
    """Return a primary key as sent: an array in the key's order, or a bare value.

    Raises:
        UnknownTypeError: There is no such type.
        ValidationError: The key has too many or too few parts, or a part is neither text nor number.
    """
    entity_type = call.catalogue.type(type_name)
    parts = key if isinstance(key, list | tuple) else [key]
    names = entity_type.primary_key
    if len(parts) != len(names):
        raise ValidationError(f"The key of a {type_name} is [{', '.join(names)}], not {describe(key)}.")
    for name, part in zip(names, parts, strict=True):
        if isinstance(part, bool) or not isinstance(part, str | int) or part == "":
            raise ValidationError(f"{name} in the key of a {type_name} must be a text, not {describe(part)}.")
    return tuple(
        from_stored(each := entity_type.attributes[name], to_stored(each, part))
        for name, part in zip(names, parts, strict=True)
    )


def find_named(call: Call, type_name: str, key: object) -> Record:
    """Return the entity that a helper operation names by its bare id.

    Raises:
        ValidationError: The id is not a text, or there is no such entity.
    """
    if isinstance(key, list) and len(key) == 1:
        key = key[0]
    if not isinstance(key, str):
        raise ValidationError(f"The id of the {type_name} must be a text, not {describe(key)}.")
    found = call.records.find(type_name, [key])
    if found is None:
        raise ValidationError(f"There is no {type_name} {key}.")
    return found


def read_type(operation: Mapping[str, Any]) -> str:
    """Return an operation's ``entity_type``.

    Raises:
        UnknownTypeError: It is missing or not a text.
    """
    name = operation.get("entity_type")
    if not isinstance(name, str):
        raise UnknownTypeError(f"entity_type must be the name of an entity type, not {describe(name)}.")
    return name


def describe(value: object) -> str:
    """Return a value as it is quoted in messages: short, whatever was sent."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = repr(value) if value is not None else "null"
    return text if len(text) <= 80 else f"{text[:80]}..."


def _find_awaited(call: Call, target: str, key: Sequence[Any]) -> Record | None:
    """Return the entity with a key, which a later operation of the batch may be about to create."""
    found = call.records.find(target, key)
    if found is None and len(key) == 1 and call.bring_forward(key[0]):
        found = call.records.find(target, key)
    return found


def _read_scalar(call: Call, layout: TypeLayout, attribute: Attribute, value: object, sent: Sent) -> None:
    column = str(attribute.column)
    converted = from_stored(attribute, to_stored(attribute, value))
    allowed = attribute.extra.get("enum")
    if allowed and converted is not None and converted not in allowed:
        raise ValidationError(f"{attribute.name} must be one of {', '.join(allowed)}, not {describe(value)}.")
    target = layout.targets.get(column)
    if target is None and column in layout.ties:
        call.bring_forward(converted)
    elif target is not None and converted is not None and _find_awaited(call, target, [converted]) is None:
        raise ValidationError(
            f"{layout.type.name}.{attribute.name} points to a {target} that does not exist: {describe(value)}."
        )
    sent.columns[column] = converted
    sent.echo[attribute.name] = value


def _read_reference(call: Call, attribute: Attribute, value: object, sent: Sent) -> None:
    column = str(attribute.column)
    if value is None:
        sent.columns[column] = None
        sent.echo[attribute.name] = None
        return
    found = resolve(call, str(attribute.target), value, attribute.name)
    sent.columns[column] = found.key[0]
    sent.echo[attribute.name] = found.reference


def _members(layout: TypeLayout, attribute: Attribute, value: object) -> list[Mapping[str, Any]]:
    place = f"{layout.type.name}.{attribute.name}"
    if not isinstance(attribute.storage, _WRITABLE_COLLECTIONS):
        raise ValidationError(f"{place} is computed by the server and cannot be set.")
    members = [] if value is None else value
    if not isinstance(members, list) or not all(isinstance(each, Mapping) for each in members):
        raise ValidationError(f"{place} must be an array of references to {attribute.target}, not {describe(value)}.")
    return members
