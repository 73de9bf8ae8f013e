"""A project in the middle of its making: "harbour"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ftrack_sandbox.seed.sower import Sower


@dataclass(frozen=True)
class Work:
    """A task of the demo project.

    Attributes:
        type: Name of its type, which is its own name too.
        artist: User name of whom it is assigned to.
        status: Its status.
        days: Its bid.
    """

    type: str
    artist: str
    status: str
    days: float


PROJECT: Final = ("harbour", "Harbour Lights")

#: Tasks of a shot, by how far the shot is.
_FRESH: Final = (
    Work("Matchmove", "amara.eze", "Ready to Start", 1),
    Work("Animation", "ines.marques", "Not Started", 4),
    Work("Lighting", "yuki.tanaka", "Not Started", 2),
    Work("Compositing", "sam.dlamini", "Not Started", 3),
)
_RUNNING: Final = (
    Work("Matchmove", "felix.braun", "Approved", 1),
    Work("Animation", "kofi.badu", "In Progress", 5),
    Work("Lighting", "lena.hartwig", "Not Started", 2),
    Work("Compositing", "priya.raman", "Not Started", 3),
)
_LATE: Final = (
    Work("Matchmove", "amara.eze", "Approved", 1),
    Work("Animation", "ines.marques", "Approved", 4),
    Work("Lighting", "yuki.tanaka", "In Progress", 2),
    Work("Compositing", "sam.dlamini", "Ready to Start", 3),
)

SEQUENCES: Final = {
    "PIER": {"PIER_0010": _LATE, "PIER_0020": _LATE, "PIER_0030": _RUNNING, "PIER_0040": _FRESH},
    "STORM": {"STORM_0010": _RUNNING, "STORM_0020": _RUNNING, "STORM_0030": _FRESH},
    "LAMP": {"LAMP_0010": _FRESH, "LAMP_0020": _FRESH},
}

#: Type and tasks of each asset build.
ASSET_BUILDS: Final = {
    "keeper": (
        "Character",
        (Work("Modeling", "oscar.nyberg", "Approved", 6), Work("Rigging", "hana.kovac", "In Progress", 5)),
    ),
    "lantern": (
        "Prop",
        (Work("Modeling", "oscar.nyberg", "Approved", 2), Work("Lookdev", "hana.kovac", "In Progress", 2)),
    ),
    "harbour_town": ("Environment", (Work("Modeling", "oscar.nyberg", "In Progress", 12),)),
}

#: Shot, task, number of versions, status of the last one.
VERSIONS: Final = (
    ("PIER_0010", "Animation", 3, "Approved"),
    ("PIER_0020", "Animation", 2, "Approved"),
    ("PIER_0010", "Lighting", 1, "In Progress"),
    ("PIER_0030", "Animation", 2, "Review Changes"),
    ("STORM_0010", "Animation", 1, "Pending Internal Review"),
    ("STORM_0020", "Animation", 1, "In Progress"),
)

INVITEES: Final = (
    ("Marta Ruiz", "marta.ruiz@lighthouse.example.com"),
    ("Jon Abel", "jon.abel@lighthouse.example.com"),
)

_HOUR: Final = 3600
_HOURS_A_DAY: Final = 8


def plant_demo(sower: Sower) -> None:
    """Create the project with its shots, tasks, versions, list and review session."""
    project_name, full_name = PROJECT
    project = sower.sow(
        "Project",
        name=project_name,
        full_name=full_name,
        project_schema_id=sower.id_of("ProjectSchema", "VFX Scheme"),
        color="#2d7dd2",
    )
    tasks: dict[tuple[str, str], str] = {}
    shots: dict[str, str] = {}
    for sequence_name, sequence_shots in SEQUENCES.items():
        sequence = sower.sow("Sequence", name=sequence_name, parent_id=project)
        for shot_name, works in sequence_shots.items():
            shots[shot_name] = sower.sow(
                "Shot", name=shot_name, parent_id=sequence, status_id=sower.id_of("Status", "In Progress")
            )
            for work in works:
                tasks[shot_name, work.type] = _plant_task(sower, shots[shot_name], work)
    _plant_asset_builds(sower, project)
    versions = [
        _plant_versions(sower, shots[shot], tasks[shot, name], name, ["Review Changes"] * (count - 1) + [status])
        for shot, name, count, status in VERSIONS
    ]
    _plant_list(sower, project, versions[-2:])
    _plant_review_session(sower, project, versions[:2])


def _plant_asset_builds(sower: Sower, project: str) -> None:
    folder = sower.sow("Folder", name="assets", parent_id=project)
    for name, (type_name, works) in ASSET_BUILDS.items():
        build = sower.sow(
            "AssetBuild",
            name=name,
            parent_id=folder,
            type_id=sower.id_of("Type", type_name),
            status_id=sower.id_of("Status", "In Progress"),
        )
        for work in works:
            _plant_task(sower, build, work)


def _plant_task(sower: Sower, parent: str, work: Work) -> str:
    task = sower.sow(
        "Task",
        name=work.type,
        parent_id=parent,
        type_id=sower.id_of("Type", work.type),
        status_id=sower.id_of("Status", work.status),
        bid=work.days * _HOURS_A_DAY * _HOUR,
    )
    artist = sower.id_of("User", work.artist)
    sower.sow("Appointment", context_id=task, resource_id=artist, type="assignment")
    return task


def _plant_versions(sower: Sower, shot: str, task: str, name: str, statuses: list[str]) -> str:
    """Create an asset with a version for each of the statuses, and return the last one."""
    asset = sower.sow("Asset", name=name, context_id=shot, type_id=sower.id_of("AssetType", "Render"))
    versions = [
        sower.sow(
            "AssetVersion",
            asset_id=asset,
            task_id=task,
            status_id=sower.id_of("Status", status),
            comment=f"Take {number}",
        )
        for number, status in enumerate(statuses, start=1)
    ]
    return versions[-1]


def _plant_list(sower: Sower, project: str, versions: list[str]) -> None:
    """Create today's dailies."""
    dailies = sower.sow(
        "AssetVersionList",
        name=f"Dailies_{sower.call.now:%Y-%m-%d}",
        project_id=project,
        category_id=sower.id_of("ListCategory", "Dailies"),
    )
    for version in versions:
        sower.sow("ListObject", list_id=dailies, entity_id=version)


def _plant_review_session(sower: Sower, project: str, versions: list[str]) -> None:
    session = sower.sow(
        "ReviewSession", name="Pier, first look", description="Animation of the pier.", project_id=project
    )
    for version in versions:
        sower.sow("ReviewSessionObject", review_session_id=session, version_id=version, description="")
    for name, email in INVITEES:
        sower.sow("ReviewSessionInvitee", review_session_id=session, name=name, email=email)
