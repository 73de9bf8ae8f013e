"""The update of entities."""

from __future__ import annotations

from typing import Any

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations import custom_attributes, outgoing
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.changing import change
from ftrack_sandbox.operations.incoming import Sent, read_data, read_key
from ftrack_sandbox.operations.membership import set_members
from ftrack_sandbox.operations.records import Record


def update(call: Call, type_name: str, key: Any, data: Any) -> dict[str, Any]:
    """Change attributes of an entity; a custom attribute's value may be new.

    Returns:
        The entity's changed attributes, references and collections among them as objects.

    Raises:
        EntityNotFoundError: There is no such entity.
        ValidationError: Something about the data is wrong, or an attribute cannot be changed.
        DuplicateEntryError: The name is taken in that place.
        PermissionDeniedError: The user may not change this.
    """
    parts = read_key(call, type_name, key)
    if call.catalogue.is_kind(type_name, "CustomAttributeValue"):
        return custom_attributes.write_value(call, call.catalogue.type(type_name), parts, data)
    record = call.records.get(type_name, parts)
    layout = call.layout.of(record.type.name)
    sent = read_data(call, layout, data)
    _refuse_immutable(record, sent)
    call.permissions.check_update(record, sent.columns)
    before = dict(record.row)
    change(call, record, sent.columns)
    for attribute, members in sent.collections:
        sent.echo[attribute.name] = set_members(call, record, attribute, members)
    written = {*sent.columns, *(column for column, value in record.row.items() if before[column] != value)}
    shown = [column for column in layout.scalars if column in written]
    return outgoing.response(call, record, sent, shown, with_references=True)


def _refuse_immutable(record: Record, sent: Sent) -> None:
    """Refuse new values of attributes that stay as they were created; the old value again is fine."""
    for name in sent.echo:
        attribute = record.type.attributes[name]
        column = attribute.column
        if record.draft is not None and name not in record.type.primary_key:
            continue
        if name in record.type.immutable and column is not None and record.row[column] != sent.columns[column]:
            raise ValidationError(f"{record.type.name}.{name} cannot be changed once the entity exists.")
