"""Components: a version's files in ftrack, and their locations."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Sequence
from typing import Any

from callboard.changes import Entity, Reference
from callboard.errors import CallboardError
from callboard.ftrack import Ftrack, Key, Operation, ids
from callboard.studio.media import Source

_log = logging.getLogger(__name__)

#: Locations that every ftrack has, by ids that the official client's symbol.py holds as constants.
SERVER_LOCATION = "3a372bde-05bc-11e4-8908-20c9d081909b"
UNMANAGED_LOCATION = "cb268ecc-8809-11e3-a7e2-20c9d081909b"


def is_review_media(component: Entity) -> bool:
    """Return whether review players can show a component.

    While ftrack encodes, its components exist already, as the official client's tests of ``encode_media`` expect; a
    component without a location is still empty.

    Args:
        component: Read with its ``name`` and ``component_locations.location_id``.
    """
    return component["name"].startswith("ftrackreview-") and bool(component["component_locations"])


def add_location(component_id: str, location_id: str, resource_identifier: str) -> Operation:
    """Return the operation that records the location of a component's file."""
    return Ftrack.create(
        "ComponentLocation",
        {
            "id": str(uuid.uuid5(uuid.UUID(component_id), location_id)),
            "component_id": component_id,
            "location_id": location_id,
            "resource_identifier": resource_identifier,
        },
    )


def add_metadata(parent: Reference, key: str, value: str) -> Operation:
    """Return the operation that gives an entity a new metadata value."""
    values = {"parent_id": parent.id, "parent_type": parent.type, "key": key, "value": value}
    return Ftrack.create("Metadata", values)


def set_metadata(entity: Entity, key: str, value: str) -> list[Operation]:
    """Return the operations that set a metadata value; none if it is set already.

    Args:
        entity: Read with its ``metadata``.
        key: The metadata key.
        value: The value to set.
    """
    there = read_metadata(entity)
    if there.get(key) == value:
        return []
    if key in there:
        return [Ftrack.update(Key("Metadata", {"parent_id": entity.id, "key": key}), {"value": value})]
    return [add_metadata(entity.reference, key, value)]


def read_metadata(entity: Entity) -> dict[str, str]:
    """Return the metadata of an entity that was read with it."""
    return {row["key"]: row["value"] for row in entity["metadata"]}


def movie_component(component_id: str, version_id: str, source: Source) -> list[Operation]:
    """Return the operations that create a version's component ``movie``, which points at the source file.

    A sequence becomes a container with a member for each frame, named and located as the official client does it, so
    that whatever asks that client for the path (RV's integration does) finds ``shot.%04d.exr``.
    """
    values: dict[str, Any] = {
        "id": component_id,
        "name": "movie",
        "version_id": version_id,
        "file_type": source.ending,
        "size": source.size,
    }
    if not source.is_sequence:
        return [
            Ftrack.create("FileComponent", values),
            add_location(component_id, UNMANAGED_LOCATION, source.path),
        ]
    operations = [
        Ftrack.create("SequenceComponent", {**values, "padding": source.padding}),
        add_location(component_id, UNMANAGED_LOCATION, source.path),
    ]
    for number, path in source.frames():
        member_id = str(uuid.uuid5(uuid.UUID(component_id), number))
        member = {"id": member_id, "name": number, "container_id": component_id, "file_type": source.ending}
        operations += [
            Ftrack.create("FileComponent", {**member, "size": _size(path)}),
            add_location(member_id, UNMANAGED_LOCATION, path),
        ]
    return operations


def discard_components(ftrack: Ftrack, component_ids: Sequence[str]) -> None:
    """Delete the components that belong to no version; log those that cannot be deleted."""
    try:
        left = ftrack.query(f"select id from FileComponent where id in {ids(component_ids)} and version_id is none")
        ftrack.commit([Ftrack.delete(component.reference) for component in left])
    except CallboardError as error:
        _log.warning("the components %s remain in ftrack without a version: %s", ", ".join(component_ids), error)


def _size(path: str) -> int:
    # As in the official client: a frame that has disappeared has no size.
    try:
        return os.stat(path).st_size  # noqa: PTH116 - thousands of frames
    except OSError:
        return 0
