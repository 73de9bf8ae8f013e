"""Show on a task's thumbnail that the task is cut or on hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator

from callboard import (
    ICONS,
    AutomationSettings,
    Change,
    Effect,
    Entity,
    OnLate,
    SetMetadata,
    SetThumbnail,
    Skip,
    icon_component_id,
    late_default,
    on_status,
)

#: The key of a task's metadata that records, in ftrack itself, which icon was set and what was there before.
RECORD = "callboard_thumbnail"


class SetTaskThumbnailSettings(AutomationSettings):
    """The statuses that show an icon."""

    on_late: OnLate = late_default("if_still_true")
    icons: dict[str, str] = Field(
        default={"Cut": "cut.png", "On Hold": "on_hold.png"},
        description="Status = image file (PNG or JPEG); a name without a folder is one of Callboard's own icons.",
    )

    @field_validator("icons")
    @classmethod
    def _there(cls, icons: dict[str, str]) -> dict[str, str]:
        for file in icons.values():
            if not (ICONS / file).is_file():
                raise ValueError(f"the image file {ICONS / file} does not exist; correct the path")
        return icons

    def icon(self, status: str | None) -> str | None:
        """Return the path of the status's icon, or None if it has none."""
        file = self.icons.get(status or "")
        return str(ICONS / file) if file else None


@on_status(
    "Task", to="icons", leaving=True, settings=SetTaskThumbnailSettings, reads=("name", "thumbnail_id", "metadata")
)
def set_task_thumbnail(change: Change, settings: SetTaskThumbnailSettings) -> Iterator[Effect]:
    """Show a status's icon on the task, and restore the previous thumbnail when the status changes again."""
    task, icon = change.entity, settings.icon(change.status)
    remembered = _read_record(task)
    shown = task["thumbnail_id"]
    ours = bool(remembered) and shown == remembered["icon"]
    if icon is not None:
        component_id = icon_component_id(icon)
        if shown == component_id:
            yield Skip(reason=f"The task {task['name']} already shows the icon of {change.status}.")
            return
        former = remembered["former"] if ours else shown
        # The previous thumbnail is recorded before the icon is set, so a crash in between loses nothing.
        yield _record(task, json.dumps({"icon": component_id, "former": former}))
        yield SetThumbnail(entity=task.reference, icon=icon)
    elif not remembered:
        yield Skip(reason=f"The status {change.status} has no icon, and the task {task['name']} does not show one.")
    else:
        if ours:
            yield SetThumbnail(entity=task.reference, component_id=remembered["former"])
        else:
            yield Skip(reason=f"The task {task['name']} keeps the other thumbnail that it got in the meantime.")
        yield _record(task, None)


def _read_record(task: Entity) -> dict[str, Any]:
    """Return ``icon`` and ``former`` (component ids), or nothing if the task does not show our icon."""
    value = next((each["value"] for each in task["metadata"] if each["key"] == RECORD), None)
    try:
        remembered = json.loads(value or "null")
    except ValueError:
        return {}
    return remembered if isinstance(remembered, dict) and {"icon", "former"} <= remembered.keys() else {}


def _record(task: Entity, value: str | None) -> SetMetadata:
    return SetMetadata(entity=task.reference, key=RECORD, value=value)
