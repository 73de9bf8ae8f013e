"""The first status and type of new entities, by their project's schema.

A project schema's workflow is advice to people's tools: a status or type outside it is accepted, as long as
it exists. Only what the client leaves out is taken from there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.hooks import Row
from ftrack_sandbox.operations.records import Record

_TASK_OBJECT_TYPE: Final = "11c137c0-ee7e-4f9c-91c5-8c77cec22b2c"

_TABLES: Final = (
    *("ProjectSchema", "ProjectSchemaOverride", "Schema", "SchemaStatus", "SchemaType", "Status"),
    *("TaskTypeSchemaType", "Type", "WorkflowSchemaStatus"),
)


def default_status(call: Call, row: Row) -> str | None:
    """Return the status that a context begins with, given its project and type."""

    def find(schema: Record) -> str | None:
        if row["object_type_id"] == _TASK_OBJECT_TYPE:
            overrides = call.records.select(
                "ProjectSchemaOverride", project_schema_id=schema.id, type_id=row.get("type_id")
            )
            workflow_id = (overrides[0] if overrides else schema).row[
                "workflow_schema_id" if overrides else "task_workflow_schema_id"
            ]
            return _first_of_workflow(call, workflow_id)
        return _first_of_schema(call, schema, row["object_type_id"], "SchemaStatus", "status_id") or (
            _first_of_workflow(call, schema.row["task_workflow_schema_id"])
        )

    return _remember(call, row["project_id"], ("Status", row["object_type_id"], row.get("type_id")), find)


def default_type(call: Call, row: Row) -> str | None:
    """Return the type that a context begins with, given its project."""

    def find(schema: Record) -> str | None:
        if row["object_type_id"] == _TASK_OBJECT_TYPE:
            links = call.records.select("TaskTypeSchemaType", task_type_schema_id=schema.row["task_type_schema_id"])
            return _first(call, "Type", [each.row["type_id"] for each in links])
        return _first_of_schema(call, schema, row["object_type_id"], "SchemaType", "type_id")

    return _remember(call, row["project_id"], ("Type", row["object_type_id"]), find)


def default_version_status(call: Call, project_id: str) -> str | None:
    """Return the status that a version begins with."""

    def find(schema: Record) -> str | None:
        return _first_of_workflow(call, schema.row["asset_version_workflow_schema_id"])

    return _remember(call, project_id, ("Status", "AssetVersion"), find)


def _remember(
    call: Call, project_id: str, question: tuple[Hashable, ...], find: Callable[[Record], str | None]
) -> str | None:
    """Return the answer for a project, found once in a batch as long as no workflow is changed in it.

    If the project schema has none, the first one of the type counts, which the question begins with.
    """
    asked = (question, project_id, call.records.writes_to(_TABLES))
    if asked not in call.remembered:
        project = call.records.get("Project", [project_id])
        schema = call.records.get("ProjectSchema", [project.row["project_schema_id"]])
        call.remembered[asked] = find(schema) or _first_of_all(call, str(question[0]))
    answer: str | None = call.remembered[asked]
    return answer


def _first_of_workflow(call: Call, workflow_schema_id: str | None) -> str | None:
    if workflow_schema_id is None:
        return None
    links = call.records.select("WorkflowSchemaStatus", workflow_schema_id=workflow_schema_id)
    return _first(call, "Status", [each.row["status_id"] for each in links])


def _first_of_schema(call: Call, schema: Record, object_type_id: str, link: str, column: str) -> str | None:
    for each in call.records.select("Schema", project_schema_id=schema.id, type_id=object_type_id):
        links = call.records.select(link, schema_id=each.id)
        if links:
            return str(min(links, key=lambda one: one.row["sort"] or 0).row[column])
    return None


def _first(call: Call, type_name: str, ids: list[Any]) -> str | None:
    found = call.records.select(type_name, id=ids)
    return min(found, key=lambda each: each.row["sort"] or 0).id if found else None


def _first_of_all(call: Call, type_name: str) -> str | None:
    found = call.records.select(type_name)
    return min(found, key=lambda each: each.row["sort"] or 0).id if found else None
