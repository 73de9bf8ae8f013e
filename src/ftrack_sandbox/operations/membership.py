"""Writing of collections, which clients always send whole."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ftrack_sandbox.operations import custom_attributes, hooks
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.changing import change
from ftrack_sandbox.operations.deleting import delete_records
from ftrack_sandbox.operations.incoming import resolve
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.model import Attribute, Reverse, Through


def set_members(call: Call, owner: Record, attribute: Attribute, members: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Make a collection consist of exactly these members.

    A member that is left out is removed from the collection if it can exist without its owner, and deleted if it
    cannot (a ``Recipient`` without its note). The author of a note stays a recipient.

    Args:
        call: The batch.
        owner: Whose collection it is.
        attribute: The collection.
        members: References to all members.

    Returns:
        The members as the response shows them.

    Raises:
        ValidationError: A reference points nowhere.
    """
    place = f"{owner.type.name}.{attribute.name}"
    if not isinstance(attribute.storage, Reverse | Through):
        return custom_attributes.write_values(call, owner, members)
    found = [resolve(call, str(attribute.target), each, place) for each in members]
    found = list(dict.fromkeys(found))
    if isinstance(attribute.storage, Reverse):
        found += _set_reverse(call, owner, attribute, attribute.storage, found)
    else:
        _set_through(call, owner, attribute.storage, found)
    return [each.reference for each in found]


def _set_reverse(
    call: Call, owner: Record, attribute: Attribute, storage: Reverse, members: list[Record]
) -> list[Record]:
    """Make the members name their owner, and the others not; returns those that stay although they are left out."""
    target = str(attribute.target)
    staying: list[Record] = []
    equal = {storage.column: owner.key[0], **dict([storage.where] if storage.where else [])}
    layout = call.layout.of(target)
    for left_out in call.records.select(target, **equal):
        if left_out in members or not left_out.exists:
            continue
        if any(hooks.made_by_server.run(call.layout.of(left_out.type.name).lineage, call, left_out)):
            staying.append(left_out)
        elif storage.column in layout.required:
            call.permissions.check_delete(left_out)
            delete_records(call, [left_out])
        else:
            call.permissions.check_update(left_out, {storage.column: None})
            change(call, left_out, {storage.column: None})
    values: dict[str, Any] = dict(equal)
    if storage.column == "parent_id" and "parent_type" in layout.scalars:
        values["parent_type"] = owner.type.name
    for member in members:
        if any(member.row[column] != value for column, value in equal.items()):
            call.permissions.check_update(member, values)
            change(call, member, values)
    return staying


def _set_through(call: Call, owner: Record, storage: Through, members: list[Record]) -> None:
    links = call.records.select(storage.link, **{storage.owner: owner.key[0]})
    wanted = {member.key[0] for member in members}
    gone = [link for link in links if link.exists and link.row[storage.member] not in wanted]
    present = {link.row[storage.member] for link in links if link.exists}
    new = [member for member in members if member.key[0] not in present]
    if gone or new:
        call.permissions.check_update(owner, {})
    for link in gone:
        call.permissions.check_delete(link)
    delete_records(call, gone)
    link_type = call.catalogue.types[storage.link]
    for member in new:
        row = {storage.owner: owner.key[0], storage.member: member.key[0]}
        if link_type.primary_key == ("id",):
            row["id"] = str(uuid.uuid4())
        call.permissions.check_create(link_type, row)
        call.records.insert(storage.link, row)
