"""Jobs: long work of the server and of actions, and how far it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Entity, delete, quoted
from ftrack_sandbox.web.pages.people import select_user
from ftrack_sandbox.web.pages.visit import Visit, page

#: Jobs on a page.
_MANY: Final = 50
_SELECT: Final = (
    f"select type, status, data, created_at, finished_at, user_id, {select_user('user')}, "
    "job_components.component.name, job_components.component.file_type, job_components.component.size from Job"
)
#: Progress in the words of a description: a share in percent, or so many of all.
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_OF: Final = re.compile(r"\b(\d{1,6}) of (\d{1,6})\b")
_OVER: Final = ("done", "failed")


@dataclass(frozen=True)
class Shown:
    """A job on the page.

    Attributes:
        job: The job as the API has it.
        text: Its description.
        progress: How far it is, from 0 to 1; None if its description does not say.
    """

    job: Entity
    text: str
    progress: float | None


def describe(data: Any) -> str:
    """Return the description in a job's data, as ftrack's clients write it: JSON with that key, or else plain text."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError:
            return str(data)
    if isinstance(data, dict) and data.get("description"):
        return str(data["description"])
    return "" if data is None or isinstance(data, dict) else str(data)


def progress(text: str) -> float | None:
    """Return the progress that a description tells, from 0 to 1."""
    if found := _PERCENT.search(text):
        return min(float(found[1]) / 100, 1.0)
    if (found := _OF.search(text)) and int(found[2]):
        return min(int(found[1]) / int(found[2]), 1.0)
    return None


def _show(visit: Visit) -> Response:
    everybody = visit.request.query_params.get("whose") == "all"
    offset = visit.offset("from")
    whose = "" if everybody else f" where user.username is {quoted(visit.client.username)}"
    found = visit.client.query(f"{_SELECT}{whose} order by created_at desc, id limit {_MANY + 1} offset {offset}")
    shown = [_shown(each) for each in found[:_MANY]]
    step = "/jobs?whose=all&from=" if everybody else "/jobs?from="
    return visit.render(
        "jobs.html",
        jobs=shown,
        user_id=visit.client.user_id,
        everybody=everybody,
        newer=f"{step}{max(offset - _MANY, 0)}" if offset else None,
        older=f"{step}{offset + _MANY}" if len(found) > _MANY else None,
    )


def _shown(job: Entity) -> Shown:
    text = describe(job["data"])
    return Shown(job, text, progress(text) if job["status"] == "running" else None)


def _clear(visit: Visit) -> None:
    """Delete the person's jobs that are over."""
    over = visit.client.query(
        f"select id from Job where user.username is {quoted(visit.client.username)} and status in ({', '.join(_OVER)})"
    )
    if not over:
        raise ValidationError("None of your jobs is over.")
    visit.client.call(*(delete("Job", each["id"]) for each in over))


ROUTES = [Route("/jobs", page(_show, {"clear": _clear}), methods=["GET", "POST"])]
