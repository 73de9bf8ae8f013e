"""The event ``ftrack.update``: what a batch changed, in ftrack's own vocabulary.

Names of tables and columns are ftrack's legacy ones (``task``, ``show``, ``statusid``), as in events captured
from real servers. Our choices where those show nothing: every component's ``entityType`` is ``component``, the
parts of a composite key are joined by a comma, and rows that record status changes are not reported, since the
event has the status of their entity.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.ownership import owner_of
from ftrack_sandbox.operations.records import Record

_NOT_REPORTED: Final = frozenset({"StatusChange", "CustomAttributeValue"})

#: Columns that ftrack's table of tasks has besides those of the schema.
_TASK_EXTRAS: Final = {"isopen": True, "isrequirecomment": False}


def update_event(
    call: Call, *, client_token: str | None = None, push_token: str | None = None
) -> dict[str, Any] | None:
    """Return the event that reports everything the batch changed; None if it changed nothing.

    Args:
        call: The batch, at its end.
        client_token: What the client calls itself; repeated so that it recognises its own changes.
        push_token: Likewise.
    """
    entities = _Entities(call).report()
    if not entities:
        return None
    user = call.user
    parents = dict.fromkeys(each["entityId"] for entity in entities for each in entity["parents"])
    return {
        "id": uuid.uuid4().hex,
        "topic": "ftrack.update",
        "data": {
            "entities": entities,
            "user": {"userid": user.id, "name": user.username},
            "parents": list(parents),
            "clientToken": client_token,
            "pushToken": push_token,
        },
        "source": {
            "id": client_token or "ftrack.server",
            "applicationId": "ftrack.server",
            "user": {"id": user.id, "username": user.username},
        },
        "target": "",
        "sent": None,
        "inReplyToEvent": None,
    }


class _Entities:
    """Puts together the entities of one event."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chains: dict[Record, list[dict[str, Any]]] = {}

    def report(self) -> list[dict[str, Any]]:
        """Return the changed entities, in the order of their first change."""
        found: dict[str, dict[str, Any]] = {}
        values: list[Record] = []
        for record in self._call.records.changed:
            if record.type.table == "CustomAttributeValue":
                values.append(record)
            elif record.type.table not in _NOT_REPORTED and not record.type.hidden:
                entity = self._entity(record, _action(record), _changes(self._call, record))
                found[f"{record.type.table} {entity['entityId']}"] = entity
        for record in values:
            self._report_custom_attribute(found, record)
        return [*found.values(), *(self._entity(record, action, {}) for record, action in self._call.reported)]

    def _entity(self, record: Record, action: str, changes: dict[str, Any]) -> dict[str, Any]:
        chain = self._chain(record)
        entity = {
            "entityId": _identity(record),
            "entityType": _entity_type(record),
            "entity_type": record.type.name,
            "action": action,
            "keys": list(changes),
            "changes": changes,
            "parents": chain,
            "parentId": chain[0]["parentId"],
        }
        if record.row.get("object_type_id") and record.type.table == "Context":
            entity["objectTypeId"] = record.row["object_type_id"]
        return entity

    def _chain(self, record: Record) -> list[dict[str, Any]]:
        """Return the entity and its owners, up to the project."""
        found = self._chains.get(record)
        if found is None:
            owner = owner_of(self._call.records, self._call.layout, record.type, record.row)
            link = {
                "entityId": _identity(record),
                "entityType": _entity_type(record),
                "entity_type": record.type.name,
                "parentId": _identity(owner) if owner else None,
            }
            found = self._chains[record] = [link, *(self._chain(owner) if owner else [])]
        return found

    def _report_custom_attribute(self, found: dict[str, dict[str, Any]], record: Record) -> None:
        """Report a custom attribute's change as one of its owner, under the attribute's key."""
        owner = owner_of(self._call.records, self._call.layout, record.type, record.row)
        configuration = self._call.records.find("CustomAttributeConfiguration", record.key[:1])
        if owner is None or not owner.exists or configuration is None:
            return
        default = configuration.row["default"]
        old = default if record.before is None else record.before["value"]
        new = record.row["value"] if record.exists else default
        if _text(old) == _text(new):
            return
        identity = f"{owner.type.table} {_identity(owner)}"
        entity = found.setdefault(identity, self._entity(owner, "update", {}))
        key = configuration.row["key"]
        entity["changes"][key] = {"old": _text(old), "new": _text(new)}
        entity["keys"] = list(entity["changes"])


def _action(record: Record) -> str:
    if not record.exists:
        return "remove"
    if record.before is None:
        return "add"
    moved = record.type.table == "Context" and record.before["parent_id"] != record.row["parent_id"]
    return "move" if moved else "update"


def _changes(call: Call, record: Record) -> dict[str, Any]:
    """Return the columns that differ, by legacy name: all of them for a new or a deleted entity."""
    old: Mapping[str, Any] = record.before or {}
    new: Mapping[str, Any] = record.row if record.exists else {}
    changes = {
        name: {"old": old.get(column), "new": new.get(column)}
        for column, name in call.layout.of(record.type.name).legacy_names
        if not old or not new or old[column] != new[column]
    }
    if _entity_type(record) == "task" and not (old and new):
        for name, value in {"taskid": record.id, **_TASK_EXTRAS}.items():
            changes[name] = {"old": value if old else None, "new": value if new else None}
    return changes


def _entity_type(record: Record) -> str:
    return "component" if record.type.table == "Component" else record.type.legacy_table.lower()


def _identity(record: Record) -> str:
    return ",".join(map(str, record.key))


def _text(value: Any) -> str | None:
    """Return a stored value as text; the choices of an enumerator stand side by side."""
    if isinstance(value, str) and value.startswith("["):
        return ",".join(map(str, json.loads(value)))
    return None if value is None else str(value)
