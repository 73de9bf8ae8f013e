"""The entity that people name: by ``TYPE:ID``, by an id, or by a link of ftrack's web client."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

#: What a link calls a kind of entity -> the schema type to ask ftrack for; a link says *task* of any typed context.
KINDS = {
    "assetversion": "AssetVersion",
    "asset_version": "AssetVersion",
    "version": "AssetVersion",
    "show": "Project",
    "project": "Project",
    "task": "TypedContext",
    "context": "TypedContext",
    "typedcontext": "TypedContext",
    "shot": "TypedContext",
    "sequence": "TypedContext",
    "asset": "Asset",
    "list": "List",
    "review": "ReviewSession",
    "reviewsession": "ReviewSession",
    "review_session": "ReviewSession",
}

#: Types of which the client shows no panel by a link.
_WITHOUT_A_PAGE = {
    *("Asset", "AssetVersionList", "List", "TypedContextList"),
    *("Note", "ReviewSession", "ReviewSessionObject", "User", "Component", "FileComponent", "SequenceComponent", "Job"),
}

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TYPED = re.compile(r"([A-Za-z][A-Za-z0-9_]*):([^\s:/]\S*)")
#: Parameters with an id, and those that say of what; a panel that slid over a page is what its reader looks at.
_PARAMETERS = (("slideentityid", "slideentitytype"), ("entityid", "entitytype"), ("id", "type"))


@dataclass(frozen=True)
class Named:
    """An entity as somebody named it.

    Attributes:
        id: Its id.
        type: Its schema type, perhaps a general one such as ``TypedContext``; None when nothing says so.
        server: The address of the ftrack that a link leads to; None for anything else.
    """

    id: str
    type: str | None = None
    server: str | None = None


def read_entity(text: str) -> Named | None:
    """Return the entity that a text names, or None when it names none.

    Args:
        text: ``Task:7b1c…``, an id, or a link with one in its parameters, its fragment or its path.
    """
    text = text.strip().strip("<>\"'")
    if "://" in text:
        return _read_link(text)
    if typed := _TYPED.fullmatch(text):
        return Named(_plain(typed[2]), KINDS.get(typed[1].lower(), typed[1]) if typed[1].islower() else typed[1])
    return Named(_plain(text)) if _ID.fullmatch(text) else None


def _read_link(link: str) -> Named | None:
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    server = f"{parts.scheme}://{parts.netloc}".lower()
    # The client keeps its place in the fragment, which may look like a path and parameters of its own.
    path, _, behind = parts.fragment.rpartition("?")
    for text in (behind or parts.fragment, parts.query):
        given = {name.lower(): value for name, value in parse_qsl(text)}
        for id_name, type_name in _PARAMETERS:
            if found := _ID.fullmatch(given.get(id_name, "").strip()):
                return Named(_plain(found[0]), KINDS.get(given.get(type_name, "").lower()), server)
    return _read_path(unquote(f"{parts.path}/{path or parts.fragment}"), server)


def _read_path(path: str, server: str) -> Named | None:
    """Return the last entity of a path such as ``/project/ID/task/ID``."""
    steps = [step for step in path.split("/") if step]
    for before, step in reversed(list(zip(["", *steps], steps, strict=False))):
        if _ID.fullmatch(step):
            return Named(_plain(step), KINDS.get(before.lower()), server)
    found = _ID.search(path)
    return Named(_plain(found[0]), None, server) if found else None


def _plain(entity_id: str) -> str:
    """Return an id as ftrack writes it."""
    return entity_id.lower() if _ID.fullmatch(entity_id) else entity_id


def link_to(server: str, entity_type: str, entity_id: str, project_id: str | None) -> str | None:
    """Return the address where ftrack's web client shows an entity; None for what it has no page for.

    Args:
        server: The address of the ftrack.
        entity_type: Its schema type.
        entity_id: Its id.
        project_id: Its project, which the client opens behind it.
    """
    if entity_type == "Project":
        place = {"entityId": entity_id, "entityType": "show", "itemId": "projects", "view": "tasks"}
        return f"{server.rstrip('/')}/#{urlencode(place)}"
    if project_id is None or entity_type in _WITHOUT_A_PAGE:
        return None
    is_version = entity_type == "AssetVersion"
    panel = {"slideEntityId": entity_id, "slideEntityType": "assetversion" if is_version else "task"}
    behind = {"itemId": "projects", "view": "versions_v1" if is_version else "tasks"}
    project = {"entityId": project_id, "entityType": "show"}
    return f"{server.rstrip('/')}/#{urlencode(panel | behind | project)}"
