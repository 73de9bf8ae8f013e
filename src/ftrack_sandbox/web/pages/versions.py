"""The pages of assets and their versions: media that play, notes, what is linked."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.web.pages import attributes, lists, notes
from ftrack_sandbox.web.pages.client import Entity, quoted, update
from ftrack_sandbox.web.pages.contexts import MANY, VERSION_ROW, set_thumbnail
from ftrack_sandbox.web.pages.files import IMAGES, MOVIES, extension
from ftrack_sandbox.web.pages.people import select_user
from ftrack_sandbox.web.pages.visit import Visit, page
from ftrack_sandbox.web.pages.workflow import statuses_of_version

_SHOWN: Final = ", ".join(
    [
        *("version", "comment", "date", "is_published", "link", "thumbnail_id", "status_id", "status.name"),
        *("status.color", "asset_id", "asset.name", "asset.parent.project_id", "task.name", "task_id"),
        *("asset.parent.project.project_schema_id", "asset.parent.name", "lists.name", select_user("user")),
        *("review_session_objects.review_session.name", "asset.parent[Project].project_schema_id"),
        *(f"components.{each}" for each in ("name", "file_type", "size", "system_type", "metadata")),
        "components.component_locations.location.name",
        *(f"{side}.{each}" for side in ("uses_versions", "used_in_versions") for each in ("version", "asset.name")),
        attributes.SELECTED,
    ]
)
#: Names of the components that play in the browser, best first.
_REVIEW: Final = ("ftrackreview-mp4", "ftrackreview-image", "ftrackreview-webm")
_RECENT: Final = 20


def _show(visit: Visit) -> Response:
    client = visit.client
    version = client.get("AssetVersion", visit.id, _SHOWN)
    me = quoted(visit.id)
    others, history = client.read(
        f"select version, status.name, status.color from AssetVersion where asset_id is {quoted(version['asset_id'])} "
        f"order by version desc limit {MANY}",
        f"select date, status.name, status.color, from_status.name, {select_user('user')} from StatusChange "
        f"where parent_id is {me} order by date desc, id limit {_RECENT}",
    )
    project_id = version["asset"]["parent"]["project_id"]
    return visit.render(
        "version.html",
        version=version,
        media=media_of(version["components"]),
        components=sorted(version["components"], key=lambda each: (each["name"], each["id"])),
        others=others,
        history=history,
        statuses=statuses_of_version(client, _schema_of(version)),
        attributes=attributes.read(version),
        lists=lists.open_lists(client, project_id, "assetversion"),
        **notes.threads(visit, visit.id),
    )


def media_of(components: list[Entity]) -> dict[str, Any] | None:
    """Return what a version's player shows: the component, its kind, and what ``ftr_meta`` says about its frames.

    Args:
        components: With ``name``, ``file_type``, ``component_locations`` and ``metadata``.
    """
    there = [each for each in components if each["component_locations"]]
    for name in _REVIEW:
        for component in there:
            if component["name"].startswith(name):
                return _medium(component)
    for component in there:
        if extension(component) in MOVIES or extension(component) in IMAGES:
            return _medium(component)
    return None


def _medium(component: Entity) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    for each in component["metadata"]:
        if each["key"] == "ftr_meta":
            try:
                found = json.loads(each["value"])
                meta = found if isinstance(found, dict) else {}
            except ValueError:
                meta = {}
    kind = "movie" if extension(component) in MOVIES else "image"
    return {
        "component": component,
        "kind": kind,
        "rate": rate if (rate := _number(meta.get("frameRate"))) and rate > 0 else None,
        "first": _number(meta.get("frameIn")) or 0,
        "last": _number(meta.get("frameOut")),
    }


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None


def _schema_of(version: Entity) -> str:
    parent = version["asset"]["parent"]
    return str((parent.get("project") or parent)["project_schema_id"])


def _asset(visit: Visit) -> Response:
    shown = "name, type.name, parent.name, parent.link, parent.project_id"
    asset = visit.client.get("Asset", visit.id, f"{shown}, {attributes.SELECTED}")
    offset = visit.offset("versions")
    versions = visit.client.query(
        f"select {VERSION_ROW} from AssetVersion where asset_id is {quoted(visit.id)} "
        f"order by version desc limit {MANY + 1} offset {offset}"
    )
    return visit.render(
        "asset.html",
        asset=asset,
        versions=versions[:MANY],
        newer=f"?versions={max(offset - MANY, 0)}" if offset else None,
        older=f"?versions={offset + MANY}" if len(versions) > MANY else None,
        attributes=attributes.read(asset),
    )


def _set_status(visit: Visit) -> None:
    visit.client.call(update("AssetVersion", visit.id, status_id=visit.text("status")))


def _edit(visit: Visit) -> None:
    visit.client.call(update("AssetVersion", visit.id, comment=visit.text("comment")))


def _save_attributes(visit: Visit) -> None:
    attributes.save(visit, visit.client.get("AssetVersion", visit.id, attributes.SELECTED))


def _save_attributes_of_asset(visit: Visit) -> None:
    attributes.save(visit, visit.client.get("Asset", visit.id, attributes.SELECTED))


def _set_thumbnail(visit: Visit) -> None:
    set_thumbnail(visit, "AssetVersion")


def _add_to_list(visit: Visit) -> None:
    lists.add(visit, visit.text("list"), visit.id)


_ACTIONS = {
    **notes.ACTIONS,
    "status": _set_status,
    "edit": _edit,
    "attributes": _save_attributes,
    "thumbnail": _set_thumbnail,
    "list": _add_to_list,
}
ROUTES = [
    Route("/version/{id}", page(_show, _ACTIONS), methods=["GET", "POST"]),
    Route("/asset/{id}", page(_asset, {"attributes": _save_attributes_of_asset}), methods=["GET", "POST"]),
]
