"""One project of the invented studio: sequences, shots, tasks, versions, a list and a client review."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ftrack_sandbox.schema.object_types import DEFAULT_PRIORITY_ID
from ftrack_sandbox.seed.rows import identifier
from ftrack_sandbox.seed.studio import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from ftrack_sandbox.store import Transaction

PROJECT = identifier("Project", "lighthouse")

_SEQUENCES = {"010": 4, "020": 3}
_SHOT_TASKS = {"Animation": "amara", "Lighting": "leila", "Compositing": "priya"}
_BUILDS = {"keeper": "Character", "lantern": "Prop"}


def plant_demo(transaction: Transaction, now: datetime) -> None:
    """Insert the project, as the administrator made it a moment ago."""
    author = identifier("User", "nomsa")
    made = {"created_at": now, "created_by_id": author}
    transaction.insert(
        "Project",
        {
            "id": PROJECT,
            "name": "lighthouse",
            "full_name": "The Last Lighthouse",
            "status": "active",
            "is_global": False,
            "is_private": False,
            "color": "#2980B9",
            "project_id": PROJECT,
            "project_schema_id": identifier("ProjectSchema", SCHEMA),
            "start_date": now - timedelta(days=30),
            "end_date": now + timedelta(days=150),
            **made,
        },
    )
    for sequence, shots in _SEQUENCES.items():
        key = _context(transaction, "Sequence", sequence, PROJECT, made)
        for number in range(1, shots + 1):
            _plant_shot(transaction, f"{sequence}_{number * 10:04}", key, made)
    for build, build_type in _BUILDS.items():
        values = {"type_id": identifier("Type", build_type), "status_id": identifier("Status", "In Progress")}
        parent = _context(transaction, "AssetBuild", build, PROJECT, {**made, **values})
        _task(transaction, "Modeling", "marit", parent, made)
    _plant_dailies(transaction, now)
    _plant_review(transaction, now, author)


def _plant_shot(transaction: Transaction, name: str, sequence: str, made: dict[str, Any]) -> None:
    status = {"status_id": identifier("Status", "In Progress")}
    shot = _context(transaction, "Shot", name, sequence, {**made, **status})
    tasks = {task: _task(transaction, task, artist, shot, made) for task, artist in _SHOT_TASKS.items()}
    asset = identifier("Asset", name)
    transaction.insert(
        "Asset", {"id": asset, "name": "animation", "context_id": shot, "type_id": identifier("AssetType", "Scene")}
    )
    transaction.insert(
        "AssetVersion",
        {
            "id": identifier("AssetVersion", name),
            "version": 1,
            "asset_id": asset,
            "task_id": tasks["Animation"],
            "user_id": identifier("User", "amara"),
            "status_id": identifier("Status", "Pending Client Review"),
            "comment": "First blocking pass",
            "date": made["created_at"],
            "is_published": True,
        },
    )


def _context(transaction: Transaction, entity_type: str, name: str, parent: str, values: dict[str, Any]) -> str:
    key = identifier(entity_type, f"{parent} {name}")
    row = {"id": key, "name": name, "parent_id": parent, "project_id": PROJECT, "priority_id": DEFAULT_PRIORITY_ID}
    transaction.insert(entity_type, {**row, "description": "", "sort": 0, "bid": 0, **values})
    return key


def _task(transaction: Transaction, name: str, artist: str, parent: str, made: dict[str, Any]) -> str:
    values = {
        "type_id": identifier("Type", name),
        "status_id": identifier("Status", "In Progress"),
        "bid": 2 * 8 * 3600,
    }
    task = _context(transaction, "Task", name, parent, {**made, **values})
    transaction.insert(
        "Appointment",
        {
            "id": identifier("Appointment", task),
            "type": "assignment",
            "context_id": task,
            "resource_id": identifier("User", artist),
        },
    )
    return task


def _plant_dailies(transaction: Transaction, now: datetime) -> None:
    dailies = identifier("AssetVersionList", "Dailies")
    transaction.insert(
        "AssetVersionList",
        {
            "id": dailies,
            "name": f"Dailies_{now:%Y-%m-%d}",
            "category_id": identifier("ListCategory", "Dailies"),
            "project_id": PROJECT,
            "user_id": identifier("User", "nomsa"),
            "is_open": True,
            "date": now,
        },
    )
    transaction.insert_many(
        "ListObject",
        [
            {
                "id": identifier("ListObject", shot),
                "list_id": dailies,
                "entity_id": identifier("AssetVersion", shot),
            }
            for shot in ("010_0010", "010_0020")
        ],
    )


def _plant_review(transaction: Transaction, now: datetime, author: str) -> None:
    review = identifier("ReviewSession", "Client review")
    made = {"created_at": now, "created_by_id": author}
    transaction.insert(
        "ReviewSession",
        {
            "id": review,
            "name": "Client review",
            "description": "First look at the animation",
            "start_date": now,
            "end_date": now + timedelta(days=7),
            "project_id": PROJECT,
            **made,
        },
    )
    for position, shot in enumerate(("010_0010", "010_0020", "010_0030")):
        transaction.insert(
            "ReviewSessionObject",
            {
                "id": identifier("ReviewSessionObject", shot),
                "name": shot,
                "description": "First blocking pass",
                "version": "Version 1",
                "version_id": identifier("AssetVersion", shot),
                "review_session_id": review,
                "created_at": now,
                "sort_order": position,
            },
        )
    for name in ("Ingrid Holm", "Samuel Okafor"):
        first = name.partition(" ")[0].lower()
        transaction.insert(
            "ReviewSessionInvitee",
            {
                "id": identifier("ReviewSessionInvitee", first),
                "name": name,
                "email": f"{first}@client.example.com",
                "review_session_id": review,
                **made,
            },
        )
