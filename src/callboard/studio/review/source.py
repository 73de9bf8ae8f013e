"""The review session to mirror, as the studio made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, quote
from callboard.studio.versions.components import is_review_media, read_metadata

_COMPONENTS = "asset_version.components"
_READS = (
    "name",
    "description",
    "version",
    "sort_order",
    "created_at",
    "version_id",
    "asset_version.version",
    "asset_version.asset.name",
    "asset_version.asset.parent.name",
    "asset_version.metadata",
    f"{_COMPONENTS}.name",
    f"{_COMPONENTS}.file_type",
    f"{_COMPONENTS}.size",
    f"{_COMPONENTS}.metadata",
    f"{_COMPONENTS}.component_locations.location_id",
)


@dataclass(frozen=True)
class ReviewMedia:
    """A component ``ftrackreview-*`` of a local version, on the studio's ftrack."""

    component_id: str
    name: str
    file_type: str
    size: int
    meta: dict[str, Any]


@dataclass(frozen=True)
class ReviewObject:
    """One entry of a review session.

    Attributes:
        id: Its id.
        version_id: The version that it shows.
        name: Its name for clients.
        description: Its description for clients.
        version: Its version for clients.
        source_file: The version's ``source_file``, or empty text.
        media: The best review media of the version itself, or None.
    """

    id: str
    version_id: str
    name: str
    description: str
    version: str
    source_file: str
    media: ReviewMedia | None


@dataclass(frozen=True)
class Session:
    """A review session with its objects in order."""

    id: str
    name: str
    description: str
    start: datetime | None
    end: datetime | None
    project: Entity
    objects: list[ReviewObject]


def read_session(ftrack: Ftrack, session_id: str) -> Session:
    """Read a review session with everything needed to mirror it.

    Raises:
        Refused: It no longer exists.
    """
    sessions, objects = ftrack.query_many(
        [
            (
                "select name, description, start_date, end_date, project.name, project.full_name, "
                f"project.project_schema.name from ReviewSession where id is {quote(session_id)}"
            ),
            (
                f"select {', '.join(_READS)} from ReviewSessionObject where review_session_id is {quote(session_id)} "
                "order by sort_order, created_at, id"
            ),
        ]
    )
    if not sessions:
        raise Refused("The review session no longer exists.")
    session = sessions[0]
    return Session(
        id=session.id,
        name=session["name"],
        description=session["description"] or "",
        start=session["start_date"],
        end=session["end_date"],
        project=session["project"],
        objects=[_object(each) for each in objects],
    )


def _object(found: Entity) -> ReviewObject:
    version = found["asset_version"]
    name = f"{version['asset']['parent']['name']} {version['asset']['name']}"
    return ReviewObject(
        id=found.id,
        version_id=version.id,
        name=found["name"] or name,
        description=found["description"] or "",
        version=found["version"] or f"Version {version['version']}",
        source_file=read_metadata(version).get("source_file", ""),
        media=_media(version["components"]),
    )


def _media(components: list[Entity]) -> ReviewMedia | None:
    """Return the media to show: movies before images, larger ones before smaller ones."""
    candidates = [each for each in components if is_review_media(each)]
    if not candidates:
        return None
    best = max(candidates, key=lambda each: (not each["name"].startswith("ftrackreview-image"), each["size"], each.id))
    return ReviewMedia(best.id, best["name"], best["file_type"] or "", best["size"], _meta(best))


def _meta(component: Entity) -> dict[str, Any]:
    try:
        meta = json.loads(read_metadata(component).get("ftr_meta", "{}"))
    except ValueError:
        return {}
    return meta if isinstance(meta, dict) else {}
