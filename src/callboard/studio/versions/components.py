"""Components: a version's files in ftrack, and their locations."""

from __future__ import annotations

import logging
import uuid

from callboard.changes import Entity, Reference
from callboard.ftrack import Ftrack, Key, Operation

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
