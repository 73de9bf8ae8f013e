"""What every ftrack has: the rows that clients take for granted, and the administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ftrack_sandbox.schema.object_types import DEFAULT_PRIORITY_ID, STANDARD_OBJECT_TYPES
from ftrack_sandbox.seed.rows import identifier, insert_named

if TYPE_CHECKING:
    from ftrack_sandbox.store import Transaction

ADMINISTRATOR = identifier("SecurityRole", "Administrator")

#: The official client knows these locations by their ids (its symbol.py).
_LOCATIONS = {
    "ftrack.origin": "ce9b348f-8809-11e3-821c-20c9d081909b",
    "ftrack.unmanaged": "cb268ecc-8809-11e3-a7e2-20c9d081909b",
    "ftrack.review": "cd41be70-8809-11e3-b98a-20c9d081909b",
    "ftrack.connect": "07b82a97-8cf9-11e3-9383-20c9d081909b",
    "ftrack.server": "3a372bde-05bc-11e4-8908-20c9d081909b",
}
_STATES = {"Not Started": "NOT_STARTED", "In Progress": "IN_PROGRESS", "Done": "DONE", "Blocked": "BLOCKED"}
_STATUSES = [
    # name, colour, state
    ("Not Started", "#EEEEEE", "Not Started"),
    ("In Progress", "#3498DB", "In Progress"),
    ("Approved", "#1CBC90", "Done"),
    ("Omitted", "#7F8C8D", "Done"),
    ("On Hold", "#E67E22", "Blocked"),
]
_ICONS = {"Task": "task", "Milestone": "milestone", "Shot": "shot", "Sequence": "sequence", "Episode": "episode"}
_CUSTOM_ATTRIBUTE_TYPES = ("text", "boolean", "date", "enumerator", "number", "dynamic enumerator", "expression")


def plant_everywhere(transaction: Transaction) -> None:
    """Insert what every ftrack has, apart from the administrator."""
    _plant_object_types(transaction)
    insert_named(
        transaction, "Location", [{"id": key, "name": name, "label": name} for name, key in _LOCATIONS.items()]
    )
    insert_named(transaction, "State", [{"name": name, "short": short} for name, short in _STATES.items()])
    plant_statuses(transaction, _STATUSES)
    insert_named(
        transaction,
        "Priority",
        [
            {"id": DEFAULT_PRIORITY_ID, "name": "None", "color": "#BBBBBB", "sort": 0, "value": 0},
            {"name": "Low", "color": "#3498DB", "sort": 1, "value": 1},
            {"name": "Medium", "color": "#F1C40F", "sort": 2, "value": 2},
            {"name": "High", "color": "#E67E22", "sort": 3, "value": 3},
            {"name": "Urgent", "color": "#E74C3C", "sort": 4, "value": 4},
        ],
    )
    insert_named(transaction, "Type", [{"name": "Generic", "color": "#BDC3C7", "sort": 0, "is_billable": True}])
    insert_named(
        transaction,
        "AssetType",
        [
            {"name": "Upload", "short": "upload", "component": "main"},
            {"name": "Geometry", "short": "geo", "component": "main"},
            {"name": "Image Sequence", "short": "img", "component": "main"},
            {"name": "Scene", "short": "scene", "component": "main"},
        ],
    )
    insert_named(transaction, "UserType", [{"name": "User"}])
    insert_named(transaction, "ManagerType", [{"name": "Coordinator"}, {"name": "Supervisor"}])
    insert_named(transaction, "ListCategory", [{"name": "Default"}])
    insert_named(
        transaction,
        "NoteCategory",
        [{"name": "Internal", "color": "#3498DB", "sort": 0}, {"name": "Client", "color": "#9B59B6", "sort": 1}],
    )
    insert_named(
        transaction,
        "SecurityRole",
        [{"name": name} for name in ("Administrator", "Project Manager", "User", "API", "Client")],
    )
    insert_named(transaction, "CustomAttributeType", [{"name": name, "core": True} for name in _CUSTOM_ATTRIBUTE_TYPES])
    insert_named(transaction, "CustomAttributeGroup", [{"name": "General"}])


def plant_statuses(transaction: Transaction, statuses: list[tuple[str, str, str]]) -> None:
    """Insert statuses of (name, colour, state's name), after those that are there."""
    first = len(transaction.find("Status"))
    insert_named(
        transaction,
        "Status",
        [
            {
                "name": name,
                "color": color,
                "sort": first + position,
                "is_active": True,
                "state_id": identifier("State", state),
            }
            for position, (name, color, state) in enumerate(statuses)
        ],
    )


def plant_administrator(transaction: Transaction, username: str, key: str) -> None:
    """Make the administrator, or keep it, with *key* as its API key."""
    found = transaction.find("User", username=username)
    if found:
        user = str(found[0]["id"])
    else:
        user = identifier("User", username)
        transaction.insert(
            "User",
            {
                "id": user,
                "username": username,
                "first_name": "Administrator",
                "last_name": "",
                "email": f"{username}@example.com",
                "is_active": True,
                "user_type_id": identifier("UserType", "User"),
            },
        )
    if not transaction.find("UserSecurityRole", user_id=user, security_role_id=ADMINISTRATOR):
        plant_role(transaction, user, "Administrator")
    if not transaction.update("UserKey", user, {"key": key}):
        transaction.insert("UserKey", {"user_id": user, "key": key})


def plant_role(transaction: Transaction, user: str, role: str) -> None:
    """Give a user a security role in all projects."""
    transaction.insert(
        "UserSecurityRole",
        {
            "id": identifier("UserSecurityRole", f"{user} {role}"),
            "user_id": user,
            "security_role_id": identifier("SecurityRole", role),
            "is_all_projects": True,
        },
    )


def _plant_object_types(transaction: Transaction) -> None:
    transaction.insert_many(
        "ObjectType",
        [
            {
                "id": row["id"],
                "name": row["name"],
                "icon": _ICONS.get(row["name"], "default"),
                "sort": position,
                "is_leaf": row["name"] in {"Task", "Milestone"},
                "is_schedulable": row["is_schedulable"],
                "is_statusable": row["is_statusable"],
                "is_taskable": row["name"] not in {"Task", "Milestone"},
                "is_time_reportable": row["name"] == "Task",
                "is_typeable": row["is_typeable"],
            }
            for position, row in enumerate(STANDARD_OBJECT_TYPES)
        ],
    )
