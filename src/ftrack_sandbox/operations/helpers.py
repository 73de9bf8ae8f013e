"""Further operations, most of which only the JavaScript client sends.

What a real server answers to them is known by name alone; the rest is our choice.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, Final
from urllib.parse import urlencode

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError
from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.creating import create
from ftrack_sandbox.operations.incoming import describe
from ftrack_sandbox.operations.visibility import is_hidden

_DELAYED_JOBS: Final = {
    "SYNC_USERS_LDAP": "Synchronise users with LDAP",
    "ICONIK_SYNC_STRUCTURE": "Synchronise the project structure with iconik",
    "EXPORT_REVIEW_SESSION_FEEDBACK": "Export review session feedback",
}


def delayed_job(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Create the Job of a long task. The sandbox has nothing to synchronise with, so the Job is done immediately."""
    job_type = operation.get("job_type")
    if not isinstance(job_type, str) or job_type not in _DELAYED_JOBS:
        raise ValidationError(f"job_type must be one of {', '.join(_DELAYED_JOBS)}, not {describe(job_type)}.")
    if job_type == "SYNC_USERS_LDAP":
        call.permissions.check_administrator("synchronise users")
    job = create(
        call,
        "Job",
        {
            "id": str(uuid.uuid4()),
            "status": "done",
            "user_id": call.user.id,
            "data": json.dumps({"description": _DELAYED_JOBS[job_type]}),
            "finished_at": call.timestamp,
        },
    )
    return {"action": "delayed_job", "data": job}


def track_usage(call: Call, operation: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - handlers get both
    """Accept ftrack Connect's reports of its use, and keep none of them."""
    return {"action": "_track_usage", "data": None}


def compute_rollups(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Add up bids and logged time, in seconds, of each context and all below it."""
    context_ids = operation.get("context_ids")
    if not isinstance(context_ids, list) or not all(isinstance(each, str) for each in context_ids):
        raise ValidationError(f"context_ids must be an array of ids, not {describe(context_ids)}.")
    return {"action": "compute_rollups", "data": [_rollup(call, each) for each in context_ids]}


def generate_signed_url(call: Call, operation: dict[str, Any]) -> dict[str, Any]:
    """Return an address from which a component's file can be downloaded without further credentials."""
    component_id = operation.get("component_id")
    if not isinstance(component_id, str) or (
        call.records.find("Component", [component_id]) is None or is_hidden(call, component_id)
    ):
        raise ValidationError(f"There is no Component {describe(component_id)}.")
    key = call.connection.row("UserKey", call.user.id)
    assert key is not None
    query = urlencode({"id": component_id, "username": call.user.username, "apiKey": key["key"]})
    return {"action": "generate_signed_url", "signed_url": f"{call.base_url}/component/get?{query}"}


def _rollup(call: Call, context_id: str) -> dict[str, Any]:
    if is_hidden(call, context_id):
        raise EntityNotFoundError(f"There is no Context {context_id}.")
    wave = [call.records.get("Context", [context_id])]
    bid, contexts = 0, list(wave)
    while wave:
        bid += sum(each.row["bid"] or 0 for each in wave)
        wave = call.records.select("Context", parent_id=[each.id for each in wave])
        contexts += wave
    logged = call.connection.find("Timelog", context_id=[each.id for each in contexts])
    return {
        "context_id": context_id,
        "bid": bid,
        "time_logged": sum(each["duration"] or 0 for each in logged),
        "contexts": len(contexts),
    }
