"""The component ``movie`` of versions, which points RV at the source files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids
from callboard.jobs import Job
from callboard.settings.models import StudioSettings
from callboard.studio.media import Source
from callboard.studio.paths.mapping import component_path
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import UNMANAGED_LOCATION, set_metadata
from callboard.studio.versions.sequences import attach_movie, delete_components, prepare_sequence

#: The checkpoint with the components that were replaced and are still to be deleted.
_REPLACED = "replaced movies"


@dataclass(frozen=True)
class _Change:
    """The operations that one version needs.

    Attributes:
        version_id: The version.
        metadata: The operations on its metadata.
        source: Its new movie; None where it has that one already.
        old: The components that it replaces.
        studio: For the platform whose paths components have.
    """

    version_id: str
    metadata: list[Operation]
    source: Source | None
    old: list[Entity]
    studio: StudioSettings

    @property
    def component_id(self) -> str:
        """The id of the new movie: it follows from what it points at, so an attempt after a crash continues with it."""
        assert self.source is not None
        path = component_path(self.source.path, self.studio)
        identity = f"movie {path} {self.source.size} {len(self.source.files)}"
        return str(uuid.uuid5(uuid.UUID(self.version_id), identity))

    def switch(self) -> list[Operation]:
        """Return the operations that let the version have its new movie, and no other one."""
        if self.source is None:
            return self.metadata
        replaced = [each for each in self.old if each.id != self.component_id]
        operations = [*self.metadata, *(Ftrack.update(each.reference, {"version_id": None}) for each in replaced)]
        if len(replaced) == len(self.old):
            # Whoever replaces the same components chooses the same id, so two of them cannot both succeed.
            identity = " ".join(["movie", *(each.id for each in self.old)])
            location_id = str(uuid.uuid5(uuid.UUID(self.version_id), identity))
            operations += attach_movie(self.component_id, self.version_id, self.source, location_id, self.studio)
        return operations


def replace_movies(job: Job, sources: Mapping[str, Source]) -> int:
    """Point the movies of versions at sources, all of them or none; a version never has two.

    Args:
        job: The job that does it; it continues after a crash.
        sources: Version id -> its new movie; the metadata ``source_file`` is set with it.

    Returns:
        The number of versions that had another movie, or another ``source_file``, before.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: A version does not exist any more, or ftrack does not allow it.
    """
    ftrack = job.ftrack
    replaced = set(job.recall(_REPLACED) or ())
    changed = 0

    def switch() -> list[Operation]:
        nonlocal changed
        changes = [
            change for change in _changes(ftrack, sources, job.settings.studio) if change.metadata or change.source
        ]
        changed = len(changes)
        for change in changes:
            if change.source is not None and change.source.is_sequence:
                prepare_sequence(ftrack, change.component_id, change.source, change.studio, check=job.check)
        replaced.update(each.id for change in changes if change.source for each in change.old)
        job.remember(_REPLACED, sorted(replaced))
        return [operation for change in changes for operation in change.switch()]

    commit_missing(ftrack, switch)
    if replaced:
        delete_components(ftrack, replaced, check=job.check)
    return changed


def _changes(ftrack: Ftrack, sources: Mapping[str, Source], studio: StudioSettings) -> list[_Change]:
    """Return what each version needs."""
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
    changes = []
    for version in versions:
        source = sources[version.id]
        old = [movie for movie in movies if movie["version_id"] == version.id]
        count = sum(member["container_id"] in {movie.id for movie in old} for member in members)
        same = len(old) == 1 and _is(old[0], count, source, studio)
        metadata = set_metadata(version, "source_file", source.text)
        changes.append(_Change(version.id, metadata, None if same else source, [] if same else old, studio))
    return changes


def _is(movie: Entity, members: int, source: Source, studio: StudioSettings) -> bool:
    """Return whether a component already points at the source."""
    there = {(place["location_id"], place["resource_identifier"]) for place in movie["component_locations"]}
    path = component_path(source.path, studio)
    return (UNMANAGED_LOCATION, path) in there and movie["size"] == source.size and members == len(source.files)
