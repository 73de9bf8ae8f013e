"""Object types: each row of ``ObjectType`` is an entity type of its own, a kind of typed context."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypedDict

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.schema.model import Attribute, EntityType

#: The priority "none", which every ftrack has under this id.
DEFAULT_PRIORITY_ID = "9661b320-3a0c-11e2-81c1-0800200c9a66"

_TASK_ID = "11c137c0-ee7e-4f9c-91c5-8c77cec22b2c"
_MILESTONE_ID = "01decdd1-51cb-11e3-9d5b-20c9d0831e59"


class ObjectTypeRow(TypedDict):
    """The facts in a row of ``ObjectType`` about its entity type."""

    id: str
    name: str
    is_typeable: bool
    is_statusable: bool
    is_schedulable: bool


def _standard(identifier: str, name: str, flags: str) -> ObjectTypeRow:
    return {
        "id": identifier,
        "name": name,
        "is_typeable": "type" in flags,
        "is_statusable": "status" in flags,
        "is_schedulable": "schedule" in flags,
    }


#: The object types that every ftrack begins with; the ids are ftrack's own.
STANDARD_OBJECT_TYPES: tuple[ObjectTypeRow, ...] = (
    _standard(_TASK_ID, "Task", "type status schedule"),
    _standard("bad911de-3bd6-47b9-8b46-3476e237cb36", "Shot", "status"),
    _standard("e5139355-61da-4c8f-9db4-3abc870166bc", "Sequence", ""),
    _standard("22139355-61da-4c8f-9db4-3abc870166bc", "Episode", ""),
    _standard("4be63b64-5010-42fb-bf1f-428af9d638f0", "Asset Build", "type status"),
    _standard("3c133785-51cb-11e3-980a-20c9d0831e59", "Folder", ""),
    _standard(_MILESTONE_ID, "Milestone", "type status schedule"),
)


def type_name(object_type_name: str) -> str:
    """Return the entity type's name: ``Asset Build`` becomes ``AssetBuild``."""
    return "".join(letter for letter in object_type_name if letter.isalnum() or letter == "_")


def typed_contexts(general: EntityType, rows: Iterable[ObjectTypeRow], *, taken: Container[str]) -> list[EntityType]:
    """Return the entity types of object types; ``general`` is ``TypedContext``.

    That of tasks is always among them, since other types refer to it.

    Raises:
        ValidationError: An object type has no usable name, or one that is ``taken`` or not the only one.
    """
    rows = list(rows)
    if not any(row["id"] == _TASK_ID for row in rows):
        rows.append(STANDARD_OBJECT_TYPES[0])
    found: dict[str, EntityType] = {}
    for row in rows:
        name = type_name(row["name"] or "")
        if not name or name in taken or name in found:
            raise ValidationError(f"An object type cannot be called {row['name']!r}: choose another name.")
        found[name] = typed_context(general, row)
    return list(found.values())


def with_tasks_called(name: str, entity_type: EntityType) -> EntityType:
    """Return an entity type whose relations to tasks lead to the type of that name, as object types can be renamed."""
    renamed = {
        attribute.name: replace(attribute, target=name)
        for attribute in entity_type.attributes.values()
        if attribute.target == "Task"
    }
    return replace(entity_type, attributes={**entity_type.attributes, **renamed}) if renamed else entity_type


def name_of_tasks(types: Iterable[EntityType]) -> str:
    """Return what the entity type of tasks is called, which is ``Task`` unless it was renamed."""
    return next(each.name for each in types if each.restriction == ("object_type_id", (_TASK_ID,)))


def typed_context(general: EntityType, row: ObjectTypeRow) -> EntityType:
    """Return the entity type of an object type; ``general`` is ``TypedContext``.

    What an object type has no use for, ftrack makes immutable: a type, a status, a schedule.
    """
    fixed = {"object_type_id", "object_type"}
    if not row["is_typeable"]:
        fixed |= {"type_id", "type"}
    if not row["is_statusable"]:
        fixed |= {"status_id", "status"}
    if not row["is_schedulable"]:
        fixed |= {"bid", "start_date", "end_date"}
    if row["id"] == _MILESTONE_ID:
        # A milestone is one day, its end.
        fixed.add("start_date")
    attributes: dict[str, Attribute] = dict(general.attributes)
    for name, default in (("object_type_id", row["id"]), ("priority_id", DEFAULT_PRIORITY_ID)):
        attributes[name] = replace(attributes[name], default=default, has_default=True)
    alias: Mapping[str, Any] = {
        "id": general.legacy_table,
        "classifiers": {attributes["object_type_id"].legacy_name: row["id"]},
    }
    return replace(
        general,
        name=type_name(row["name"]),
        attributes=attributes,
        immutable=general.immutable | fixed,
        alias=alias,
        base=general.name,
        restriction=("object_type_id", (row["id"],)),
    )
