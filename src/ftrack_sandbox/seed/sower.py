"""The sower of the seeds' data, which remembers entities by name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.creating import create


@dataclass(frozen=True)
class ObjectTypeWorkflow:
    """The statuses and types that a project schema allows for one object type, each in order."""

    object_type: str
    statuses: tuple[str, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A project schema: everything that projects of one kind may use.

    Attributes:
        name: Name of the project schema.
        task_types: Types of tasks.
        task_statuses: Statuses of tasks.
        version_statuses: Statuses of versions.
        object_types: What the other object types have; every one of them may be used.
        overrides: Statuses of tasks of one type, where they differ.
    """

    name: str
    task_types: tuple[str, ...]
    task_statuses: tuple[str, ...]
    version_statuses: tuple[str, ...]
    object_types: tuple[ObjectTypeWorkflow, ...]
    overrides: Mapping[str, tuple[str, ...]]


class Sower:
    """Creates entities the way the operation does, so rules apply to seeds too."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def sow(self, entity_type: str, /, **attributes: Any) -> str:
        """Create an entity and return its id, chosen here unless given."""
        attributes.setdefault("id", str(uuid.uuid4()))
        create(self.call, entity_type, attributes)
        return str(attributes["id"])

    def link(self, entity_type: str, /, **attributes: Any) -> None:
        """Create an entity whose key is made of others'."""
        create(self.call, entity_type, attributes)

    def id_of(self, entity_type: str, name: str) -> str:
        """Return the id of the entity with that name, which the seeds created earlier."""
        column = "username" if entity_type == "User" else "name"
        return self.call.records.select(entity_type, **{column: name})[0].id

    def workflow(self, workflow: Workflow) -> None:
        """Create a project schema and all that belongs to it."""
        task_workflow = self._statuses(f"{workflow.name} tasks", workflow.task_statuses)
        task_types = self.sow("TaskTypeSchema", name=workflow.name)
        for name in workflow.task_types:
            self.link("TaskTypeSchemaType", task_type_schema_id=task_types, type_id=self.id_of("Type", name))
        schema = self.sow(
            "ProjectSchema",
            name=workflow.name,
            task_type_schema_id=task_types,
            task_workflow_schema_id=task_workflow,
            asset_version_workflow_schema_id=self._statuses(f"{workflow.name} versions", workflow.version_statuses),
        )
        for object_type in ("Task", *(each.object_type for each in workflow.object_types)):
            key = self.id_of("ObjectType", object_type)
            self.link("ProjectSchemaObjectType", project_schema_id=schema, object_type_id=key)
        for each in workflow.object_types:
            self._object_type(schema, each)
        for type_name, statuses in workflow.overrides.items():
            self.sow(
                "ProjectSchemaOverride",
                project_schema_id=schema,
                type_id=self.id_of("Type", type_name),
                workflow_schema_id=self._statuses(f"{workflow.name} {type_name}", statuses),
            )

    def _statuses(self, name: str, statuses: Iterable[str]) -> str:
        workflow = self.sow("WorkflowSchema", name=name)
        for status in statuses:
            self.link("WorkflowSchemaStatus", workflow_schema_id=workflow, status_id=self.id_of("Status", status))
        return workflow

    def _object_type(self, project_schema: str, workflow: ObjectTypeWorkflow) -> None:
        object_type = self.id_of("ObjectType", workflow.object_type)
        schema = self.sow("Schema", project_schema_id=project_schema, type_id=object_type)
        for sort, name in enumerate(workflow.statuses):
            self.link("SchemaStatus", schema_id=schema, status_id=self.id_of("Status", name), sort=sort)
        for sort, name in enumerate(workflow.types):
            self.link("SchemaType", schema_id=schema, type_id=self.id_of("Type", name), sort=sort)
