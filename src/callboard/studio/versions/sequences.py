"""Image sequences as components: thousands of members, created and deleted in parts that ftrack manages.

The container belongs to no version until all members are there; what makes it a version's movie is a commit of its own.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from callboard.changes import Reference
from callboard.errors import CallboardError
from callboard.ftrack import Ftrack, Operation, Portion, RefusedByFtrack, TooMuchForFtrack, ids, quote
from callboard.settings.models import StudioSettings
from callboard.studio.media import Source
from callboard.studio.paths.mapping import component_path
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import UNMANAGED_LOCATION, add_location

_log = logging.getLogger(__name__)

#: Operations of one commit, at most: some hundred kilobytes.
_PART = 1000
#: How often what is there is read again when another process creates the same members.
_ATTEMPTS = 5


def prepare_sequence(
    ftrack: Ftrack, component_id: str, source: Source, studio: StudioSettings, *, check: Callable[[], None]
) -> None:
    """Create the container of a sequence and its members, as far as they are missing.

    Members are named and located as the official client does it, so that whatever asks that client for the path (RV's
    integration does) finds ``shot.%04d.exr``.

    Args:
        ftrack: The server.
        component_id: The container's id.
        source: A sequence.
        studio: For the platform whose paths components have.
        check: Called before each part; an exception from it ends the preparation.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        missing = _missing(ftrack, component_id, source, studio)
        try:
            commit_parts(ftrack, missing, check=check)
        except RefusedByFtrack as error:
            # An answer was lost, or another process is at it as well.
            if error.name != "DuplicateEntryError" or attempt == _ATTEMPTS:
                raise
        else:
            return


def delete_components(ftrack: Ftrack, component_ids: Iterable[str], *, check: Callable[[], None]) -> None:
    """Delete components with their members, as far as they exist and belong to no version.

    Args:
        ftrack: The server.
        component_ids: The components.
        check: As of :func:`prepare_sequence`.
    """
    wanted = ids(sorted(component_ids))

    def missing() -> list[Operation]:
        members, containers = ftrack.query_many(
            [
                (
                    "select id from FileComponent "
                    f"where container_id in {wanted} and container.version_id is none order by id"
                ),
                f"select id from Component where id in {wanted} and version_id is none order by id",
            ]
        )
        return [ftrack.delete(each.reference) for each in [*members, *containers]]

    # Another process that replaced the same components deletes them too.
    commit_missing(ftrack, missing, lambda operations: commit_parts(ftrack, operations, check=check))


def discard_components(ftrack: Ftrack, component_ids: Iterable[str]) -> None:
    """Delete components that belong to no version; log those that cannot be deleted."""
    wanted = sorted(component_ids)
    try:
        delete_components(ftrack, wanted, check=lambda: None)
    except CallboardError as error:
        _log.warning("the components %s remain in ftrack without a version: %s", ", ".join(wanted), error)


def commit_parts(ftrack: Ftrack, operations: Sequence[Operation], *, check: Callable[[], None]) -> None:
    """Commit operations in their order, in parts; each part is carried out as a whole or not at all.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it; earlier parts remain.
    """
    portion, done = Portion(_PART), 0
    while done < len(operations):
        check()
        part = operations[done : done + portion.size]
        try:
            ftrack.commit(part)
        except TooMuchForFtrack:
            if not portion.halve():
                raise
        else:
            done += len(part)
            portion.grow()


def _missing(ftrack: Ftrack, component_id: str, source: Source, studio: StudioSettings) -> list[Operation]:
    """Return the operations that create what is not there yet."""
    containers, members = ftrack.query_many(
        [
            f"select id from SequenceComponent where id is {quote(component_id)}",
            (
                "select component_locations.location_id from FileComponent "
                f"where container_id is {quote(component_id)} order by id"
            ),
        ]
    )
    located = {member.id: bool(member["component_locations"]) for member in members}
    operations = []
    if not containers:
        values: dict[str, Any] = {"id": component_id, "name": "movie", "file_type": source.ending}
        operations.append(
            ftrack.create("SequenceComponent", {**values, "size": source.size, "padding": source.padding})
        )
    for number, path in source.frames():
        member_id = str(uuid.uuid5(uuid.UUID(component_id), number))
        if member_id not in located:
            values = {"id": member_id, "name": number, "container_id": component_id, "file_type": source.ending}
            operations.append(ftrack.create("FileComponent", {**values, "size": _size(path)}))
        if not located.get(member_id):
            operations.append(add_location(member_id, UNMANAGED_LOCATION, component_path(path, studio)))
    return operations


def attach_movie(
    component_id: str, version_id: str, source: Source, location_id: str, studio: StudioSettings
) -> list[Operation]:
    """Return the operations that make a component a version's ``movie``, which points at the source where it lies.

    Args:
        component_id: Its id; that of a prepared container when the source is a sequence.
        version_id: The version.
        source: What it points at.
        location_id: The id of the entity that says where it lies: two processes that choose the same one cannot both
            succeed.
        studio: For the platform whose paths components have.
    """
    location = {
        "id": location_id,
        "component_id": component_id,
        "location_id": UNMANAGED_LOCATION,
        "resource_identifier": component_path(source.path, studio),
    }
    if source.is_sequence:
        attached = Ftrack.update(Reference("SequenceComponent", component_id), {"version_id": version_id})
    else:
        values = {"id": component_id, "name": "movie", "version_id": version_id}
        attached = Ftrack.create("FileComponent", {**values, "file_type": source.ending, "size": source.size})
    return [attached, Ftrack.create("ComponentLocation", location)]


def _size(path: str) -> int:
    # As in the official client: a frame that has disappeared has no size.
    try:
        return os.stat(path).st_size  # noqa: PTH116 - thousands of frames
    except OSError:
        return 0
