"""The basics of every ftrack: the seed ``empty``."""

from __future__ import annotations

from typing import Final

from ftrack_sandbox.operations.permissions import PROJECT_MANAGER_ROLE_ID
from ftrack_sandbox.schema.object_types import DEFAULT_PRIORITY_ID, STANDARD_OBJECT_TYPES
from ftrack_sandbox.seed.sower import ObjectTypeWorkflow, Sower, Workflow

#: Constants in the official client's symbol.py.
LOCATIONS: Final = (
    ("ce9b348f-8809-11e3-821c-20c9d081909b", "ftrack.origin", "Origin"),
    ("cb268ecc-8809-11e3-a7e2-20c9d081909b", "ftrack.unmanaged", "Unmanaged"),
    ("cd41be70-8809-11e3-b98a-20c9d081909b", "ftrack.review", "Review"),
    ("07b82a97-8cf9-11e3-9383-20c9d081909b", "ftrack.connect", "Connect"),
    ("3a372bde-05bc-11e4-8908-20c9d081909b", "ftrack.server", "Server"),
)

STATES: Final = (
    ("Not Started", "NOT_STARTED"),
    ("In Progress", "IN_PROGRESS"),
    ("Done", "DONE"),
    ("Blocked", "BLOCKED"),
)

#: Name, colour, state.
STATUSES: Final = (
    ("Not Started", "#8f9aa6", "Not Started"),
    ("In Progress", "#2d7dd2", "In Progress"),
    ("Approved", "#2e9e5b", "Done"),
    ("On Hold", "#c0a545", "Blocked"),
    ("Omitted", "#5b6470", "Done"),
)

TYPES: Final = (
    ("Generic", "#7f8c8d"),
    ("Animation", "#e08e45"),
    ("Compositing", "#3f88c5"),
    ("Editing", "#a44a3f"),
    ("Lighting", "#f2c14e"),
    ("Modeling", "#5b8e7d"),
    ("Rigging", "#8e6c88"),
    ("Character", "#bc4b51"),
    ("Environment", "#5b8e7d"),
    ("Prop", "#8cb369"),
    ("Milestone", "#d4a017"),
)

#: Icon, and whether time may be logged on it, tasks be put below it, and it be the end of a branch.
OBJECT_TYPES: Final = {
    "Task": ("task", True, False, True),
    "Shot": ("movie", False, True, False),
    "Sequence": ("sequence", False, True, False),
    "Episode": ("tv", False, True, False),
    "Asset Build": ("box", False, True, False),
    "Folder": ("folder", False, True, False),
    "Milestone": ("flag", False, False, True),
}

PRIORITIES: Final = (
    ("Low", "#4a90a4", 1.0),
    ("Medium", "#e0b84c", 2.0),
    ("High", "#e07a3f", 3.0),
    ("Urgent", "#cc3b3b", 4.0),
)

#: Name, short name.
ASSET_TYPES: Final = (
    ("Upload", "upload"),
    ("Animation", "anim"),
    ("Camera", "cam"),
    ("Geometry", "geo"),
    ("Image Sequence", "img"),
    ("Light Rig", "light"),
    ("Render", "render"),
    ("Rig", "rig"),
    ("Scene", "scene"),
    ("Script", "script"),
)

LIST_CATEGORIES: Final = ("Dailies", "Delivery", "Miscellaneous")
NOTE_CATEGORIES: Final = (("Internal", "#2d7dd2"), ("Client", "#e07a3f"), ("Technical", "#5b6470"))
MANAGER_TYPES: Final = ("Producer", "Coordinator", "Supervisor")
USER_TYPES: Final = ("Employee", "Freelancer")
CUSTOM_ATTRIBUTE_TYPES: Final = (
    *("text", "number", "boolean", "date", "enumerator", "dynamic enumerator", "expression", "url"),
)

#: Name, kind, id where the permissions know it.
ROLES: Final = (
    ("Project Manager", "PROJECT", PROJECT_MANAGER_ROLE_ID),
    ("User", "PROJECT", None),
    ("API", "ASSIGNED", None),
)

_STATUS_NAMES: Final = tuple(name for name, _, _ in STATUSES)

BASIC_WORKFLOW: Final = Workflow(
    name="Basic",
    task_types=("Generic", "Animation", "Compositing", "Editing", "Lighting", "Modeling", "Rigging"),
    task_statuses=_STATUS_NAMES,
    version_statuses=("In Progress", "Approved", "Omitted"),
    object_types=(
        ObjectTypeWorkflow("Shot", _STATUS_NAMES),
        ObjectTypeWorkflow("Asset Build", _STATUS_NAMES, ("Character", "Environment", "Prop")),
        ObjectTypeWorkflow("Milestone", ("Not Started", "Approved"), ("Milestone",)),
        ObjectTypeWorkflow("Sequence", ()),
        ObjectTypeWorkflow("Episode", ()),
        ObjectTypeWorkflow("Folder", ()),
    ),
    overrides={},
)


def plant_basics(sower: Sower) -> None:
    """Create what every ftrack has, apart from the administrator."""
    for identifier, name, label in LOCATIONS:
        sower.sow("Location", id=identifier, name=name, label=label)
    for name, kind, role_id in ROLES:
        sower.sow("SecurityRole", name=name, type=kind, **({"id": role_id} if role_id else {}))
    for name, short in STATES:
        sower.sow("State", name=name, short=short)
    plant_statuses(sower, STATUSES)
    plant_types(sower, TYPES)
    for sort, row in enumerate(STANDARD_OBJECT_TYPES):
        icon, is_time_reportable, is_taskable, is_leaf = OBJECT_TYPES[row["name"]]
        sower.sow(
            "ObjectType",
            **row,
            icon=icon,
            is_time_reportable=is_time_reportable,
            is_taskable=is_taskable,
            is_leaf=is_leaf,
            sort=sort,
        )
    sower.sow("Priority", id=DEFAULT_PRIORITY_ID, name="None", color="#a0a8b0", value=0.0)
    for sort, (name, color, value) in enumerate(PRIORITIES, start=1):
        sower.sow("Priority", name=name, color=color, value=value, sort=sort)
    _plant_kinds(sower)
    sower.workflow(BASIC_WORKFLOW)


def plant_statuses(sower: Sower, statuses: tuple[tuple[str, str, str], ...], *, first: int = 0) -> None:
    """Create statuses, given as name, colour and state; ``first`` is the place of the first in ftrack's order."""
    for sort, (name, color, state) in enumerate(statuses, start=first):
        state_reference = {"__entity_type__": "State", "id": sower.id_of("State", state)}
        sower.sow("Status", name=name, color=color, state=state_reference, sort=sort, is_active=True)


def plant_types(sower: Sower, types: tuple[tuple[str, str], ...], *, first: int = 0) -> None:
    """Create types, given as name and colour; ``first`` is the place of the first in ftrack's order."""
    for sort, (name, color) in enumerate(types, start=first):
        sower.sow("Type", name=name, color=color, sort=sort)


def _plant_kinds(sower: Sower) -> None:
    """Create the kinds of assets, lists, notes, managers, users and custom attributes."""
    for name, short in ASSET_TYPES:
        sower.sow("AssetType", name=name, short=short)
    for name in LIST_CATEGORIES:
        sower.sow("ListCategory", name=name)
    for sort, (name, color) in enumerate(NOTE_CATEGORIES):
        sower.sow("NoteCategory", name=name, color=color, sort=sort)
    for name in MANAGER_TYPES:
        sower.sow("ManagerType", name=name)
    for name in USER_TYPES:
        sower.sow("UserType", name=name)
    for name in CUSTOM_ATTRIBUTE_TYPES:
        sower.sow("CustomAttributeType", name=name, core=True)
