"""The page of a context: a sequence, a shot, a task or whatever else hangs below a project."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.web.pages import attributes, lists, notes
from ftrack_sandbox.web.pages.client import Entity, create, delete, quoted, update
from ftrack_sandbox.web.pages.people import assignable, select_resource, select_user
from ftrack_sandbox.web.pages.uploads import uploaded
from ftrack_sandbox.web.pages.visit import Visit, page
from ftrack_sandbox.web.pages.workflow import statuses_of_context, types_of

#: Rows of a table, and of the history.
MANY: Final = 100
_RECENT: Final = 20

_SHOWN: Final = ", ".join(
    [
        *("name", "description", "link", "parent_id", "project.project_schema_id", "project.full_name"),
        *("type_id", "type.name", "status_id", "status.name", "status.color", "priority_id", "priority.name"),
        *("object_type.name", "object_type.is_leaf", "object_type.is_statusable", "object_type.is_typeable"),
        *("bid", "start_date", "end_date", "thumbnail_id", "lists.name"),
        *("incoming_links.from.name", "incoming_links.from.link", "outgoing_links.to.name", "outgoing_links.to.link"),
        select_resource("assignments.resource"),
        attributes.SELECTED,
    ]
)
#: What a table of contexts shows.
ROW: Final = ", ".join(
    [
        *("name", "status.name", "status.color", "type.name", "type.color", "end_date", "thumbnail_id"),
        *("object_type.name", "object_type.is_leaf", "object_type.is_statusable", "object_type.is_typeable"),
        select_resource("assignments.resource"),
    ]
)
#: What a table of versions shows.
VERSION_ROW: Final = ", ".join(
    [
        *("version", "comment", "date", "status.name", "status.color", "asset.name", "thumbnail_id"),
        *("task.name", select_user("user")),
    ]
)


def _show(visit: Visit) -> Response:
    client = visit.client
    context = client.get("TypedContext", visit.id, _SHOWN)
    offset, me = visit.offset("children"), quoted(visit.id)
    children, versions, history, priorities, kinds = client.read(
        f"select {ROW} from TypedContext where parent_id is {me} "
        f"order by object_type.sort, name, id limit {MANY + 1} offset {offset}",
        f"select {VERSION_ROW} from AssetVersion where task_id is {me} or asset.context_id is {me} "
        f"order by date desc, asset.name, version desc limit {MANY}",
        f"select date, status.name, status.color, from_status.name, {select_user('user')} from StatusChange "
        f"where parent_id is {me} order by date desc, id limit {_RECENT}",
        "select name from Priority order by sort",
        "select name, is_leaf from ObjectType order by sort",
    )
    return visit.render(
        "context.html",
        context=context,
        children=children[:MANY],
        newer_children=f"?children={max(offset - MANY, 0)}" if offset else None,
        older_children=f"?children={offset + MANY}" if len(children) > MANY else None,
        versions=versions,
        history=history,
        priorities=priorities,
        kinds=[] if context["object_type"]["is_leaf"] else [each["name"] for each in kinds],
        statuses=statuses_of_context(client, context),
        types=types_of(client, context["project"]["project_schema_id"], context["object_type"]),
        people=assignable(client),
        attributes=attributes.read(context),
        lists=lists.open_lists(client, context["project_id"], "task"),
        **notes.threads(visit, visit.id),
    )


def _set_status(visit: Visit) -> None:
    visit.client.call(update("TypedContext", visit.id, status_id=visit.text("status")))


def _assign(visit: Visit) -> None:
    visit.client.call(create("Appointment", context_id=visit.id, resource_id=visit.text("resource"), type="assignment"))


def _unassign(visit: Visit) -> None:
    visit.client.call(delete("Appointment", visit.text("appointment")))


def _edit(visit: Visit) -> None:
    visit.client.call(update("TypedContext", visit.id, **_edited(visit)))


def _edited(visit: Visit) -> dict[str, Any]:
    values: dict[str, Any] = {"name": visit.text("name"), "description": visit.text("description")}
    values["priority_id"] = visit.text("priority")
    if visit.text("type"):
        values["type_id"] = visit.text("type")
    for name, label in (("start_date", "Start"), ("end_date", "Due")):
        text = visit.text(name)
        values[name] = attributes.to_date(text, label) if text else None
    values["bid"] = attributes.to_number(visit.text("bid") or "0", "Bid") * SECONDS_OF_BID
    return values


#: Bids are kept in seconds and said in days of eight hours.
SECONDS_OF_BID: Final = 8 * 3600


def _save_attributes(visit: Visit) -> None:
    attributes.save(visit, visit.client.get("TypedContext", visit.id, attributes.SELECTED))


def _set_thumbnail(visit: Visit) -> None:
    set_thumbnail(visit, "TypedContext")


def set_thumbnail(visit: Visit, entity_type: str) -> None:
    """Upload a picture as the thumbnail of the entity in the address."""
    with uploaded(visit.client, visit.files("thumbnail")) as uploads:
        for each in uploads:
            visit.client.call(*each.operations(), update(entity_type, visit.id, thumbnail_id=each.component_id))


def _add_to_list(visit: Visit) -> None:
    lists.add(visit, visit.text("list"), visit.id)


def linked(links: list[Entity], end: str) -> list[Entity]:
    """Return what the links of a context lead to."""
    return [each[end] for each in links if each[end]]


_ACTIONS = {
    **notes.ACTIONS,
    "status": _set_status,
    "assign": _assign,
    "unassign": _unassign,
    "edit": _edit,
    "attributes": _save_attributes,
    "thumbnail": _set_thumbnail,
    "list": _add_to_list,
}
ROUTES = [Route("/context/{id}", page(_show, _ACTIONS), methods=["GET", "POST"])]
