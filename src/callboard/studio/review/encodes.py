"""Waiting for encode Jobs in the ftrack that clients see."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from callboard.changes import Entity
from callboard.ftrack import Ftrack, ids

#: Seconds between two checks, at first and at most.
_FIRST_LOOK, _LAST_LOOK = 0.05, 2.0


def wait_for_jobs(
    ftrack: Ftrack, jobs: Mapping[str, str], *, seconds: float, check: Callable[[], None]
) -> Iterator[tuple[str, list[str], str]]:
    """Wait for Jobs, and yield each as it ends.

    Args:
        ftrack: The ftrack that runs them.
        jobs: The caller's names -> ids of the Jobs.
        seconds: Give up if none of them has ended for this long.
        check: Called between two checks; an exception from it ends the wait.

    Yields:
        The caller's name, the ids of the new components, and why there are none ("" if there are some).
    """
    waiting, pause = dict(jobs), _FIRST_LOOK
    deadline = time.monotonic() + seconds
    while waiting:
        check()
        found = {
            job.id: job for job in ftrack.query(f"select status, data from Job where id in {ids(waiting.values())}")
        }
        over = [name for name, job_id in waiting.items() if _is_over(found.get(job_id))]
        for name in over:
            yield (name, *_result(found.get(waiting.pop(name))))
        if over:
            pause, deadline = _FIRST_LOOK, time.monotonic() + seconds
        elif time.monotonic() > deadline:
            break
        elif waiting:
            time.sleep(pause)
            pause = min(_LAST_LOOK, pause * 1.5)
    for name in waiting:
        yield name, [], f"it was not encoded within {seconds / 60:g} minutes"


def _is_over(job: Entity | None) -> bool:
    return job is None or job["status"] not in {"queued", "running"}


def _result(job: Entity | None) -> tuple[list[str], str]:
    if job is None:
        return [], "its encode Job was deleted there"
    if job["status"] != "done":
        return [], str(_data(job).get("description") or "the encode failed there").rstrip(".")
    made = outputs_of(job)
    return made, "" if made else "the encode produced no component"


def outputs_of(job: Entity) -> list[str]:
    """Return the ids of the components that an encode Job created."""
    return [str(output["component_id"]) for output in _data(job).get("output", [])]


def _data(job: Entity) -> dict[str, Any]:
    try:
        data = json.loads(job["data"] or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
