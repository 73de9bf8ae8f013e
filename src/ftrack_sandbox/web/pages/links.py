"""The address of every entity, also in the words of ftrack's own links: ``/entity/TYPE/ID``."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ftrack_sandbox.schema.object_types import type_name
from ftrack_sandbox.web.pages.client import Entity
from ftrack_sandbox.web.pages.visit import Visit, page

#: Entity type, as links and events or as the API call it, in lower case -> the page that shows it.
PAGES: Final = {
    "show": "project",
    "project": "project",
    "task": "context",
    "context": "context",
    "typedcontext": "context",
    "asset": "asset",
    "assetversion": "version",
    "list": "list",
    "assetversionlist": "list",
    "typedcontextlist": "list",
    "reviewsession": "review",
}


def address_of(entity: Entity) -> str:
    """Return the address of an entity's page. All types but those named above are typed contexts: shots, tasks."""
    kind = PAGES.get(entity["__entity_type__"].lower(), "context")
    return f"/{kind}/{quote(entity['id'])}"


def _lead(visit: Visit) -> Response:
    """Lead to the page of an entity."""
    kind, entity_id = visit.request.path_params["type"], visit.id
    found = PAGES.get(kind.lower())
    if found is None:
        found = _kind_of_context(visit, kind)
    return RedirectResponse(f"/{found}/{quote(entity_id)}", 303)


def _kind_of_context(visit: Visit, kind: str) -> str:
    """Return the page of a type that studios name themselves, such as AssetBuild."""
    for object_type in visit.client.query("select name from ObjectType"):
        if type_name(object_type["name"]).lower() == kind.lower():
            return "context"
    raise HTTPException(404, f"Entities of the type {kind} have no page.")


ROUTES = [Route("/entity/{type}/{id}", page(_lead))]
