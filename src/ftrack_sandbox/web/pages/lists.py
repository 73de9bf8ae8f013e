"""Lists of tasks or versions: all of them, one, and how something gets onto one."""

from __future__ import annotations

import uuid
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Client, Entity, create, delete, quoted, update
from ftrack_sandbox.web.pages.people import select_resource, select_user
from ftrack_sandbox.web.pages.visit import Visit, page

_MANY: Final = 200

#: Kind of list -> its entity type.
_TYPES: Final = {"assetversion": "AssetVersionList", "task": "TypedContextList"}

_VERSION: Final = ", ".join(
    [
        *("version", "asset.name", "asset.parent.name", "status.name", "status.color", "thumbnail_id", "date"),
        *("comment", select_user("user")),
    ]
)
_TASK: Final = ", ".join(
    [
        *("name", "link", "status.name", "status.color", "type.name", "thumbnail_id", "end_date"),
        select_resource("assignments.resource"),
    ]
)


def open_lists(client: Client, project_id: str, kind: str) -> list[Entity]:
    """Return the open lists of a project, newest first; ``kind`` is ``task`` or ``assetversion``."""
    return client.query(
        f"select name from List where project_id is {quoted(project_id)} and system_type is {quoted(kind)} "
        f"and is_open is true order by date desc, name limit {_MANY}"
    )


def add(visit: Visit, list_id: str, entity_id: str) -> None:
    """Put an entity onto a list; it may be on it already.

    Raises:
        ValidationError: No list was chosen.
    """
    if not list_id:
        raise ValidationError("There is no list to add to: create one on the page Lists.")
    known = visit.client.query(
        f"select id from ListObject where list_id is {quoted(list_id)} and entity_id is {quoted(entity_id)}"
    )
    if not known:
        visit.client.call(create("ListObject", list_id=list_id, entity_id=entity_id))


def _show_all(visit: Visit) -> Response:
    offset = visit.offset("from")
    found, projects, categories = visit.client.read(
        "select name, date, is_open, system_type, category.name, project.full_name from List "
        f"order by project.full_name, date desc, name limit {_MANY + 1} offset {offset}",
        "select full_name from Project order by full_name",
        "select name from ListCategory order by name",
    )
    return visit.render(
        "lists.html",
        lists=found[:_MANY],
        newer=f"?from={max(offset - _MANY, 0)}" if offset else None,
        older=f"?from={offset + _MANY}" if len(found) > _MANY else None,
        projects=projects,
        categories=categories,
    )


def _create(visit: Visit) -> str:
    kind = _TYPES.get(visit.text("kind"))
    if kind is None or not visit.text("name"):
        raise ValidationError("A list needs a name and what it is of: tasks or versions.")
    list_id = str(uuid.uuid4())
    visit.client.call(
        create(
            kind,
            id=list_id,
            name=visit.text("name"),
            project_id=visit.text("project"),
            category_id=visit.text("category"),
            user_id=visit.client.user_id,
        )
    )
    return f"/list/{list_id}"


def _show(visit: Visit) -> Response:
    client = visit.client
    found = client.get(
        "List", visit.id, f"name, date, is_open, system_type, category.name, project.full_name, {select_user('owner')}"
    )
    offset = visit.offset("from")
    is_versions = found["system_type"] == "assetversion"
    entity_type, shown, order = (
        ("AssetVersion", _VERSION, "asset.parent.name, asset.name, version")
        if is_versions
        else ("TypedContext", _TASK, "project_id, parent.name, name")
    )
    items = client.query(
        f"select {shown} from {entity_type} where lists any (id is {quoted(visit.id)}) "
        f"order by {order}, id limit {_MANY + 1} offset {offset}"
    )
    objects = client.query(f"select entity_id from ListObject where list_id is {quoted(visit.id)}")
    return visit.render(
        "list.html",
        list=found,
        is_versions=is_versions,
        items=items[:_MANY],
        objects={each["entity_id"]: each["id"] for each in objects},
        newer=f"?from={max(offset - _MANY, 0)}" if offset else None,
        older=f"?from={offset + _MANY}" if len(items) > _MANY else None,
    )


def _remove(visit: Visit) -> None:
    visit.client.call(delete("ListObject", visit.text("object")))


def _open_or_close(visit: Visit) -> None:
    found = visit.client.get("List", visit.id, "is_open")
    visit.client.call(update(found["__entity_type__"], visit.id, is_open=not found["is_open"]))


ROUTES = [
    Route("/lists", page(_show_all, {"create": _create}), methods=["GET", "POST"]),
    Route("/list/{id}", page(_show, {"remove": _remove, "open": _open_or_close}), methods=["GET", "POST"]),
]
