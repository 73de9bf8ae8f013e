"""The sandbox's own endpoints, which no ftrack has: faults, the clock, statistics and snapshots.

| path                  | GET               | POST                                       | DELETE         |
|-----------------------|-------------------|--------------------------------------------|----------------|
| /sandbox/faults       | what is on        | a change, see faults.FaultSettings         | end all faults |
| /sandbox/clock        | time and stopped  | ``{"set": ISO time, "stopped": bool}`` or  | follow the     |
|                       |                   | ``{"advance": seconds}``                   | machine again  |
| /sandbox/statistics   | the counts        |                                            | count from 0   |
| /sandbox/snapshots    | what there is     | ``{"take": name}`` or                      |                |
|                       |                   | ``{"restore": name}``                      |                |

All need the administrator's credentials, in the headers ``ftrack-user`` and ``ftrack-api-key``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ftrack_sandbox.control.faults import FaultSettings
from ftrack_sandbox.errors import PermissionDeniedError, SandboxError
from ftrack_sandbox.sandbox import Sandbox

_MAXIMUM_BODY = 64 * 1024
_CENTURY = 100 * 365 * 24 * 3600.0


class ClockSettings(BaseModel):
    """The new position of the clock, or the step to move it."""

    model_config = ConfigDict(extra="forbid")

    set: AwareDatetime | None = None
    stopped: bool = False
    advance: Annotated[float, Field(ge=-_CENTURY, le=_CENTURY)] | None = None
    """Seconds."""


class SnapshotSettings(BaseModel):
    """The name under which to keep the present state, or of the state to return to."""

    model_config = ConfigDict(extra="forbid")

    take: str | None = None
    restore: str | None = None


def _for_administrator(
    endpoint: Callable[[Request, Sandbox], Awaitable[Any]],
) -> Callable[[Request], Awaitable[Response]]:
    async def checked(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        user = request.headers.get("ftrack-user", "")
        try:
            await asyncio.to_thread(sandbox.api.authenticate, user, request.headers.get("ftrack-api-key", ""))
            if user != sandbox.api_user:
                raise PermissionDeniedError(f"Only {sandbox.api_user} may use {request.url.path}.")
            return JSONResponse(await endpoint(request, sandbox))
        except SandboxError as error:
            return JSONResponse(error.to_json(), status_code=error.http_status)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "The request"
            content = {"exception": "ValidationError", "content": f"{place}: {first['msg']}.", "error_code": None}
            return JSONResponse(content, status_code=400)

    return checked


@_for_administrator
async def _faults(request: Request, sandbox: Sandbox) -> Any:
    if request.method == "DELETE":
        sandbox.faults.clear()
    elif request.method == "POST":
        settings = FaultSettings.model_validate_json(await _body(request))
        sandbox.faults.apply(settings)
        if settings.cut_hub or settings.hub == "down":
            sandbox.hub.cut_all()
    return sandbox.faults.to_json()


@_for_administrator
async def _clock(request: Request, sandbox: Sandbox) -> Any:
    if request.method == "DELETE":
        sandbox.clock.reset()
    elif request.method == "POST":
        settings = ClockSettings.model_validate_json(await _body(request))
        if settings.set is not None:
            sandbox.clock.set(settings.set, stopped=settings.stopped)
        if settings.advance is not None:
            sandbox.clock.advance(settings.advance)
    return {"now": sandbox.clock().isoformat(), "stopped": sandbox.clock.stopped}


@_for_administrator
async def _statistics(request: Request, sandbox: Sandbox) -> Any:
    if request.method == "DELETE":
        sandbox.statistics.reset()
    return {**sandbox.statistics.to_json(), "hub_connections": sandbox.hub.connection_count}


@_for_administrator
async def _snapshots(request: Request, sandbox: Sandbox) -> Any:
    if request.method == "POST":
        wish = SnapshotSettings.model_validate_json(await _body(request))
        if wish.take is not None:
            await asyncio.to_thread(sandbox.snapshots.take, wish.take)
        if wish.restore is not None:
            await asyncio.to_thread(sandbox.restore, wish.restore)
    found = await asyncio.to_thread(sandbox.snapshots.names)
    return {"snapshots": [{"name": each.name, "taken_at": each.taken_at.isoformat()} for each in found]}


async def _body(request: Request) -> bytes:
    """Return the body, cut where it is too long to be a setting."""
    body = b""
    async for chunk in request.stream():
        body += chunk[: _MAXIMUM_BODY - len(body)]
    return body


ROUTES = [
    Route("/sandbox/faults", _faults, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/clock", _clock, methods=["GET", "POST", "DELETE"]),
    Route("/sandbox/snapshots", _snapshots, methods=["GET", "POST"]),
    Route("/sandbox/statistics", _statistics, methods=["GET", "DELETE"]),
]
