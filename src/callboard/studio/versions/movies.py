"""The component ``movie`` of versions, which points RV at the source files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids
from callboard.studio.media import Source
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import UNMANAGED_LOCATION, movie_component, set_metadata


def replace_movies(ftrack: Ftrack, sources: Mapping[str, Source]) -> int:
    """Point the movies of versions at sources, all of them or none; a version never has two.

    Args:
        ftrack: The server.
        sources: Version id -> its new movie; the metadata ``source_file`` is set with it.

    Returns:
        The number of versions that had another movie, or another ``source_file``, before.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: A version does not exist any more, or ftrack does not allow it.
    """
    changed = 0

    def missing() -> list[Operation]:
        nonlocal changed
        wanted = _operations(ftrack, sources)
        changed = sum(bool(operations) for operations in wanted)
        return [operation for operations in wanted for operation in operations]

    commit_missing(ftrack, missing)
    return changed


def _operations(ftrack: Ftrack, sources: Mapping[str, Source]) -> list[list[Operation]]:
    """Return the operations for each version; none for one that is already right."""
    versions, movies, members = ftrack.query_many(
        [
            f"select metadata from AssetVersion where id in {ids(sources)} order by id",
            (
                "select version_id, size, component_locations.location_id, component_locations.resource_identifier "
                f'from Component where version_id in {ids(sources)} and name is "movie" order by id'
            ),
            (
                "select container_id from FileComponent "
                f'where container.version_id in {ids(sources)} and container.name is "movie" order by id'
            ),
        ]
    )
    gone = len(sources) - len(versions)
    if gone:
        raise Refused(f"{gone} of {len(sources)} versions do not exist any more; nothing was changed.")
    wanted = []
    for version in versions:
        old = [movie for movie in movies if movie["version_id"] == version.id]
        old_members = [member for member in members if member["container_id"] in {movie.id for movie in old}]
        operations = set_metadata(version, "source_file", sources[version.id].text)
        if not (len(old) == 1 and _is(old[0], len(old_members), sources[version.id])):
            operations += [ftrack.delete(each.reference) for each in [*old_members, *old]]
            operations += movie_component(_next_id(version, old), version.id, sources[version.id])
        wanted.append(operations)
    return wanted


def _next_id(version: Entity, old: list[Entity]) -> str:
    # Two processes that replace the same components choose the same id, so they cannot both add one.
    return str(uuid.uuid5(uuid.UUID(version.id), " ".join(["movie", *(movie.id for movie in old)])))


def _is(movie: Entity, members: int, source: Source) -> bool:
    """Return whether a component already points at the source."""
    there = {(place["location_id"], place["resource_identifier"]) for place in movie["component_locations"]}
    return (UNMANAGED_LOCATION, source.path) in there and movie["size"] == source.size and members == len(source.files)
