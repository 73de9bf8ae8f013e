"""Doorbells: what an ``ftrack.update`` event says about where to look, and nothing more is believed of it.

Every user of the hub can publish any event, so only what looks like ftrack's own ids passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callboard.changes import Person

#: How events name the tables of what the feeds read: ``task`` is every typed context.
_TABLES = {"task": "TypedContext", "show": "Project", "assetversion": "AssetVersion"}
#: An id: ftrack's are UUIDs. Nothing else gets into a query or a key.
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Doorbell:
    """One entity that was created, or whose status became another one.

    Attributes:
        table: ``TypedContext``, ``Project`` or ``AssetVersion``.
        type: The schema type, where the event says it (old servers do not).
        entity_id: The entity's id.
        status_id: The status it became; None when it was created.
        from_status_id: The status it had; None when it had none, empty when the event does not say.
        event_id: The event.
        by: The person who did it, if the event names one; the name is taken from the event.
    """

    table: str
    type: str | None
    entity_id: str
    status_id: str | None
    from_status_id: str | None
    event_id: str
    by: Person | None


def doorbells(event: Mapping[str, Any]) -> list[Doorbell]:
    """Return the doorbells of an event; an event that is none of ftrack's, whatever is in it, rings none."""
    data = event.get("data")
    entities = data.get("entities") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(entities, list):
        return []
    by = _person(data.get("user"))
    event_id = _id(event.get("id")) or ""
    return [bell for entity in entities if isinstance(entity, Mapping) for bell in _of_entity(entity, event_id, by)]


def _of_entity(entity: Mapping[str, Any], event_id: str, by: Person | None) -> Iterator[Doorbell]:
    kind, entity_id, entity_type = entity.get("entityType"), _id(entity.get("entityId")), entity.get("entity_type")
    if not isinstance(kind, str) or kind not in _TABLES or entity_id is None:
        return
    schema_type = _id(entity_type)
    if entity.get("action") == "add":
        yield Doorbell(_TABLES[kind], schema_type, entity_id, None, None, event_id, by)
        return
    changes = entity.get("changes")
    change = changes.get("statusid") if isinstance(changes, Mapping) else None
    status_id = _id(change.get("new")) if isinstance(change, Mapping) else None
    if isinstance(change, Mapping) and status_id is not None:
        old = change.get("old")
        from_status_id = None if old is None else _id(old) or ""
        yield Doorbell(_TABLES[kind], schema_type, entity_id, status_id, from_status_id, event_id, by)


def _person(user: object) -> Person | None:
    if not isinstance(user, Mapping):
        return None
    user_id, username = _id(user.get("userid")), user.get("name")
    return Person(user_id, username if isinstance(username, str) else "") if user_id is not None else None


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None
