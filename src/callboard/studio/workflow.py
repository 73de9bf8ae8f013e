"""Which statuses a project's workflow allows, for actions; triggers get it handed."""

from __future__ import annotations

from callboard.changes import Entity, Workflow
from callboard.errors import Refused
from callboard.ftrack import Ftrack, quote


def read_workflow(ftrack: Ftrack, project_id: str) -> Workflow:
    """The statuses of a project's versions and tasks.

    Raises:
        Refused: There is no such project.
    """
    schema = "project_schema"
    reads = ", ".join(
        (
            f"{schema}.task_workflow_schema.statuses.name",
            f"{schema}.asset_version_workflow_schema.statuses.name",
            f"{schema}.task_workflow_schema_overrides.type_id",
            f"{schema}.task_workflow_schema_overrides.workflow_schema.statuses.name",
        )
    )
    projects = ftrack.query(f"select {reads} from Project where id is {quote(project_id)}")
    if not projects:
        raise Refused("The project does not exist any more.")
    found: Entity = projects[0][schema]
    allowed: dict[tuple[str, str | None], dict[str, str]] = {
        ("Task", None): _by_name(found.at("task_workflow_schema.statuses")),
        ("AssetVersion", None): _by_name(found.at("asset_version_workflow_schema.statuses")),
    }
    for override in found["task_workflow_schema_overrides"]:
        allowed["Task", override["type_id"]] = _by_name(override.at("workflow_schema.statuses"))
    return Workflow(allowed)


def _by_name(statuses: list[Entity] | None) -> dict[str, str]:
    return {str(status["name"]): status.id for status in statuses or []}
