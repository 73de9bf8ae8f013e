"""The pages that create: a project, anything below one, and a version with its media."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.schema.object_types import type_name
from ftrack_sandbox.web.pages.client import Entity, create, quoted
from ftrack_sandbox.web.pages.people import assignable
from ftrack_sandbox.web.pages.uploads import uploaded
from ftrack_sandbox.web.pages.visit import Visit, page
from ftrack_sandbox.web.pages.workflow import statuses_of_version, types_of


def _new_project(visit: Visit) -> Response:
    schemas = visit.client.query("select name from ProjectSchema order by name")
    return visit.render("new_project.html", schemas=schemas)


def _create_project(visit: Visit) -> str:
    name = visit.text("name")
    project_id = str(uuid.uuid4())
    visit.client.call(
        create(
            "Project",
            id=project_id,
            name=name,
            full_name=visit.text("full_name") or name,
            project_schema_id=visit.text("schema"),
            is_private="private" in visit.form,
        )
    )
    return f"/project/{project_id}"


def _parent(visit: Visit) -> Entity:
    """Return the project or context in the address, below which something is created."""
    project = visit.client.find("Project", visit.id, "name, link, project_id, project_schema_id")
    if project is not None:
        return {**project, "schema_id": project["project_schema_id"], "is_task": False}
    found = visit.client.get(
        "TypedContext", visit.id, "name, link, project_id, parent_id, object_type.name, project.project_schema_id"
    )
    is_task = found["object_type"]["name"] == "Task"
    return {**found, "schema_id": found["project"]["project_schema_id"], "is_task": is_task}


def _kind(visit: Visit) -> Entity:
    """Return the object type in the address."""
    kind = visit.request.path_params["kind"]
    for each in visit.client.query("select name, is_typeable from ObjectType"):
        if type_name(each["name"]) == kind:
            return each
    raise HTTPException(404, f"This ftrack has no {kind}.")


def _new_context(visit: Visit) -> Response:
    parent, kind = _parent(visit), _kind(visit)
    return visit.render(
        "new_context.html",
        parent=parent,
        kind=kind["name"],
        is_typeable=kind["is_typeable"],
        types=types_of(visit.client, parent["schema_id"], kind),
        people=assignable(visit.client),
        priorities=visit.client.query("select name from Priority order by sort"),
    )


def _create_context(visit: Visit) -> str:
    entity_type = type_name(_kind(visit)["name"])
    context_id = str(uuid.uuid4())
    chosen = {"type_id": visit.text("type"), "priority_id": visit.text("priority")}
    data: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    operations = [
        create(
            entity_type,
            id=context_id,
            name=visit.text("name"),
            parent_id=visit.id,
            description=visit.text("description"),
            **data,
        )
    ]
    operations += [
        create("Appointment", context_id=context_id, resource_id=each, type="assignment")
        for each in visit.texts("assignee")
    ]
    visit.client.call(*operations)
    return f"/context/{context_id}"


def _new_version(visit: Visit) -> Response:
    parent = _parent(visit)
    assets, types = visit.client.read(
        f"select name from Asset where context_id is {quoted(_place_of_assets(parent))} order by name",
        "select name from AssetType order by name",
    )
    statuses = statuses_of_version(visit.client, parent["schema_id"])
    return visit.render("new_version.html", parent=parent, assets=assets, types=types, statuses=statuses)


def _place_of_assets(parent: Entity) -> str:
    """Return where the assets of a context are: those of a task are its shot's."""
    return str(parent["parent_id"] if parent["is_task"] else parent["id"])


def _create_version(visit: Visit) -> str:
    """Upload the media, then create everything in one batch and have it encoded, as ftrack's own web pages do."""
    parent = _parent(visit)
    asset_id, operations = _asset(visit, parent)
    version_id = str(uuid.uuid4())
    data = {"status_id": visit.text("status")} if visit.text("status") else {}
    if parent["is_task"]:
        data["task_id"] = parent["id"]
    operations.append(create("AssetVersion", id=version_id, asset_id=asset_id, comment=visit.text("comment"), **data))
    with uploaded(visit.client, visit.files("media")) as uploads:
        for each in uploads:
            operations += each.operations(version_id=version_id)
            if "encode" in visit.form:
                encode = {"action": "encode_media", "component_id": each.component_id, "version_id": version_id}
                operations.append(encode)
        visit.client.call(*operations)
    return f"/version/{version_id}"


def _asset(visit: Visit, parent: Entity) -> tuple[str, list[dict[str, Any]]]:
    """Return the id of the version's asset, and what creates it if it is a new one."""
    asset_id, name = visit.text("asset"), visit.text("new_asset")
    if asset_id:
        return asset_id, []
    if not name:
        raise ValidationError("A version needs an asset: choose one, or type the name of a new one.")
    asset_id = str(uuid.uuid4())
    data = {"type_id": visit.text("asset_type")} if visit.text("asset_type") else {}
    return asset_id, [create("Asset", id=asset_id, name=name, context_id=_place_of_assets(parent), **data)]


ROUTES = [
    Route("/new/project", page(_new_project, {"create": _create_project}), methods=["GET", "POST"]),
    Route("/new/version/{id}", page(_new_version, {"create": _create_version}), methods=["GET", "POST"]),
    Route("/new/{kind}/{id}", page(_new_context, {"create": _create_context}), methods=["GET", "POST"]),
]
