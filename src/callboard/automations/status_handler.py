"""Tell the next department when a task is ready for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from callboard import (
    AutomationSettings,
    Change,
    Effect,
    Entity,
    OnLate,
    Related,
    SendSlack,
    Skip,
    late_default,
    on_status,
)

_TEXT = "*{project} / {parent}*: {task_type} ({task}) is now *{status}*"


class Handoff(NamedTuple):
    """A task type that hands over at a status, to tasks of another type in the same shot."""

    task_type: str
    status: str
    next_task_type: str


class StatusHandlerSettings(AutomationSettings):
    """The handoffs that are announced."""

    on_late: OnLate = late_default("skip")
    handoffs: list[Handoff] = Field(
        default=[
            Handoff("Animation", "Ready for Lighting", "Lighting"),
            Handoff("Lighting", "Ready for Comp", "Compositing"),
        ],
        description="[task type, status, type of the next tasks], one for each handoff.",
    )

    @property
    def statuses(self) -> list[str]:
        """The statuses at which a task hands over."""
        return list(dict.fromkeys(handoff.status for handoff in self.handoffs))


@on_status(
    "Task",
    to="statuses",
    settings=StatusHandlerSettings,
    reads=("name", "type.name", "parent.name", "project.name"),
    related={
        "tasks": Related(
            "Task",
            by="parent_id",
            of="parent_id",
            reads=("type.name", *(f"assignments.resource.{name}" for name in ("username", "email"))),
        ),
        # Users have memberships too, so a path through the resource, a user or a group, cannot select those of groups.
        "memberships": Related("Membership", reads=("group_id", "user.username", "user.email")),
    },
    needs=("slack",),
)
def status_handler(change: Change, settings: StatusHandlerSettings) -> Iterator[Effect]:
    """Send a Slack message to the people whose tasks come next in the shot."""
    task = change.entity
    task_type = task.at("type.name")
    following = [
        handoff.next_task_type
        for handoff in settings.handoffs
        if (handoff.task_type, handoff.status) == (task_type, change.status)
    ]
    if not following:
        yield Skip(reason=f"No handoff is set for {task_type} tasks at {change.status}.")
    for next_type in following:
        tasks = [each for each in change.related["tasks"] if each.at("type.name") == next_type]
        people = _people(tasks, change.related["memberships"])
        reason = f"nobody is assigned to {next_type}" if tasks else f"there is no {next_type} task"
        yield SendSlack(
            people=people,
            project=task["project"]["name"],
            text=_TEXT + (", set by {who}." if change.person else "."),
            values=_values(change, task_type),
            fallback_reason="" if people else f"{reason} in {task['parent']['name']}",
            task=task.reference,
            project_id=change.project_id,
        )


def _people(tasks: list[Entity], memberships: list[Entity]) -> list[tuple[str, str]]:
    """Return the names and e-mail addresses of the users assigned to the tasks, each once; a group is its members."""
    people: dict[str, str] = {}
    for task in tasks:
        for assignment in task["assignments"]:
            resource = assignment["resource"]
            members = [each["user"] for each in memberships if each["group_id"] == resource.id]
            users = members if resource.type == "Group" else [resource]
            people |= {user["username"]: user["email"] or "" for user in users}
    return sorted(people.items())


def _values(change: Change, task_type: str) -> dict[str, str]:
    task, person = change.entity, change.person
    return {
        "project": task["project"]["name"],
        "parent": task["parent"]["name"],
        "task_type": task_type,
        "task": task["name"],
        "status": change.status or "",
        "who": (person.name or person.username) if person else "",
    }
