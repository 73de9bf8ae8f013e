"""The deletion of entities, and of everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations import custom_attributes, hooks
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.incoming import read_key
from ftrack_sandbox.operations.layout import Referrer
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.model import Tie

#: An author may be deleted; what the author wrote stays.
_AUTHORS = frozenset({"user_id", "created_by_id"})


def delete(call: Call, type_name: str, key: Any) -> None:
    """Delete an entity with everything that belongs to it.

    What the same batch has deleted already (with its parent, say) may be named again. Deleting the value of a custom
    attribute lets the default count again.

    Raises:
        EntityNotFoundError: There is no such entity.
        ValidationError: Something that stays cannot be without it.
        PermissionDeniedError: The user may not delete this.
    """
    parts = read_key(call, type_name, key)
    if call.records.was_deleted(type_name, parts):
        return
    if call.catalogue.is_kind(type_name, "CustomAttributeValue"):
        # Clients see a value for every attribute, and may delete one that is only the default.
        custom_attributes.check_value(call, call.catalogue.type(type_name), parts)
        record = call.records.find(type_name, parts)
        if record is None:
            return
    else:
        record = call.records.get(type_name, parts)
        call.permissions.check_delete(record)
    delete_records(call, [record])


def delete_records(call: Call, records: Iterable[Record]) -> None:
    """Delete records with everything that belongs to them, permissions apart.

    Raises:
        ValidationError: Something that stays cannot be without one of them.
    """
    doomed: dict[Record, None] = {}
    loosened: list[tuple[Record, str]] = []
    wave = [each for each in records if each.exists]
    while wave:
        doomed.update(dict.fromkeys(wave))
        following: dict[Record, None] = {}
        for referrer, found in _referring(call, wave):
            if referrer.tie in (Tie.OWNER, Tie.CASCADE):
                following.update(dict.fromkeys(each for each in found if each not in doomed))
            else:
                loosened.extend((each, referrer.column) for each in found)
        wave = list(following)
    for record, column in loosened:
        if record not in doomed:
            _let_go(call, record, column)
    call.records.remove(list(doomed))
    for record in doomed:
        hooks.after_delete.run(call.layout.of(record.type.name).lineage, call, record)


def _referring(call: Call, records: list[Record]) -> Iterable[tuple[Referrer, list[Record]]]:
    """Yield who refers to any of the records, by column."""
    by_table: dict[str, list[Any]] = {}
    for each in records:
        if len(each.key) == 1:
            by_table.setdefault(each.type.table, []).append(each.key[0])
    for table, keys in by_table.items():
        for referrer in call.layout.referrers[table]:
            found = call.records.select(referrer.type, **{referrer.column: keys})
            if found:
                yield referrer, [each for each in found if each.exists]


def _let_go(call: Call, record: Record, column: str) -> None:
    layout = call.layout.of(record.type.name)
    required = column in layout.required and column not in _AUTHORS
    if required or layout.ties.get(column) is Tie.RESTRICT:
        raise ValidationError(
            f"{_title(call, record, column)} cannot be deleted while the {record.type.name} {record.id} needs it."
        )
    call.records.change(record, {column: None})


def _title(call: Call, record: Record, column: str) -> str:
    """Return how to call the entity that a column names: its type and name."""
    target = call.layout.of(record.type.name).targets[column]
    named = call.records.get(target, [record.row[column]])
    return f"The {named.type.name} {named.row.get('name') or named.id!r}"
