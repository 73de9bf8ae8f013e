"""Give tasks the status of their versions."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from callboard import AutomationSettings, Change, Effect, OnLate, Related, SetStatus, Skip, late_default, on_status


class AssignTaskStatusSettings(AutomationSettings):
    """The status that a task gets from its version."""

    on_late: OnLate = late_default("if_still_true")
    mapping: dict[str, str] = Field(
        default={},
        description="Version status = task status; other statuses keep their name, and an empty one changes nothing.",
    )
    only_latest: bool = Field(
        default=True, description="false: older versions of an asset and task may also set the task's status."
    )
    keep: list[str] = Field(default=["Omitted"], description="Statuses that a task keeps, whatever its versions get.")


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
    """Give a version's task the version's new status, if the workflow allows it."""
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
        yield Skip(reason=f"The task {task['name']} keeps its status {now}.")
    elif newer and settings.only_latest:
        shown = f"{version['asset']['name']} v{version['version']}"
        yield Skip(reason=f"{shown} is not the latest version for the task {task['name']}: v{max(newer)} is.")
    elif wanted not in allowed:
        yield Skip(
            reason=f"The workflow does not allow the status {wanted} for tasks of the type {task.at('type.name')}."
        )
    else:
        # Even if the task has it already: another version may be about to change it at the same moment.
        yield SetStatus(entity=task.reference, name=task["name"], status=wanted, status_id=allowed[wanted])
