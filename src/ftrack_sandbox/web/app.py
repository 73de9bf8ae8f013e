"""The HTTP application: every path that ftrack's clients call, the sandbox's own below /sandbox/, and the pages."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.events.connection import Connection
from ftrack_sandbox.media import placeholder
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.web import api_route, control_routes, file_routes
from ftrack_sandbox.web.pages import application

_log = logging.getLogger(__name__)

_CLOSE_SECONDS = 60


#: The first parts of the paths that clients call; all others are pages.
_CLIENTS = frozenset({"api", "component", "healthz", "img", "sandbox", "socket.io", "widget"})


class Application:
    """Hands each request to the part that answers it, so that clients and people have rules of their own.

    Any web page may use the API, since credentials are in headers there. The pages know a person by a cookie, so they
    allow no other page to read them.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._pages = application.build(sandbox)
        self._clients = _for_clients(sandbox, self._pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or start and end with the server."""
        for_clients = scope["type"] != "http" or scope["path"].split("/", 2)[1] in _CLIENTS
        await (self._clients if for_clients else self._pages)(scope, receive, send)


def _for_clients(sandbox: Sandbox, pages: Starlette) -> Starlette:
    @asynccontextmanager
    async def lifespan(_application: Starlette) -> AsyncIterator[None]:
        await sandbox.hub.start()
        try:
            yield
        finally:
            pages.state.site.live.close()
            await sandbox.hub.stop()

    clients = Starlette(
        routes=[
            Route("/healthz", _health),
            Route("/api", api_route.answer, methods=["POST"]),
            Route("/socket.io/1/", _handshake),
            WebSocketRoute("/socket.io/1/websocket/{session_id}", _hub),
            Route("/widget/{name}", _widget),
            *file_routes.ROUTES,
            *placeholder.ROUTES,
            *control_routes.ROUTES,
        ],
        middleware=[
            # Web pages of any origin may use ftrack's API: the credentials are in headers, not in cookies.
            Middleware(
                CORSMiddleware,
                allow_origin_regex=".*",
                allow_credentials=True,
                allow_methods=["GET", "POST", "PUT", "DELETE"],
                allow_headers=["*"],
                expose_headers=["ETag"],
            )
        ],
        lifespan=lifespan,
    )
    clients.state.sandbox = sandbox
    return clients


async def _health(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _handshake(request: Request) -> Response:
    """Invite a client to the hub; Python sends its credentials as headers, JavaScript in the query."""
    sandbox: Sandbox = request.app.state.sandbox
    user = request.headers.get("ftrack-user") or request.query_params.get("api_user", "")
    key = request.headers.get("ftrack-api-key") or request.query_params.get("api_key", "")
    if sandbox.faults.hub == "down":
        return PlainTextResponse("The event hub is down.", status_code=503)
    try:
        known = await asyncio.to_thread(sandbox.api.authenticate, user, key)
    except SandboxError as error:
        return PlainTextResponse(error.message, status_code=error.http_status)
    session_id = sandbox.hub.invite(known)
    return PlainTextResponse(f"{session_id}:{_CLOSE_SECONDS}:{_CLOSE_SECONDS}:websocket")


async def _hub(websocket: WebSocket) -> None:
    hub = websocket.app.state.sandbox.hub
    user = hub.accept(websocket.path_params["session_id"])
    if user is None:
        await websocket.close()
        return
    await websocket.accept()
    connection = Connection(websocket, user)
    hub.join(connection)
    try:
        await connection.run(hub.receive)
    finally:
        hub.leave(connection)


async def _widget(request: Request) -> Response:
    """Answer the address of a widget: ftrack's own widgets are web pages that the sandbox does not rebuild."""
    name = html.escape(request.path_params["name"])
    return HTMLResponse(f"<!doctype html><title>{name}</title><p>The widget <em>{name}</em> of ftrack.</p>")
