"""get_widget_url: ftrack's widgets are web pages, of which the sandbox has only the addresses."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations.call import Call

#: Those that the official client's session.py names, and the two that ftrack's plug-in for RV shows.
WIDGETS = frozenset({"info", "tasks", "tasks_browser", "review_navigation", "review_action"})


def get_widget_url(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the address of a widget, for an entity or for none."""
    name = operation.get("name")
    if not isinstance(name, str) or name not in WIDGETS:
        raise ValidationError(f"There is no widget {name!r}, only {', '.join(sorted(WIDGETS))}.")
    query = {"theme": "light" if operation.get("theme") == "light" else "dark"}
    key = operation.get("entity_key")
    if operation.get("entity_type"):
        query["entityType"] = str(operation["entity_type"])
        query["entityId"] = ",".join(map(str, key)) if isinstance(key, list) else str(key)
    return {"widget_url": f"{call.base_url}/widget/{quote(name)}?{urlencode(query)}"}
