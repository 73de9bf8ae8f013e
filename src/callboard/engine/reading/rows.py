"""Rows of ftrack as the changes that they show: who did what to which entity, and what people call it."""

from __future__ import annotations

from datetime import datetime

from callboard.changes import Change, Entity, Person
from callboard.engine.reading.order import chain

#: What is read for people to recognise an entity, by table.
NAMES = {
    "Project": ("name",),
    "TypedContext": ("name", "project_id", "project.name", "parent.name"),
    "AssetVersion": (
        "version",
        "asset.name",
        "asset.parent.name",
        "asset.parent.project_id",
        "asset.parent.project.name",
    ),
}


def entity_name(entity: Entity) -> str:
    """Return what people call it: a version by its asset and number, anything else by its name."""
    if entity.type == "AssetVersion":
        return f"{entity.at('asset.name')} v{entity['version']}"
    return str(entity["name"])


def parent_name(entity: Entity) -> str | None:
    """Return the name of what it hangs under: a task's shot, the shot of a version's asset; None for a project."""
    if entity.type == "Project":
        return None
    found = entity.at("asset.parent.name") if entity.type == "AssetVersion" else entity.at("parent.name")
    return None if found is None else str(found)


def project_id(entity: Entity) -> str | None:
    """Return the project an entity belongs to; a project's is itself."""
    if entity.type == "Project":
        return entity.id
    found = entity.at("asset.parent.project_id") if entity.type == "AssetVersion" else entity["project_id"]
    return None if found is None else str(found)


def project_name(entity: Entity) -> str | None:
    """Return the name of the project an entity belongs to."""
    if entity.type == "Project":
        return str(entity["name"])
    found = entity.at("asset.parent.project.name" if entity.type == "AssetVersion" else "project.name")
    return None if found is None else str(found)


def person(user: Entity | None) -> Person | None:
    """Return the user of a row."""
    if user is None:
        return None
    name = f"{user['first_name'] or ''} {user['last_name'] or ''}".strip()
    return Person(user.id, user["username"], name)


def person_paths(attribute: str) -> tuple[str, ...]:
    """Return what :func:`person` reads of the user in an attribute."""
    return tuple(f"{attribute}.{name}" for name in ("username", "first_name", "last_name"))


def first_status(row: Entity, at: datetime) -> tuple[str | None, datetime]:
    """Return the status an entity was created with, and when: its present one says so only until it changes."""
    recorded = [change for change in row["status_changes"] if change["status"] is not None]
    if not recorded:
        return row.at("status.name"), at
    begin = min(change["date"] for change in recorded)
    earliest = [change for change in recorded if change["date"] == begin]
    later = min(
        (change for change in recorded if change["date"] > begin), key=lambda change: change["date"], default=None
    )
    # Of a round trip within that second only what came afterwards says where it began.
    end = row.at("status.name") if later is None else later.at("from_status.name")
    first = chain(earliest, lambda change: (change.at("from_status.name"), change.at("status.name")), end)[0]
    if first["from_status"] is None:
        return first.at("status.name"), first["date"]
    return first.at("from_status.name"), at


def became(entity: Entity, row: Entity) -> Change:
    """Return the change of an entity that a row of ftrack's status changes shows."""
    return Change(
        key=f"status:{row.id}",
        kind="status",
        entity_type=entity.type,
        entity_id=entity.id,
        project_id=project_id(entity),
        at=row["date"],
        by=person(row["user"]),
        status=row["status"]["name"],
        from_status=row["from_status"]["name"],
    )


def began(entity: Entity, at: datetime, by: Person | None, status: str) -> Change:
    """Return the change by which an entity got its first status."""
    return Change(first_key(entity.id), "status", entity.type, entity.id, project_id(entity), at, by, status)


def first_key(entity_id: str) -> str:
    """Return the key of the change by which an entity got its first status, wherever it is read."""
    return f"status:{entity_id}:first"
