"""The paths of files: upload, download, thumbnail and removal."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from ftrack_sandbox.errors import SandboxError, ValidationError
from ftrack_sandbox.media import thumbnails, uploads
from ftrack_sandbox.media.files import Incoming, no_file
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.web.api_route import fail_as_demanded

_log = logging.getLogger(__name__)

_BLOCK = 1024 * 1024

_Endpoint = Callable[[Request], Awaitable[Response]]


def _component(endpoint: _Endpoint) -> _Endpoint:
    """Let an endpoint take as long as is asked for, and its refusals be answered in ftrack's error shape."""

    async def answered(request: Request) -> Response:
        sandbox: Sandbox = request.app.state.sandbox
        await asyncio.sleep(sandbox.faults.latency)
        try:
            return await endpoint(request)
        except SandboxError as error:
            return JSONResponse(error.to_json(), status_code=error.http_status)

    return answered


@_component
async def _upload(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    permit = sandbox.uploads.permit(request.query_params)
    fault = sandbox.faults.take("uploads")
    if fault is not None and not fault.executed:
        return await fail_as_demanded(request, fault)
    incoming = sandbox.files.receive()
    try:
        await _take_in(request, incoming, permit)
        _check(incoming, permit)
        await asyncio.to_thread(incoming.keep, _destination(sandbox, permit))
    finally:
        incoming.discard()
    sandbox.statistics.add("uploads")
    if fault is not None:
        return await fail_as_demanded(request, fault)
    return Response(status_code=200, headers={"ETag": f'"{incoming.etag}"'})


async def _take_in(request: Request, incoming: Incoming, permit: uploads.Permit) -> None:
    """Write the upload block by block, so a file of any size takes little memory.

    Bytes beyond the announced size are read and dropped, so the client still gets an answer.
    """
    block = bytearray()
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if permit.size is not None and size > permit.size:
                continue
            block += chunk
            if len(block) >= _BLOCK:
                await asyncio.to_thread(incoming.write, bytes(block))
                block.clear()
    except ClientDisconnect:
        raise ValidationError("The upload broke off.") from None
    if permit.size is not None and size != permit.size:
        raise ValidationError(f"{permit.size} bytes were announced, {size} came.")
    await asyncio.to_thread(incoming.write, bytes(block))


def _check(incoming: Incoming, permit: uploads.Permit) -> None:
    if permit.checksum is not None and incoming.checksum != permit.checksum:
        raise ValidationError("The MD5 of what came is not the checksum that was announced.")


def _destination(sandbox: Sandbox, permit: uploads.Permit) -> Path:
    if permit.upload_id is None or permit.part is None:
        return sandbox.files.path(permit.component_id)
    return sandbox.files.part_path(permit.component_id, permit.upload_id, permit.part)


@_component
async def _download(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    component_id = await _authorise(request)
    path = sandbox.files.existing(component_id)
    name = await asyncio.to_thread(sandbox.file_name, component_id)
    sandbox.statistics.add("downloads")
    return FileResponse(path, filename=name)


@_component
async def _thumbnail(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    component_id = await _authorise(request)
    given = request.query_params.get("size", str(thumbnails.DEFAULT_SIZE))
    if not re.fullmatch(r"[0-9]{1,6}", given):
        raise ValidationError(f"The size of a thumbnail is a number of pixels, not {given!r}.")
    path = await asyncio.to_thread(thumbnails.thumbnail, sandbox.files, component_id, int(given))
    return FileResponse(path, media_type="image/png")


@_component
async def _remove(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    component_id = await _authorise(request)
    await asyncio.to_thread(sandbox.files.remove, component_id)
    return Response(status_code=204)


async def _authorise(request: Request) -> str:
    """Check the credentials in the query, and that the user sees the component; return the component's id."""
    sandbox: Sandbox = request.app.state.sandbox
    query = request.query_params
    component_id = query.get("id", "")
    api = sandbox.api
    user = await asyncio.to_thread(api.authenticate, query.get("username", ""), query.get("apiKey", ""))
    if await asyncio.to_thread(api.is_hidden, component_id, user):
        raise no_file(component_id)
    return component_id


ROUTES = [
    Route(uploads.PATH, _upload, methods=["PUT"]),
    Route("/component/get", _download),
    Route("/component/thumbnail", _thumbnail),
    Route("/component/remove", _remove),
]
