"""Give tasks the status of their versions."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from callboard import AutomationSettings, Change, Effect, OnLate, Related, SetStatus, Skip, late_default, on_status


class AssignTaskStatusSettings(AutomationSettings):
    """Which status a task gets from its version."""

    on_late: OnLate = late_default("if_still_true")
    mapping: dict[str, str] = Field(
        default={},
        description="Version status = task status; others have the same name, and an empty one changes nothing.",
    )
    only_latest: bool = Field(
        default=True, description="false lets an older version overwrite what a newer one of its asset and task said."
    )
    keep: list[str] = Field(default=["Omitted"], description="Statuses that a task keeps whatever its versions say.")


@on_status(
    "AssetVersion",
    settings=AssignTaskStatusSettings,
    reads=(
        *("asset_id", "asset.name", "version"),
        *("task_id", "task.name", "task.type_id", "task.type.name", "task.status.name"),
    ),
    related={"versions": Related("AssetVersion", by="asset_id", of="asset_id", reads=("version", "task_id"))},
    workflow=True,
)
def assign_task_status(change: Change, settings: AssignTaskStatusSettings) -> Iterator[Effect]:
    """Give the task of a version the status that the version got, where the workflow allows it."""
    version, task = change.entity, change.entity["task"]
    if task is None:
        yield Skip(reason="The version has no task.")
        return
    now = task.at("status.name")
    wanted = settings.mapping.get(change.status or "", change.status or "")
    newer = [
        other["version"]
        for other in change.related["versions"]
        if other["task_id"] == version["task_id"] and other["version"] > version["version"]
    ]
    allowed = change.workflow.statuses("Task", task["type_id"])
    if not wanted:
        yield Skip(reason=f"The mapping has no task status for {change.status}.")
    elif now in settings.keep:
        yield Skip(reason=f"The task {task['name']} is {now}, which it keeps.")
    elif newer and settings.only_latest:
        shown = f"{version['asset']['name']} v{version['version']}"
        yield Skip(reason=f"{shown} is not the latest for the task {task['name']}: there is v{max(newer)}.")
    elif wanted not in allowed:
        yield Skip(
            reason=f"The workflow does not allow the status {wanted} for tasks of the type {task.at('type.name')}."
        )
    else:
        # Also when the task has it: another version, of the same moment, may be about to give it another one.
        yield SetStatus(entity=task.reference, name=task["name"], status=wanted, status_id=allowed[wanted])
