"""The statuses that a project's workflow allows, found like in the official client's project_schema.py."""

from __future__ import annotations

from collections.abc import Iterable

from callboard.changes import Entity, Workflow
from callboard.errors import Refused
from callboard.ftrack import Ftrack, quote

#: Projections to read of a project to know its workflow.
WORKFLOW_READS = (
    "project_schema.task_workflow_schema.statuses.name",
    "project_schema.asset_version_workflow_schema.statuses.name",
    "project_schema.task_workflow_schema_overrides.type_id",
    "project_schema.task_workflow_schema_overrides.workflow_schema.statuses.name",
    "project_schema.object_type_schemas.type_id",
    "project_schema.object_type_schemas.statuses.task_status.name",
)
#: The query for the names of the object types.
OBJECT_TYPES = "select name from ObjectType"


def workflow_of(project: Entity, object_types: Iterable[Entity]) -> Workflow:
    """Return the statuses of a project's versions, tasks and other objects.

    Args:
        project: Read with :data:`WORKFLOW_READS`.
        object_types: The result of :data:`OBJECT_TYPES`.
    """
    schema = project["project_schema"]
    allowed: dict[tuple[str, str | None], dict[str, str]] = {
        ("Task", None): _by_name(schema.at("task_workflow_schema.statuses")),
        ("AssetVersion", None): _by_name(schema.at("asset_version_workflow_schema.statuses")),
    }
    for override in schema["task_workflow_schema_overrides"]:
        allowed["Task", override["type_id"]] = _by_name(override.at("workflow_schema.statuses"))
    names = {object_type.id: str(object_type["name"]) for object_type in object_types}
    for own in schema["object_type_schemas"]:
        name = names.get(own["type_id"])
        # The statuses of tasks are in the workflow and its overrides.
        if name is not None and name != "Task":
            allowed[name, None] = _by_name([row["task_status"] for row in own["statuses"]])
    return Workflow(allowed)


def read_workflow(ftrack: Ftrack, project_id: str) -> Workflow:
    """Return the workflow of one project, for actions; triggers receive it with the change.

    Raises:
        Refused: The project does not exist.
    """
    project = f"select {', '.join(WORKFLOW_READS)} from Project where id is {quote(project_id)}"
    projects, object_types = ftrack.query_many([project, OBJECT_TYPES])
    if not projects:
        raise Refused("The project does not exist any more.")
    return workflow_of(projects[0], object_types)


def _by_name(statuses: Iterable[Entity] | None) -> dict[str, str]:
    return {str(status["name"]): status.id for status in statuses or ()}
