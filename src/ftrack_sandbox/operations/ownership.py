"""What an entity hangs on: a version on its asset, an asset on its shot, a shot on its sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ftrack_sandbox.operations.layout import Layout
from ftrack_sandbox.operations.records import Record, Records
from ftrack_sandbox.schema.model import EntityType

#: By table: the columns that name the owner, the first that is set.
_OWNER_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "Appointment": ("context_id",),
    "Asset": ("context_id",),
    "AssetVersion": ("asset_id",),
    "AssetVersionLink": ("to_id",),
    "CalendarEventResource": ("calendar_event_id",),
    "Component": ("version_id", "container_id"),
    "ComponentLocation": ("component_id",),
    "Context": ("parent_id",),
    "CustomAttributeValue": ("entity_id",),
    "JobComponent": ("job_id",),
    "ListObject": ("list_id",),
    "Manager": ("context_id",),
    "Metadata": ("parent_id",),
    "Note": ("parent_id", "in_reply_to_id"),
    "NoteComponent": ("note_id",),
    "NoteLabelLink": ("note_id",),
    "Recipient": ("note_id",),
    "ReviewSessionInvitee": ("review_session_id",),
    "ReviewSessionObject": ("review_session_id",),
    "ReviewSessionObjectStatus": ("review_session_object_id",),
    "Timelog": ("context_id",),
    "Timer": ("context_id",),
    "TypedContextLink": ("to_id",),
}

#: What a column that can name anything may name.
_ANYTHING: Final = ("Context", "AssetVersion", "Asset", "Component", "List", "ReviewSessionObject", "Note", "User")


def owner_of(records: Records, layout: Layout, entity_type: EntityType, row: Mapping[str, Any]) -> Record | None:
    """Return what an entity hangs on, also when it is deleted; None for what stands by itself.

    Args:
        records: The rows as the batch sees them.
        layout: The columns of the entity types.
        entity_type: The entity's type.
        row: Its values by column.
    """
    columns = _OWNER_COLUMNS.get(entity_type.table, ("project_id",))
    column = next((each for each in columns if row.get(each) is not None), None)
    if column is None:
        return None
    target = layout.of(entity_type.name).targets.get(column)
    for name in (target,) if target else _ANYTHING:
        found = records.last_seen(name, [row[column]])
        if found is not None:
            return found
    return None
