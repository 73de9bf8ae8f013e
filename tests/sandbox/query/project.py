"""A small project to ask questions about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ftrack_sandbox.query import QueryResult
from ftrack_sandbox.schema.object_types import STANDARD_OBJECT_TYPES
from ftrack_sandbox.store import Transaction

Ask = Callable[[str], QueryResult]

OBJECT_TYPES = {row["name"]: row["id"] for row in STANDARD_OBJECT_TYPES}


def plant(connection: Transaction) -> None:
    """Write the project."""
    _workflow(connection)
    _people(connection)
    _contexts(connection)
    _versions(connection)
    _custom_attributes(connection)
    _custom_links(connection)
    _lists_and_reviews(connection)


def _workflow(connection: Transaction) -> None:
    icon: dict[str, Any] = {"icon": "task", "sort": 0, "is_time_reportable": True, "is_taskable": True}
    connection.insert_many("ObjectType", [{**row, **icon} for row in STANDARD_OBJECT_TYPES])
    connection.insert("State", {"id": "done", "name": "Done", "short": "DONE"})
    connection.insert("State", {"id": "open", "name": "Open", "short": "NOT_STARTED"})
    connection.insert("Status", {"id": "todo", "name": "Not Started", "sort": 1, "is_active": True, "state_id": "open"})
    connection.insert("Status", {"id": "final", "name": "Final", "sort": 2, "is_active": True, "state_id": "done"})
    connection.insert("Type", {"id": "anim", "name": "Animation"})
    connection.insert("WorkflowSchema", {"id": "flow", "name": "Flow"})
    connection.insert_many(
        "WorkflowSchemaStatus", [{"workflow_schema_id": "flow", "status_id": each} for each in ("final", "todo")]
    )
    connection.insert("ProjectSchema", {"id": "vfx", "name": "VFX", "task_workflow_schema_id": "flow"})
    connection.insert("ProjectSchemaObjectType", {"project_schema_id": "vfx", "object_type_id": OBJECT_TYPES["Shot"]})


def _people(connection: Transaction) -> None:
    connection.insert("User", {"id": "ann", "username": "ann@example.org", "is_active": True, "first_name": "Ann"})
    connection.insert("User", {"id": "bob", "username": "bob@example.org", "is_active": False, "thumbnail_id": "png"})
    connection.insert("UserKey", {"user_id": "ann", "key": "secret&key"})
    connection.insert("Group", {"id": "artists", "name": "Artists", "local": True})
    connection.insert("Group", {"id": "animators", "name": "Animators", "local": True, "parent_id": "artists"})
    connection.insert("Membership", {"id": "membership", "group_id": "animators", "user_id": "ann"})


def _contexts(connection: Transaction) -> None:
    common: dict[str, Any] = {"project_id": "show"}
    show: dict[str, Any] = {
        "id": "show",
        "name": "demo",
        "full_name": "The Demo",
        "status": "active",
        "project_schema_id": "vfx",
    }
    connection.insert("Project", {**show, **common})
    connection.insert("Sequence", {"id": "sq1", "name": "sq1", "parent_id": "show", **common})
    shots = [("sh1", "todo"), ("sh2", "final")]
    connection.insert_many(
        "Shot",
        [{"id": name, "name": name, "parent_id": "sq1", "status_id": status, **common} for name, status in shots],
    )
    tasks: list[dict[str, Any]] = [
        {"id": "t1", "name": "animation", "parent_id": "sh1", "status_id": "todo", "type_id": "anim", "bid": 7200},
        {"id": "t2", "name": "lighting 50%", "parent_id": "sh1", "status_id": "final", "bid": 3600},
        {"id": "t3", "name": "Animation", "parent_id": "sh2", "status_id": "todo", "bid": 1800.5},
        {"id": "t4", "name": "überblendung", "parent_id": "show", "description": "an under_score"},
    ]
    created = ["2024-05-01T10:00:00", "2024-05-01T12:30:00", "2024-05-02T00:00:00", "2024-05-03T00:00:00"]
    connection.insert_many(
        "Task", [{**task, **common, "created_at": at} for task, at in zip(tasks, created, strict=True)]
    )
    connection.insert_many(
        "Appointment",
        [
            {"id": "a1", "type": "assignment", "context_id": "t1", "resource_id": "ann"},
            {"id": "a2", "type": "assignment", "context_id": "t2", "resource_id": "bob"},
            {"id": "a3", "type": "allocation", "context_id": "show", "resource_id": "artists"},
        ],
    )
    connection.insert("Timelog", {"id": "log", "context_id": "t1", "user_id": "ann", "duration": 1800})
    connection.insert("Note", {"id": "n1", "content": "Slower.", "parent_id": "t1", "user_id": "ann", "is_todo": True})
    connection.insert("Note", {"id": "n2", "content": "Done.", "in_reply_to_id": "n1", "user_id": "bob"})
    connection.insert("Recipient", {"note_id": "n1", "resource_id": "bob"})
    connection.insert("TypedContextLink", {"id": "link", "from_id": "t1", "to_id": "t2"})
    metadata = [{"parent_id": "t1", "key": key, "value": key.upper()} for key in ("one", "two")]
    connection.insert_many("Metadata", metadata)
    connection.insert(
        "TypedContextStatusChange",
        {"id": "change", "parent_id": "t1", "parent_type": "task", "status_id": "todo", "date": "2024-05-01T10:00:00"},
    )


def _versions(connection: Transaction) -> None:
    connection.insert("Asset", {"id": "asset", "name": "review", "context_id": "sh1"})
    for number in (1, 2, 3):
        connection.insert(
            "AssetVersion",
            {"id": f"v{number}", "version": number, "asset_id": "asset", "task_id": "t1", "is_published": True},
        )
    connection.insert("AssetVersionLink", {"id": "use", "from_id": "v1", "to_id": "v3"})
    connection.insert("FileComponent", {"id": "png", "name": "thumbnail", "file_type": ".png", "version_id": "v1"})
    connection.insert("SequenceComponent", {"id": "exr", "name": "main", "padding": 4, "version_id": "v3"})
    connection.insert("FileComponent", {"id": "frame", "name": "1001", "container_id": "exr"})
    connection.insert("Location", {"id": "server", "name": "ftrack.server"})
    connection.insert(
        "ComponentLocation",
        {"id": "here", "component_id": "png", "location_id": "server", "resource_identifier": "png"},
    )
    connection.update("AssetVersion", "v1", {"thumbnail_id": "png"})
    connection.insert("Setting", {"name": "logo", "group": "studio", "value": "on"})
    connection.insert("SettingComponent", {"component_id": "png", "name": "logo", "group": "studio"})


def _custom_attributes(connection: Transaction) -> None:
    for name in ("text", "number", "boolean", "date", "enumerator"):
        connection.insert("CustomAttributeType", {"id": name, "name": name})
    task = {"entity_type": "task", "object_type_id": OBJECT_TYPES["Task"]}
    configurations: list[dict[str, Any]] = [
        {"id": "c-frames", "key": "frames", "type_id": "number", "default": 100, **task},
        {"id": "c-keen", "key": "keen", "type_id": "boolean", "default": False, **task},
        {"id": "c-tags", "key": "tags", "type_id": "enumerator", "default": [], **task},
        {"id": "c-due", "key": "due", "type_id": "date", **task},
        {"id": "c-other", "key": "other", "type_id": "text", "default": "", "project_id": "elsewhere", **task},
        {
            "id": "c-unit",
            "key": "unit",
            "type_id": "text",
            "default": "A",
            "entity_type": "show",
            "is_hierarchical": True,
        },
        {"id": "c-user", "key": "desk", "type_id": "text", "default": "", "entity_type": "user"},
    ]
    for configuration in configurations:
        connection.insert("CustomAttributeConfiguration", configuration)
    values: list[tuple[str, str, Any]] = [
        ("c-frames", "t1", 48),
        ("c-keen", "t1", True),
        ("c-tags", "t1", ["a", "b"]),
        ("c-due", "t1", {"__type__": "datetime", "value": "2024-06-01T10:00:00+02:00"}),
        ("c-unit", "sq1", "B"),
    ]
    for configuration_id, entity_id, value in values:
        connection.insert(
            "ContextCustomAttributeValue",
            {"configuration_id": configuration_id, "entity_id": entity_id, "value": value},
        )


def _custom_links(connection: Transaction) -> None:
    connection.insert(
        "CustomAttributeLinkConfiguration",
        {"id": "c-lead", "key": "lead", "entity_type": "show", "entity_type_to": "user"},
    )
    ends = {"from_entity_type": "show", "from_id": "show", "to_id": "ann"}
    connection.insert("UserCustomAttributeLink", {"id": "lead", "configuration_id": "c-lead", **ends})


def _lists_and_reviews(connection: Transaction) -> None:
    connection.insert("ListCategory", {"id": "dailies", "name": "Dailies"})
    connection.insert(
        "AssetVersionList", {"id": "list", "name": "Monday", "category_id": "dailies", "project_id": "show"}
    )
    connection.insert_many(
        "ListObject", [{"id": f"lo-{each}", "list_id": "list", "entity_id": each} for each in ("v3", "v1")]
    )
    connection.insert("TypedContextList", {"id": "shots", "name": "Shots", "project_id": "show"})
    connection.insert("ListObject", {"id": "lo-sh2", "list_id": "shots", "entity_id": "sh2"})
    connection.insert(
        "ReviewSession",
        {"id": "review", "project_id": "show", "start_date": "2024-01-01", "end_date": "2024-01-02"},
    )
    connection.insert("ReviewSessionObject", {"id": "object", "review_session_id": "review", "version_id": "v1"})
