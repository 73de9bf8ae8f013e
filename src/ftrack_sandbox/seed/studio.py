"""The users and the workflow of a small VFX studio. All names are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ftrack_sandbox.schema.object_types import STANDARD_OBJECT_TYPES
from ftrack_sandbox.seed.everywhere import plant_role, plant_statuses
from ftrack_sandbox.seed.rows import identifier, insert_named

if TYPE_CHECKING:
    from ftrack_sandbox.store import Transaction

SCHEMA: Final = "VFX Scheme"

#: User name, first name, last name, group and security role.
PEOPLE: Final = [
    ("nomsa", "Nomsa", "Adeyemi", "Production", "Project Manager"),
    ("tomas", "Tomas", "Lindqvist", "Production", "User"),
    ("yuki", "Yuki", "Hara", "Supervision", "Project Manager"),
    ("amara", "Amara", "Diallo", "Animation", "User"),
    ("felix", "Felix", "Brandt", "Animation", "User"),
    ("leila", "Leila", "Haddad", "Lighting", "User"),
    ("jonas", "Jonas", "Moen", "Lighting", "User"),
    ("priya", "Priya", "Menon", "Compositing", "User"),
    ("diego", "Diego", "Salas", "Compositing", "User"),
    ("marit", "Marit", "Visser", "Assets", "User"),
]
_TYPES = [
    ("Modeling", "#8E44AD"),
    ("Rigging", "#9B59B6"),
    ("Texture", "#C0392B"),
    ("Lookdev", "#E74C3C"),
    ("Concept", "#F39C12"),
    ("Previz", "#16A085"),
    ("Editing", "#1ABC9C"),
    ("Matchmove", "#27AE60"),
    ("Rotoscoping", "#2ECC71"),
    ("Layout", "#2980B9"),
    ("Animation", "#3498DB"),
    ("FX", "#D35400"),
    ("Lighting", "#F1C40F"),
    ("Matte Painting", "#7F8C8D"),
    ("Compositing", "#34495E"),
]
_BUILD_TYPES = [("Character", "#E67E22"), ("Prop", "#D35400"), ("Environment", "#27AE60"), ("Vehicle", "#2C3E50")]
_STATUSES = [
    ("Ready to Start", "#F1C40F", "Not Started"),
    ("Pending Internal Review", "#9B59B6", "In Progress"),
    ("Pending Client Review", "#8E44AD", "In Progress"),
    ("Review Changes", "#E74C3C", "In Progress"),
    ("Ready for Lighting", "#2ECC71", "In Progress"),
    ("Ready for Comp", "#27AE60", "In Progress"),
    ("Final", "#16A085", "Done"),
    ("Cut", "#95A5A6", "Done"),
]
_TASK_STATUSES = (
    "Not Started",
    "Ready to Start",
    "In Progress",
    "Pending Internal Review",
    "Pending Client Review",
    "Review Changes",
    "Ready for Lighting",
    "Ready for Comp",
    "Approved",
    "Final",
    "On Hold",
    "Cut",
    "Omitted",
)
_EDITING_STATUSES = ("Not Started", "In Progress", "Approved", "On Hold", "Omitted")
_VERSION_STATUSES = (
    "In Progress",
    "Pending Internal Review",
    "Pending Client Review",
    "Review Changes",
    "Ready for Lighting",
    "Ready for Comp",
    "Approved",
    "Final",
    "Omitted",
)
_SHOT_STATUSES = ("Not Started", "In Progress", "Approved", "On Hold", "Cut", "Omitted")


def plant_studio(transaction: Transaction) -> None:
    """Insert the studio's statuses, types, workflow, users, groups and categories."""
    plant_statuses(transaction, _STATUSES)
    insert_named(
        transaction,
        "Type",
        [
            {"name": name, "color": color, "sort": position, "is_billable": True}
            for position, (name, color) in enumerate([*_TYPES, *_BUILD_TYPES], start=1)
        ],
    )
    insert_named(transaction, "ListCategory", [{"name": "Dailies"}, {"name": "Client Delivery"}])
    _plant_workflow(transaction)
    _plant_people(transaction)


def _plant_workflow(transaction: Transaction) -> None:
    workflows = {"Task workflow": _TASK_STATUSES, "Editing": _EDITING_STATUSES, "Version workflow": _VERSION_STATUSES}
    insert_named(transaction, "WorkflowSchema", [{"name": name} for name in workflows])
    transaction.insert_many(
        "WorkflowSchemaStatus",
        [
            {"workflow_schema_id": identifier("WorkflowSchema", name), "status_id": identifier("Status", status)}
            for name, statuses in workflows.items()
            for status in statuses
        ],
    )
    types = identifier("TaskTypeSchema", "Task types")
    insert_named(transaction, "TaskTypeSchema", [{"name": "Task types"}])
    transaction.insert_many(
        "TaskTypeSchemaType",
        [{"task_type_schema_id": types, "type_id": identifier("Type", name)} for name, _ in _TYPES],
    )
    schema = identifier("ProjectSchema", SCHEMA)
    insert_named(
        transaction,
        "ProjectSchema",
        [
            {
                "name": SCHEMA,
                "task_type_schema_id": types,
                "task_workflow_schema_id": identifier("WorkflowSchema", "Task workflow"),
                "asset_version_workflow_schema_id": identifier("WorkflowSchema", "Version workflow"),
            }
        ],
    )
    transaction.insert_many(
        "ProjectSchemaObjectType",
        [{"project_schema_id": schema, "object_type_id": row["id"]} for row in STANDARD_OBJECT_TYPES],
    )
    transaction.insert(
        "ProjectSchemaOverride",
        {
            "id": identifier("ProjectSchemaOverride", "Editing"),
            "project_schema_id": schema,
            "type_id": identifier("Type", "Editing"),
            "workflow_schema_id": identifier("WorkflowSchema", "Editing"),
        },
    )
    _plant_object_schemas(transaction, schema)


def _plant_object_schemas(transaction: Transaction, schema: str) -> None:
    """Say which statuses and types the objects other than tasks have."""
    object_types = {row["name"]: row["id"] for row in STANDARD_OBJECT_TYPES}
    for name, types in (("Shot", []), ("Asset Build", _BUILD_TYPES), ("Milestone", [])):
        key = identifier("Schema", name)
        transaction.insert("Schema", {"id": key, "project_schema_id": schema, "type_id": object_types[name]})
        transaction.insert_many(
            "SchemaStatus",
            [
                {"schema_id": key, "status_id": identifier("Status", status), "sort": position}
                for position, status in enumerate(_SHOT_STATUSES)
            ],
        )
        transaction.insert_many(
            "SchemaType",
            [
                {"schema_id": key, "type_id": identifier("Type", type_name), "sort": position}
                for position, (type_name, _) in enumerate(types)
            ],
        )


def _plant_people(transaction: Transaction) -> None:
    groups = sorted({group for _, _, _, group, _ in PEOPLE})
    insert_named(transaction, "Group", [{"name": name, "local": True} for name in groups])
    for username, first_name, last_name, group, role in PEOPLE:
        user = identifier("User", username)
        transaction.insert(
            "User",
            {
                "id": user,
                "username": username,
                "first_name": first_name,
                "last_name": last_name,
                "email": f"{username}@example.com",
                "is_active": True,
                "user_type_id": identifier("UserType", "User"),
            },
        )
        transaction.insert("UserKey", {"user_id": user, "key": identifier("UserKey", username)})
        plant_role(transaction, user, role)
        transaction.insert(
            "Membership",
            {
                "id": identifier("Membership", username),
                "group_id": identifier("Group", group),
                "user_id": user,
            },
        )
