"""The projects, and the tree of one: branches open where somebody opened them, page by page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.web.pages import attributes, notes
from ftrack_sandbox.web.pages.client import Entity, quoted, update
from ftrack_sandbox.web.pages.contexts import ROW, set_thumbnail
from ftrack_sandbox.web.pages.visit import Visit, page

#: Rows below one branch of the tree, and branches that can be open.
_MANY: Final = 100
_OPEN: Final = 40


@dataclass
class Node:
    """A row of the tree.

    Attributes:
        entity: The context.
        toggle: The address at which it is open, or closed if it is; None if nothing can be below it.
        below: The rows below it if it is open, else None.
        more: The address that shows the next rows below it too.
    """

    entity: Entity
    toggle: str | None = None
    below: list[Node] | None = None
    more: str | None = None


@dataclass
class _Branches:
    """The branches that the address names as open, each with the number of rows to show."""

    shown: dict[str, int] = field(default_factory=dict)

    def address(self, entity_id: str, *, rows: int = 0) -> str:
        """Return the address with one branch changed: rows to show, or none to close it."""
        shown = {**self.shown, entity_id: rows} if rows else {k: v for k, v in self.shown.items() if k != entity_id}
        query = urlencode([("open", f"{each}:{number}") for each, number in shown.items()])
        return f"?{query}#row-{entity_id}"


def _show_all(visit: Visit) -> Response:
    projects = visit.client.query(
        "select name, full_name, color, status, thumbnail_id, start_date, end_date, project_schema.name "
        "from Project order by full_name"
    )
    return visit.render("projects.html", projects=projects)


def _show(visit: Visit) -> Response:
    project = visit.client.get(
        "Project",
        visit.id,
        "name, full_name, status, color, root, is_private, start_date, end_date, thumbnail_id, "
        f"project_schema.name, {attributes.SELECTED}",
    )
    top, kinds, of_project, reviews = visit.client.read(
        _children(visit.id, visit.offset("rows") or _MANY),
        "select name from ObjectType order by sort",
        f"select name, system_type, is_open, category.name from List where project_id is {quoted(visit.id)} "
        "order by date desc, name limit 20",
        f"select name from ReviewSession where project_id is {quoted(visit.id)} order by created_at desc limit 20",
    )
    branches = _Branches(_opened(visit))
    rows = visit.offset("rows") or _MANY
    return visit.render(
        "project.html",
        project=project,
        tree=_tree(visit, top[:rows], branches),
        more_rows=f"?rows={rows + _MANY}" if len(top) > rows else None,
        kinds=[each["name"] for each in kinds],
        lists=of_project,
        reviews=reviews,
        attributes=attributes.read(project),
        **notes.threads(visit, visit.id),
    )


def _opened(visit: Visit) -> dict[str, int]:
    """Return the branches that the address names."""
    opened = {}
    for each in visit.request.query_params.getlist("open")[:_OPEN]:
        entity_id, _, number = each.partition(":")
        opened[entity_id] = min(int(number), 10 * _MANY) if number.isdecimal() and len(number) < _MANY else _MANY
    return opened


def _tree(visit: Visit, top: list[Entity], branches: _Branches) -> list[Node]:
    """Return the rows of the tree, with what is below those that are open."""
    found = visit.client.read(*(_children(parent, rows) for parent, rows in branches.shown.items()))
    below = dict(zip(branches.shown, found, strict=True))

    def node(entity: Entity, above: frozenset[str]) -> Node:
        if entity["object_type"]["is_leaf"]:
            return Node(entity)
        entity_id = entity["id"]
        rows = below.get(entity_id)
        if rows is None or entity_id in above:
            return Node(entity, branches.address(entity_id, rows=_MANY))
        shown = branches.shown[entity_id]
        more = branches.address(entity_id, rows=shown + _MANY) if len(rows) > shown else None
        inside = above | {entity_id}
        return Node(entity, branches.address(entity_id), [node(each, inside) for each in rows[:shown]], more)

    return [node(each, frozenset()) for each in top]


def _children(parent_id: str, rows: int) -> str:
    return (
        f"select {ROW} from TypedContext where parent_id is {quoted(parent_id)} "
        f"order by object_type.sort, name, id limit {rows + 1}"
    )


def _edit(visit: Visit) -> None:
    values: dict[str, Any] = {"full_name": visit.text("full_name"), "root": visit.text("root")}
    for name, label in (("start_date", "Start"), ("end_date", "End")):
        text = visit.text(name)
        values[name] = attributes.to_date(text, label) if text else None
    visit.client.call(update("Project", visit.id, **values))


def _save_attributes(visit: Visit) -> None:
    attributes.save(visit, visit.client.get("Project", visit.id, attributes.SELECTED))


def _set_thumbnail(visit: Visit) -> None:
    set_thumbnail(visit, "Project")


_ACTIONS = {**notes.ACTIONS, "edit": _edit, "attributes": _save_attributes, "thumbnail": _set_thumbnail}
ROUTES = [
    Route("/", page(_show_all)),
    Route("/project/{id}", page(_show, _ACTIONS), methods=["GET", "POST"]),
]
