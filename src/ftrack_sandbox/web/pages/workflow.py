"""The statuses and types that a project's schema offers."""

from __future__ import annotations

from ftrack_sandbox.web.pages.client import Client, Entity, quoted


def statuses_of_context(client: Client, context: Entity) -> list[Entity]:
    """Return the statuses that a context may get, in their order.

    Args:
        client: Reads.
        context: With ``object_type.name``, ``type_id`` and ``project.project_schema_id``.
    """
    schema = quoted(context["project"]["project_schema_id"])
    if context["object_type"]["name"] == "Task":
        found, usual = client.read(
            "select workflow_schema.statuses.name, workflow_schema.statuses.color, workflow_schema.statuses.sort "
            f"from ProjectSchemaOverride where project_schema_id is {schema} "
            f"and type_id is {quoted(context['type_id'] or '')}",
            _workflow("_task_workflow", schema),
        )
        workflow = found[0]["workflow_schema"] if found else usual[0]["_task_workflow"]
        return _in_order(workflow["statuses"] if workflow else [])
    schemas, usual = client.read(
        "select statuses.sort, statuses.task_status.name, statuses.task_status.color, statuses.task_status.sort "
        f"from Schema where project_schema_id is {schema} and type_id is {quoted(context['object_type_id'])}",
        _workflow("_task_workflow", schema),
    )
    own = [each["task_status"] for schema in schemas for each in schema["statuses"] if each["task_status"]]
    workflow = usual[0]["_task_workflow"]
    return _in_order(own or (workflow["statuses"] if workflow else []))


def statuses_of_version(client: Client, project_schema_id: str) -> list[Entity]:
    """Return the statuses that a version may get, in their order."""
    [schema] = client.query(_workflow("_version_workflow", quoted(project_schema_id)))
    workflow = schema["_version_workflow"]
    return _in_order(workflow["statuses"] if workflow else [])


def types_of(client: Client, project_schema_id: str, object_type: Entity) -> list[Entity]:
    """Return the types that a context of an object type may have, in their order."""
    schema = quoted(project_schema_id)
    if object_type["name"] == "Task":
        [found] = client.query(
            f"select _task_type_schema.types.name, _task_type_schema.types.sort from ProjectSchema where id is {schema}"
        )
        return _in_order(found["_task_type_schema"]["types"] if found["_task_type_schema"] else [])
    schemas = client.query(
        "select types.task_type.name, types.task_type.sort "
        f"from Schema where project_schema_id is {schema} and type_id is {quoted(object_type['id'])}"
    )
    return _in_order([each["task_type"] for schema in schemas for each in schema["types"] if each["task_type"]])


def _workflow(name: str, schema: str) -> str:
    return (
        f"select {name}.statuses.name, {name}.statuses.color, {name}.statuses.sort from ProjectSchema "
        f"where id is {schema}"
    )


def _in_order(entities: list[Entity]) -> list[Entity]:
    return sorted(entities, key=lambda each: (each["sort"], each["name"] or ""))
