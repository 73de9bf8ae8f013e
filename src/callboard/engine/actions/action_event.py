"""The question in an event about actions, if it makes sense: the hub may deliver anything at all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callboard.engine.actions.menu_cache import Selected, UserKey

#: Entities of one selection that are looked at, at most; nobody means more.
MOST_SELECTED = 10_000
_ID = re.compile(r"[0-9A-Za-z_.-]{1,64}", re.ASCII)
_USERNAME = re.compile(r"[^\x00-\x1f]{1,200}")
_PREFIX = "callboard."


@dataclass(frozen=True)
class ActionEvent:
    """A discover or launch event.

    Attributes:
        key: The same event has the same key.
        action: Name of the action; empty in a discover.
        selection: What is selected; None when it is more than :data:`MOST_SELECTED`, or does not make sense.
        user: The user, or None when the event does not say.
        values: A submitted form's values.
    """

    key: str
    action: str
    selection: tuple[Selected, ...] | None
    user: UserKey | None
    values: Mapping[str, Any] = field(default_factory=dict)


def read(event: Mapping[str, Any]) -> ActionEvent | None:
    """Return what the event asks, or None when it makes no sense."""
    data = event.get("data")
    if not isinstance(data, Mapping):
        return None
    identifier = data.get("actionIdentifier")
    values = data.get("values")
    return ActionEvent(
        key=f"launch {_match(_ID, event.get('id')) or uuid.uuid4()}",
        action=identifier.removeprefix(_PREFIX) if isinstance(identifier, str) else "",
        selection=_selection(data.get("selection")),
        user=_user(event.get("source")),
        values=values if isinstance(values, Mapping) else {},
    )


def _selection(items: object) -> tuple[Selected, ...] | None:
    if items is None:
        return ()
    if not isinstance(items, list) or len(items) > MOST_SELECTED:
        return None
    selection = []
    for item in items:
        if not isinstance(item, Mapping):
            return None
        entity_type, entity_id = _match(_ID, item.get("entityType")), _match(_ID, item.get("entityId"))
        if entity_type is None or entity_id is None:
            return None
        selection.append(Selected(entity_type, entity_id))
    return tuple(dict.fromkeys(selection))


def _user(source: object) -> UserKey | None:
    user = source.get("user") if isinstance(source, Mapping) else None
    if not isinstance(user, Mapping):
        return None
    if user_id := _match(_ID, user.get("id")):
        return UserKey("id", user_id)
    if username := _match(_USERNAME, user.get("username")):
        return UserKey("username", username)
    return None


def _match(form: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and form.fullmatch(value) else None
