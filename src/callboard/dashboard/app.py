"""The web server's routes. Everything here is public and reveals nothing about the studio."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

#: The icons that belong to Callboard.
ICONS = Path(str(files("callboard"))) / "icons"

_ICON_NAME = re.compile(r"[a-z0-9_-]{1,64}\.(png|svg)")

Health = Callable[[], Mapping[str, object]]


def create_app(health: Health) -> Starlette:
    """Return the web application.

    Args:
        health: Called for every ``/healthz``; its result is the answer. The server is healthy if it returns.
    """

    def healthz(_request: Request) -> Response:
        return JSONResponse(dict(health()))

    return Starlette(routes=[Route("/healthz", healthz), Route("/icons/{name}", _icon)])


def _icon(request: Request) -> Response:
    name = request.path_params["name"]
    file = ICONS / name
    # The name's form keeps the path inside the folder.
    if not _ICON_NAME.fullmatch(name) or not file.is_file():
        return PlainTextResponse("This icon does not exist.", status_code=404)
    return FileResponse(file, headers={"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"})
