"""The ftrack Job of an action's work: what the person sees in ftrack's list of jobs."""

from __future__ import annotations

import json
import uuid
from typing import Literal

from callboard.changes import Person, Reference
from callboard.ftrack import Ftrack, RefusedByFtrack, quote
from callboard.secrets import without_secrets

Status = Literal["queued", "running", "done", "failed"]

#: Makes the Jobs' ids: the same launch has the same Job, however often it is handled.
_LAUNCHES = uuid.UUID("6e3f4f0e-2a38-4a6c-9d0e-5b1f1c7b8c11")


def job_id(launch: str) -> str:
    """Return the id of the Job that belongs to a launch, by the launch's key."""
    return str(uuid.uuid5(_LAUNCHES, launch))


def create(ftrack: Ftrack, ftrack_job_id: str, user: Person, sentence: str) -> None:
    """Create a queued Job for a person, unless there is one with that id.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not accept the Job, for instance since the person is gone.
    """
    values = {"id": ftrack_job_id, "user_id": user.id, "type": "api_job", **_values("queued", sentence)}
    try:
        ftrack.commit([ftrack.create("Job", values)])
    except RefusedByFtrack as error:
        if error.name != "DuplicateEntryError":
            raise


def update(ftrack: Ftrack, ftrack_job_id: str, status: Status, sentence: str) -> None:
    """Give a Job a status and a description.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: There is no such Job.
    """
    ftrack.commit([ftrack.update(Reference("Job", ftrack_job_id), _values(status, sentence))])


def describe(ftrack: Ftrack, ftrack_job_id: str, sentence: str) -> Status:
    """Give a Job a description, for progress, and leave its status to whoever may have changed it.

    Returns:
        The status that it has.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: There is no such Job.
    """
    answers = ftrack.call(
        [
            ftrack.update(Reference("Job", ftrack_job_id), {"data": _values("running", sentence)["data"]}),
            {"action": "query", "expression": f"select status from Job where id is {quote(ftrack_job_id)} limit 1"},
        ]
    )
    status: Status = answers[1]["data"][0]["status"]
    return status


def _values(status: Status, sentence: str) -> dict[str, str]:
    # The description is where the official client's Job documents it to be.
    return {"status": status, "data": json.dumps({"description": without_secrets(sentence)})}
