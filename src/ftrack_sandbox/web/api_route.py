"""POST /api: limits, faults and latency around the batch of operations."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from ftrack_sandbox.api import Credentials
from ftrack_sandbox.control.faults import Fault
from ftrack_sandbox.errors import InvalidActionError, MalformedRequestError, SandboxError, ServerFailureError
from ftrack_sandbox.sandbox import Sandbox

_log = logging.getLogger(__name__)

#: Bytes of one request; 20,000 operations take about 10 MB.
MAXIMUM_BODY = 32 * 1024 * 1024
#: What a Host header may say: a name or an address, and a port.
_HOST = re.compile(r"([0-9A-Za-z._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
#: How long a request that is to run into the client's timeout is kept open at most.
_TIMEOUT_SECONDS = 300.0


async def answer(request: Request) -> Response:
    """Answer one call of /api, or fail it as a fault that is switched on demands."""
    sandbox: Sandbox = request.app.state.sandbox
    fault = sandbox.faults.take("api")
    body = await _read(request)
    if fault is not None and not fault.executed:
        return await fail_as_demanded(request, fault)
    await asyncio.sleep(sandbox.faults.latency)
    loop = asyncio.get_running_loop()
    response = await loop.run_in_executor(sandbox.workers, _answer, sandbox, body, request)
    return response if fault is None else await fail_as_demanded(request, fault)


async def fail_as_demanded(request: Request, fault: Fault) -> Response:
    """Answer as the fault says; for a timeout, wait until the client has given up."""
    if fault.answer != "timeout":
        return PlainTextResponse("A fault was asked for.", status_code=fault.answer)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        _log.info("Gave up a request that was kept waiting for %g s.", _TIMEOUT_SECONDS)
    return Response(status_code=504)


async def _read(request: Request) -> bytes | None:
    """Return the body, or None if it is too long; it is read to its end all the same.

    A client that is still writing would see a broken line instead of the answer.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAXIMUM_BODY:
            chunks.append(chunk)
        else:
            chunks.clear()
    return b"".join(chunks) if size <= MAXIMUM_BODY else None


def _answer(sandbox: Sandbox, body: bytes | None, request: Request) -> Response:
    headers = request.headers
    started = time.perf_counter()
    operations: Any = None
    status = 200
    refused = ""
    try:
        operations = _parse(body)
        content = orjson.dumps(sandbox.call(operations, _credentials(headers), base_url=_address(request)))
    except Exception as error:  # noqa: BLE001 - the server has to survive its own mistakes
        refusal = _as_refusal(error)
        if isinstance(refusal, InvalidActionError | MalformedRequestError):
            operations = None  # Counting whatever a client may call an action would fill the memory.
        refused = f"{refusal.to_json()['exception']}: {refusal.message}"
        content = orjson.dumps(refusal.to_json())
        if _is_strict(headers):
            status = refusal.http_status
    seconds = time.perf_counter() - started
    sandbox.statistics.add_request(operations, seconds)
    user, key = headers.get("ftrack-user", ""), headers.get("ftrack-api-key", "")
    sandbox.recorder.add_call(user, key, body, seconds=seconds, size=len(content), error=refused)
    return Response(content, status_code=status, media_type="application/json")


def _as_refusal(error: Exception) -> SandboxError:
    if isinstance(error, SandboxError):
        return error
    if isinstance(error, RecursionError):
        return MalformedRequestError("The request is nested too deeply.")
    _log.error("A batch of operations failed.", exc_info=error)
    return ServerFailureError("The server failed to carry out the request; its log says why.")


def _parse(body: bytes | None) -> Any:
    if body is None:
        raise MalformedRequestError(f"The request has more than {MAXIMUM_BODY // 1024 // 1024} MB.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequestError(f"The request is not JSON: {error}.") from error


def _credentials(headers: Headers) -> Credentials:
    return Credentials(
        user=headers.get("ftrack-user", ""),
        key=headers.get("ftrack-api-key", ""),
        client_token=headers.get("ftrack-clienttoken"),
        push_token=headers.get("ftrack-pushtoken"),
    )


def _address(request: Request) -> str | None:
    """Return the address at which the client reached the server, None if it does not tell.

    The listening address may be 0.0.0.0, or one behind another name. The scheme is what uvicorn says, which
    believes a proxy on this machine.
    """
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else None


def _is_strict(headers: Headers) -> bool:
    """Tell whether errors are to have an error's status, as the Python or the JavaScript client asks for it."""
    options = headers.get("ftrack-api-options", "").replace(" ", "").split(";")
    return headers.get("ftrack-strict-api", "").lower() == "true" or bool({"strict", "strict:1"} & set(options))
