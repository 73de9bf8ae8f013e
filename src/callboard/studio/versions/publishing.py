"""Publishing a version with its media in one transaction, so nobody ever sees half of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, quote
from callboard.settings.models import StudioSettings
from callboard.studio.media import Reviewable, Source
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import (
    SERVER_LOCATION,
    add_location,
    add_metadata,
)
from callboard.studio.versions.sequences import attach_movie, discard_components, prepare_sequence
from callboard.studio.versions.transport import send_file

#: Namespace of asset ids, which follow from the asset's identity: two simultaneous uploads cannot create it twice.
_ASSETS = uuid.UUID("5ad7c6a1-3f0e-4f53-9f0b-6b0f5a2f1c55")


@dataclass(frozen=True)
class Publication:
    """A version to create.

    Attributes:
        version_id: Its id, chosen beforehand, so that a repeated publication finds what it created.
        task_id: The task that it belongs to.
        parent_id: The context that its asset hangs under.
        asset: Name of the asset.
        asset_type: Name of the asset's type.
        user_id: The author of the version and its note.
        status_id: The status that it gets last.
        note: Text of the note; empty for none.
        source: The media that the component ``movie`` points at.
        reviewable: The encoded media to upload.
        studio: For the platform whose paths components have.
    """

    version_id: str
    task_id: str
    parent_id: str
    asset: str
    asset_type: str
    user_id: str
    status_id: str
    note: str
    source: Source
    reviewable: Reviewable
    studio: StudioSettings


def publish(ftrack: Ftrack, publication: Publication, *, check: Callable[[int], None]) -> Entity:
    """Send the media, create everything else in one transaction, and return the version like :func:`read_version`.

    Args:
        ftrack: The server.
        publication: The version to create.
        check: Called regularly; an exception from it ends the publication before the version exists.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    ids = _component_ids(publication.version_id)
    reviewable = publication.reviewable
    for name, file in ((reviewable.name, reviewable.file), ("thumbnail", reviewable.thumbnail)):
        send_file(ftrack, ids["thumbnail" if name == "thumbnail" else "review"], name, file, check=check)
    check(0)
    if publication.source.is_sequence:
        movie_id = _movie_id(publication.version_id)
        prepare_sequence(ftrack, movie_id, publication.source, publication.studio, check=lambda: check(0))
    # Another publication may create the asset at the same moment.
    commit_missing(ftrack, lambda: _operations(ftrack, publication))
    version = read_version(ftrack, publication.version_id)
    if version is None:
        raise Refused("The version was deleted immediately after it was created; upload again.")
    return version


def read_version(ftrack: Ftrack, version_id: str) -> Entity | None:
    """Return the version's number and its asset's name, or None if it does not exist."""
    found = ftrack.query(f"select version, asset.name from AssetVersion where id is {quote(version_id)}")
    return found[0] if found else None


def withdraw(ftrack: Ftrack, version_id: str) -> None:
    """Remove what was sent for a version that will not be created."""
    discard_components(ftrack, [*_component_ids(version_id).values(), _movie_id(version_id)])


def _component_ids(version_id: str) -> dict[str, str]:
    return {name: str(uuid.uuid5(uuid.UUID(version_id), name)) for name in ("review", "thumbnail")}


def _movie_id(version_id: str) -> str:
    return str(uuid.uuid5(uuid.UUID(version_id), "movie"))


def _operations(ftrack: Ftrack, publication: Publication) -> list[Operation]:
    """Return all operations except sending the files; the status comes last."""
    version = Reference("AssetVersion", publication.version_id)
    ids, movie_id = _component_ids(version.id), _movie_id(version.id)
    review, thumbnail = (Reference("FileComponent", ids[name]) for name in ("review", "thumbnail"))
    location_id = str(uuid.uuid5(uuid.UUID(movie_id), "location"))
    asset_id, operations = _asset(ftrack, publication)
    values = {"id": version.id, "asset_id": asset_id, "task_id": publication.task_id, "user_id": publication.user_id}
    operations += [
        ftrack.create("AssetVersion", values),
        # With the current sizes: an attempt before a crash may have created the components from another encode.
        ftrack.update(review, {"version_id": version.id, "size": publication.reviewable.file.stat().st_size}),
        ftrack.update(thumbnail, {"version_id": version.id, "size": publication.reviewable.thumbnail.stat().st_size}),
        add_metadata(review, "ftr_meta", json.dumps(publication.reviewable.meta)),
        add_location(review.id, SERVER_LOCATION, review.id),
        add_location(thumbnail.id, SERVER_LOCATION, thumbnail.id),
        *attach_movie(movie_id, version.id, publication.source, location_id, publication.studio),
        add_metadata(version, "source_file", publication.source.text),
        *_note(publication),
        ftrack.update(version, {"thumbnail_id": thumbnail.id}),
        ftrack.update(Reference("Task", publication.task_id), {"thumbnail_id": thumbnail.id}),
        ftrack.update(version, {"status_id": publication.status_id}),
    ]
    return operations


def _asset(ftrack: Ftrack, publication: Publication) -> tuple[str, list[Operation]]:
    """Return the asset's id, and the operations that create it if it is missing."""
    types, assets = ftrack.query_many(
        [
            f"select id from AssetType where name is {quote(publication.asset_type)}",
            (
                f"select id from Asset where context_id is {quote(publication.parent_id)} "
                f"and name is {quote(publication.asset)} and type.name is {quote(publication.asset_type)} order by id"
            ),
        ]
    )
    if assets:
        return assets[0].id, []
    if not types:
        raise Refused(f"There is no asset type {publication.asset_type}; create it in ftrack, or correct `asset_type`.")
    identity = f"{publication.parent_id} {types[0].id} {publication.asset}"
    values: dict[str, Any] = {
        "id": str(uuid.uuid5(_ASSETS, identity)),
        "name": publication.asset,
        "context_id": publication.parent_id,
        "type_id": types[0].id,
    }
    return values["id"], [ftrack.create("Asset", values)]


def _note(publication: Publication) -> list[Operation]:
    if not publication.note:
        return []
    values = {
        "id": str(uuid.uuid5(uuid.UUID(publication.version_id), "note")),
        "content": publication.note,
        "user_id": publication.user_id,
        "parent_id": publication.version_id,
        "parent_type": "AssetVersion",
    }
    return [Ftrack.create("Note", values)]
