"""Links between entities by custom attributes: what they tie together follows from the attribute's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Draft, before_create
from ftrack_sandbox.operations.incoming import describe

#: The entity types of a link's ends, by what configurations call them.
_ENDS: Final[Mapping[str, str]] = {
    "asset": "Asset",
    "assetversion": "AssetVersion",
    "component": "Component",
    "group": "Group",
    "list": "List",
    "show": "Project",
    "task": "TypedContext",
    "user": "User",
}


@before_create("CustomAttributeLink", "CustomAttributeLinkFrom")
def complete_link(call: Call, draft: Draft) -> None:
    """Take the kinds of both ends from the configuration, and refuse ends that do not exist."""
    row = draft.row
    configuration = call.records.find("CustomAttributeLinkConfiguration", [row.get("configuration_id")])
    if configuration is None:
        raise ValidationError(f"A new {draft.type.name} needs the configuration of a custom attribute link.")
    label = configuration.row["key"]
    for end in ("from", "to"):
        kind = configuration.row["entity_type" if end == "from" else "entity_type_to"]
        target = _ENDS[kind]
        if kind not in call.layout.of(draft.type.name).fixed.get(f"{end}_entity_type", (kind,)):
            raise ValidationError(
                f"The custom attribute {label!r} links {end} a {target}: a {draft.type.name} does not."
            )
        if call.records.find(target, [row.get(f"{end}_id")]) is None:
            place = f"{draft.type.name}.{end}_id"
            raise ValidationError(
                f"{place} points to a {target} that does not exist: {describe(row.get(f'{end}_id'))}."
            )
        row[f"{end}_entity_type"] = kind
