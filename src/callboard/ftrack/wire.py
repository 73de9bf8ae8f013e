"""Operations, entities and values in the form of ftrack's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from callboard.changes import Entity, Reference

#: Types with a composite key, as declared in ftrack's schema, with its attributes in the order of ``entity_key``.
COMPOSITE_KEYS: Mapping[str, tuple[str, ...]] = {
    "AssetCustomAttributeValue": ("configuration_id", "entity_id"),
    "AssetVersionCustomAttributeValue": ("configuration_id", "entity_id"),
    "ContextCustomAttributeValue": ("configuration_id", "entity_id"),
    "CustomAttributeValue": ("configuration_id", "entity_id"),
    "DashboardResource": ("dashboard_id", "resource_id"),
    "EntitySetting": ("parent_id", "group", "name"),
    "JobComponent": ("component_id", "job_id"),
    "ListCustomAttributeValue": ("configuration_id", "entity_id"),
    "ListObjectCustomAttributeValue": ("configuration_id", "entity_id"),
    "Metadata": ("parent_id", "key"),
    "NoteComponent": ("component_id", "note_id"),
    "NoteLabelLink": ("note_id", "label_id"),
    "ProjectSchemaObjectType": ("object_type_id", "project_schema_id"),
    "Recipient": ("note_id", "resource_id"),
    "SchemaStatus": ("status_id", "schema_id"),
    "SchemaType": ("type_id", "schema_id"),
    "Setting": ("name", "group"),
    "SettingComponent": ("component_id", "name", "group"),
    "TaskTypeSchemaType": ("task_type_schema_id", "type_id"),
    "UserApplicationState": ("user_id", "key"),
    "UserCustomAttributeValue": ("configuration_id", "entity_id"),
    "WorkflowSchemaStatus": ("workflow_schema_id", "status_id"),
}

Operation = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """One entity of a type with a composite key: ``Key("Metadata", {"parent_id": task_id, "key": "filename"})``."""

    type: str
    values: Mapping[str, str]


def quote(text: str) -> str:
    """Return a text as a value in a query: in double quotes, with special characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def ids(values: Iterable[str]) -> str:
    """Return the ids as the right side of ``in``: ``id in ("a", "b")``; an empty list finds nothing."""
    return f"({', '.join(quote(value) for value in values) or quote('')})"


def write_request(operations: Sequence[Operation]) -> bytes:
    """Return operations as the body of a request."""
    return json.dumps(operations).encode()


def read_answer(body: bytes) -> Any:
    """Read the body of an answer; return None if it is not JSON.

    A name may hold what no database, folder or message can: bytes that are not UTF-8, half a surrogate pair, NUL. Each
    of these becomes U+FFFD, so that one odd name does not keep everything else from being read.
    """
    text = body.decode("utf-8", errors="replace")
    try:
        return json.loads(text, object_hook=Decoder(clean=_MAYBE_ODD.search(text) is not None))
    except (ValueError, RecursionError):
        return None


#: Half a surrogate pair, and NUL, as written in JSON; complete pairs look like this as well.
_MAYBE_ODD = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_ODD = re.compile("[\ud800-\udfff\0]")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _ODD.sub("\N{REPLACEMENT CHARACTER}", value)
    return [_cleaned(item) for item in value] if isinstance(value, list) else value


class Decoder:
    """Turns the objects of one answer into entities.

    ftrack may send an entity in full once and by its key after that, so all occurrences share their values.

    Args:
        clean: Whether texts may hold characters that nothing can store.
    """

    def __init__(self, *, clean: bool = False) -> None:
        self._clean = clean
        self._seen: dict[tuple[str, ...], dict[str, Any]] = {}

    def __call__(self, item: dict[str, Any]) -> Any:
        """Return the value of a JSON object: an entity, a time, or the object itself."""
        if self._clean:
            item = {_cleaned(name): _cleaned(value) for name, value in item.items()}
        if "__entity_type__" in item:
            return Entity(self._merge(item))
        kind = item.get("__type__")
        if kind == "datetime":
            moment = datetime.fromisoformat(item["value"])
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if kind == "date":
            return date.fromisoformat(item["value"][:10])
        return item

    def _merge(self, item: dict[str, Any]) -> dict[str, Any]:
        entity_type = item["__entity_type__"]
        key = [item.get(name) for name in COMPOSITE_KEYS.get(entity_type, ("id",))]
        if not all(isinstance(part, str) for part in key):
            return item
        values = self._seen.setdefault((entity_type, *map(str, key)), item)
        if values is not item:
            values.update(item)
        return values


def operation(action: str, entity_type: str, key: list[str], values: Mapping[str, Any]) -> Operation:
    """Return an operation on the entity with this key, in the form of ftrack's API."""
    data = {name: _encode(value) for name, value in values.items()}
    data["__entity_type__"] = entity_type
    return {"action": action, "entity_type": entity_type, "entity_key": key, "entity_data": data}


def key_of(entity: Reference | Key) -> list[str]:
    """Return the values of an entity's primary key, in ftrack's order."""
    if isinstance(entity, Reference):
        return [entity.id]
    return [entity.values[name] for name in COMPOSITE_KEYS[entity.type]]


def _encode(value: Any) -> Any:
    if isinstance(value, Entity):
        value = value.reference
    if isinstance(value, Reference):
        return {"__entity_type__": value.type, "id": value.id}
    if isinstance(value, datetime):
        return {"__type__": "datetime", "value": value.astimezone(UTC).replace(microsecond=0).isoformat()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    return value
