"""Making a version with its media, all in one transaction, so that nobody ever sees half of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, quote
from callboard.studio.media import Reviewable, Source
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import (
    SERVER_LOCATION,
    discard_components,
    located,
    metadata,
    movie_component,
)
from callboard.studio.versions.transport import send_file

#: Makes the ids of assets from what identifies them, so that two publications at once cannot create twins.
_ASSETS = uuid.UUID("5ad7c6a1-3f0e-4f53-9f0b-6b0f5a2f1c55")


@dataclass(frozen=True)
class Publication:
    """A version that is to be.

    Attributes:
        version_id: Its id, chosen beforehand: the same publication carried out again finds what it made.
        task_id: The task that it belongs to.
        parent_id: The context that its asset hangs under.
        asset: Name of the asset.
        asset_type: Name of the asset's type.
        user_id: Whose version and note it is.
        status_id: The status that it gets when all the rest is there.
        note: Text of the note; empty for none.
        source: What the component ``movie`` points at.
        reviewable: What is uploaded.
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


def publish(ftrack: Ftrack, publication: Publication, *, check: Callable[[int], None]) -> Entity:
    """Send the media, then create everything else at once; returns the version as :func:`read_version` does.

    Args:
        ftrack: The server.
        publication: What to make.
        check: Called now and then; what it raises ends it before the version exists.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    ids = _component_ids(publication.version_id)
    reviewable = publication.reviewable
    for name, file in ((reviewable.name, reviewable.file), ("thumbnail", reviewable.thumbnail)):
        send_file(ftrack, ids["thumbnail" if name == "thumbnail" else "review"], name, file, check=check)
    check(0)
    # Another publication may make the asset at the same moment.
    commit_missing(ftrack, lambda: _operations(ftrack, publication))
    version = read_version(ftrack, publication.version_id)
    if version is None:
        raise Refused("The version was deleted as soon as it was made.")
    return version


def read_version(ftrack: Ftrack, version_id: str) -> Entity | None:
    """Return the version's number and its asset's name, when it exists."""
    found = ftrack.query(f"select version, asset.name from AssetVersion where id is {quote(version_id)}")
    return found[0] if found else None


def withdraw(ftrack: Ftrack, version_id: str) -> None:
    """Remove what was sent for a version that is not going to be."""
    discard_components(ftrack, list(_component_ids(version_id).values()))


def _component_ids(version_id: str) -> dict[str, str]:
    return {name: str(uuid.uuid5(uuid.UUID(version_id), name)) for name in ("review", "thumbnail")}


def _operations(ftrack: Ftrack, publication: Publication) -> list[Operation]:
    """Return everything but the files; the status comes last."""
    version = Reference("AssetVersion", publication.version_id)
    ids = _component_ids(version.id)
    review, thumbnail = (Reference("FileComponent", ids[name]) for name in ("review", "thumbnail"))
    asset_id, operations = _asset(ftrack, publication)
    values = {"id": version.id, "asset_id": asset_id, "task_id": publication.task_id, "user_id": publication.user_id}
    operations += [
        ftrack.create("AssetVersion", values),
        # With the sizes of now: an attempt before a crash may have made the components of another encode.
        ftrack.update(review, {"version_id": version.id, "size": publication.reviewable.file.stat().st_size}),
        ftrack.update(thumbnail, {"version_id": version.id, "size": publication.reviewable.thumbnail.stat().st_size}),
        metadata(review, "ftr_meta", json.dumps(publication.reviewable.meta)),
        located(review.id, SERVER_LOCATION, review.id),
        located(thumbnail.id, SERVER_LOCATION, thumbnail.id),
        *movie_component(str(uuid.uuid5(uuid.UUID(version.id), "movie")), version.id, publication.source),
        metadata(version, "source_file", publication.source.text),
        *_note(publication),
        ftrack.update(version, {"thumbnail_id": thumbnail.id}),
        ftrack.update(Reference("Task", publication.task_id), {"thumbnail_id": thumbnail.id}),
        ftrack.update(version, {"status_id": publication.status_id}),
    ]
    return operations


def _asset(ftrack: Ftrack, publication: Publication) -> tuple[str, list[Operation]]:
    """Return the asset's id, and what creates it when there is none."""
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
