"""The files of components, for a person who sees the component: to look at, to play, to download."""

from __future__ import annotations

from typing import Final

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.media import placeholder, thumbnails
from ftrack_sandbox.web.pages.client import Entity
from ftrack_sandbox.web.pages.visit import Visit, page

IMAGES: Final = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}
MOVIES: Final = {".mp4": "video/mp4", ".webm": "video/webm"}
#: What browsers show; all other files are for download, lest a page of somebody's runs as one of ours.
_SHOWN: Final = {**IMAGES, **MOVIES}

_THUMBNAIL: Final = 300


def extension(component: Entity) -> str:
    """Return the extension of a component's file with its dot, in lower case."""
    return "." + (component["file_type"] or "").lstrip(".").lower()


def send_file(visit: Visit) -> Response:
    """Send the file of the component in the address."""
    component = visit.client.get("Component", visit.id, "name, file_type")
    path = visit.site.sandbox.files.existing(visit.id)
    kind = None if "download" in visit.request.query_params else _SHOWN.get(extension(component))
    return FileResponse(
        path,
        media_type=kind or "application/octet-stream",
        filename=f"{component['name']}{component['file_type'] or ''}",
        content_disposition_type="inline" if kind else "attachment",
    )


def send_thumbnail(visit: Visit) -> Response:
    """Show a component small; where this cannot be, the picture that stands for entities without one."""
    visit.client.get("Component", visit.id, "name")
    try:
        path = thumbnails.thumbnail(visit.site.sandbox.files, visit.id, _THUMBNAIL)
    except SandboxError:
        return RedirectResponse(placeholder.PATH)
    return FileResponse(path, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


ROUTES = [Route("/file/{id}", page(send_file)), Route("/thumbnail/{id}", page(send_thumbnail))]
