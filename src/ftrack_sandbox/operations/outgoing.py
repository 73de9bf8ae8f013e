"""The answer to a write about an entity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import Sent
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.values import on_wire


def response(
    call: Call, record: Record, sent: Sent, changed: Iterable[str], *, with_references: bool
) -> dict[str, Any]:
    """Return an entity with what a client sent and what the server added to it.

    Args:
        call: The batch.
        record: The entity as it is now.
        sent: What the client sent; repeated as it came.
        changed: Columns that were written.
        with_references: Also show changed foreign keys as references, where only the key was sent (and the
            key, where only the reference was): the official client keeps its old copy of either otherwise.
    """
    layout = call.layout.of(record.type.name)
    entity: dict[str, Any] = {"__entity_type__": record.type.name}
    for name in layout.shown_always:
        column = record.type.attributes[name].column
        if column is not None:
            entity[name] = on_wire(record.type.attributes[name], record.row[column])
    for column in changed:
        attribute = layout.scalars[column]
        if not attribute.hidden:
            entity[attribute.name] = on_wire(attribute, record.row[column])
        if with_references:
            entity.update(_references(call, record, column))
    entity.update(sent.echo)
    return entity


def _references(call: Call, record: Record, column: str) -> dict[str, Any]:
    """Return what a foreign key column shows as related entities, by attribute."""
    value = record.row[column]
    found: dict[str, Any] = {}
    for attribute in call.layout.of(record.type.name).references.get(column, ()):
        target = None if value is None else call.records.find(str(attribute.target), [value])
        found[attribute.name] = target.reference if target else None
    return found
