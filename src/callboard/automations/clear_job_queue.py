"""Clear Job Queue: takes waiting and stuck jobs out of the queue, and stops Callboard's work for them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from callboard import ActionSettings, Entity, Form, Launch, Message, Reference, action, forms

MINE, EVERYONES = "mine", "everyones"


class ClearJobQueueSettings(ActionSettings):
    """``[automations.clear_job_queue]``."""

    administrators: list[str] = Field(
        default=["Administrator"], description="Names of the security roles that may clear everyone's jobs."
    )


@action("Clear Job Queue", on=(), several=True, settings=ClearJobQueueSettings)
def clear_job_queue(launch: Launch, settings: ClearJobQueueSettings) -> Form | Message:
    """Take your queued and running jobs out of the queue, and stop them."""
    administrator = not launch.roles.isdisjoint(settings.administrators)
    whose = launch.values.get("whose")
    if administrator and whose is None:
        options = [(MINE, "Mine"), (EVERYONES, "Everyone's")]
        return Form([forms.choice("whose", "Whose jobs", options, MINE)], "Clear Job Queue", "Clear")
    if whose == EVERYONES and not administrator:
        return Message("Only administrators may clear everyone's jobs.", success=False)
    everyones = whose == EVERYONES
    jobs = launch.ftrack.query(
        'select data, user.username from Job where status in ("queued", "running")'
        + ("" if everyones else f' and user_id is "{launch.user.id}"')
        + " order by id"
    )
    sentence = f"{launch.user.name or launch.user.username} cleared it from the queue."
    # Our own work is stopped first, because it would keep updating its progress.
    launch.clear_jobs([job.id for job in jobs], sentence)
    launch.ftrack.commit(
        [
            launch.ftrack.update(Reference("Job", job.id), {"status": "failed", "data": _describe_job(job, sentence)})
            for job in jobs
        ]
    )
    return Message(_summary(jobs, everyones=everyones))


def _describe_job(job: Entity, sentence: str) -> str:
    """Return the Job's data with another description; the rest belongs to the program that created the Job."""
    try:
        data: Any = json.loads(job["data"] or "{}")
    except ValueError:
        data = {}
    return json.dumps({**(data if isinstance(data, dict) else {}), "description": sentence})


def _summary(jobs: list[Entity], *, everyones: bool) -> str:
    if not jobs:
        return "The queue has no jobs." if everyones else "You have no jobs in the queue."
    count = "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"
    if not everyones:
        return f"Cleared {count} from the queue."
    people = sorted({job.at("user.username") or "nobody" for job in jobs})
    return f"Cleared {count} of {', '.join(people)} from the queue."
