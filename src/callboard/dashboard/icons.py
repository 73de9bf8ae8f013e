"""The icons of ftrack's action menu, which everybody may fetch."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

#: The icons that belong to Callboard.
ICONS = Path(str(files("callboard"))) / "icons"

_ICON_NAME = re.compile(r"[a-z0-9_-]{1,64}\.(png|svg)")


def routes() -> list[Route]:
    """Return the route."""
    return [Route("/icons/{name}", _icon)]


def _icon(request: Request) -> Response:
    name = request.path_params["name"]
    file = ICONS / name
    # The name's form keeps the path inside the folder.
    if not _ICON_NAME.fullmatch(name) or not file.is_file():
        return PlainTextResponse("This icon does not exist.", status_code=404)
    return FileResponse(file, headers={"Cache-Control": "public, max-age=86400", "Access-Control-Allow-Origin": "*"})
