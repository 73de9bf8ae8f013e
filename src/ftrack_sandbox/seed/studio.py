"""A small VFX studio: its people and the workflow "VFX Scheme"."""

from __future__ import annotations

import json
from typing import Final

from ftrack_sandbox.seed.basics import STATUSES, TYPES, plant_statuses, plant_types
from ftrack_sandbox.seed.sower import ObjectTypeWorkflow, Sower, Workflow

#: Name, colour, state.
STUDIO_STATUSES: Final = (
    ("Ready to Start", "#6fb1e0", "Not Started"),
    ("Pending Internal Review", "#e3b23c", "In Progress"),
    ("Pending Client Review", "#d98f2b", "In Progress"),
    ("Review Changes", "#cf5c36", "In Progress"),
    ("Ready for Lighting", "#f2d16b", "In Progress"),
    ("Ready for Comp", "#7bc8a4", "In Progress"),
    ("Final", "#1f7a43", "Done"),
    ("Cut", "#3d4148", "Done"),
)

STUDIO_TYPES: Final = (
    ("Concept", "#c06c84"),
    ("Previz", "#6c5b7b"),
    ("Layout", "#355c7d"),
    ("Matchmove", "#4c956c"),
    ("Rotoscoping", "#2c6e49"),
    ("Texturing", "#d68c45"),
    ("Lookdev", "#b56576"),
    ("FX", "#e56b6f"),
    ("Matte Painting", "#6d597a"),
    ("Vehicle", "#457b9d"),
)

VFX_WORKFLOW: Final = Workflow(
    name="VFX Scheme",
    task_types=(
        *("Generic", "Concept", "Previz", "Layout", "Matchmove", "Rotoscoping", "Modeling", "Texturing", "Rigging"),
        *("Lookdev", "Animation", "FX", "Lighting", "Matte Painting", "Compositing", "Editing"),
    ),
    task_statuses=(
        *("Not Started", "Ready to Start", "In Progress", "Pending Internal Review", "Pending Client Review"),
        *("Review Changes", "Ready for Lighting", "Ready for Comp", "Approved", "Final", "On Hold", "Cut", "Omitted"),
    ),
    version_statuses=(
        *("In Progress", "Pending Internal Review", "Pending Client Review", "Review Changes"),
        *("Ready for Lighting", "Ready for Comp", "Approved", "Final", "On Hold", "Omitted"),
    ),
    object_types=(
        ObjectTypeWorkflow("Shot", ("Not Started", "In Progress", "Approved", "Final", "On Hold", "Cut", "Omitted")),
        ObjectTypeWorkflow(
            "Asset Build",
            ("Not Started", "In Progress", "Approved", "Final", "On Hold", "Omitted"),
            ("Character", "Environment", "Prop", "Vehicle", "Matte Painting"),
        ),
        ObjectTypeWorkflow("Milestone", ("Not Started", "Approved"), ("Milestone",)),
        ObjectTypeWorkflow("Sequence", ()),
        ObjectTypeWorkflow("Episode", ()),
        ObjectTypeWorkflow("Folder", ()),
    ),
    overrides={"Editing": ("Not Started", "In Progress", "Approved", "On Hold", "Omitted")},
)

#: User name, first and last name, group, role.
PEOPLE: Final = (
    ("nadia.okoro", "Nadia", "Okoro", "Production", "Project Manager"),
    ("tomas.lindgren", "Tomas", "Lindgren", "Supervision", "User"),
    ("ines.marques", "Ines", "Marques", "Animation", "User"),
    ("kofi.badu", "Kofi", "Badu", "Animation", "User"),
    ("yuki.tanaka", "Yuki", "Tanaka", "Lighting", "User"),
    ("lena.hartwig", "Lena", "Hartwig", "Lighting", "User"),
    ("sam.dlamini", "Sam", "Dlamini", "Compositing", "User"),
    ("priya.raman", "Priya", "Raman", "Compositing", "User"),
    ("oscar.nyberg", "Oscar", "Nyberg", "Assets", "User"),
    ("hana.kovac", "Hana", "Kovac", "Assets", "User"),
    ("diego.salas", "Diego", "Salas", "FX", "User"),
    ("amara.eze", "Amara", "Eze", "Matchmove", "User"),
    ("felix.braun", "Felix", "Braun", "Matchmove", "User"),
    ("noor.haddad", "Noor", "Haddad", "Editorial", "User"),
)

#: Key, label, type, entity type, object type, default, settings.
CUSTOM_ATTRIBUTES: Final = (
    ("fps", "Frames per second", "number", "show", None, 24.0, {"isdecimal": True}),
    ("fstart", "First frame", "number", "task", "Shot", 1001, {"isdecimal": False}),
    ("fend", "Last frame", "number", "task", "Shot", 1100, {"isdecimal": False}),
    ("handles", "Handles", "number", "task", "Shot", 8, {"isdecimal": False}),
)


def plant_studio(sower: Sower) -> None:
    """Create the studio's people, workflow and custom attributes."""
    plant_statuses(sower, STUDIO_STATUSES, first=len(STATUSES))
    plant_types(sower, STUDIO_TYPES, first=len(TYPES))
    sower.workflow(VFX_WORKFLOW)
    _plant_people(sower)
    group = sower.sow("CustomAttributeGroup", name="Frames")
    for key, label, kind, entity_type, object_type, default, settings in CUSTOM_ATTRIBUTES:
        sower.sow(
            "CustomAttributeConfiguration",
            key=key,
            label=label,
            type_id=sower.id_of("CustomAttributeType", kind),
            entity_type=entity_type,
            object_type_id=sower.id_of("ObjectType", object_type) if object_type else None,
            is_hierarchical=key == "fps",
            default=default,
            config=json.dumps(settings),
            group_id=group,
        )


def _plant_people(sower: Sower) -> None:
    for group in dict.fromkeys(group for *_, group, _ in PEOPLE):
        sower.sow("Group", name=group)
    for username, first_name, last_name, group, role in PEOPLE:
        user = sower.sow(
            "User",
            username=username,
            first_name=first_name,
            last_name=last_name,
            email=f"{username}@example.com",
            user_type_id=sower.id_of("UserType", "Employee"),
        )
        sower.sow("Membership", user_id=user, group_id=sower.id_of("Group", group))
        sower.sow(
            "UserSecurityRole",
            user_id=user,
            security_role_id=sower.id_of("SecurityRole", role),
            is_all_open_projects=True,
        )
