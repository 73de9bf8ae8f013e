"""The files of copied components: those that the source's own location holds."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from ftrack_sandbox.importing import ledger
from ftrack_sandbox.importing.source import Source
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.store import Connection, Store

#: What reads the components of one kind; the location is ftrack's own, see the official client's symbol.py.
_IN_THE_LOCATION = (
    'SELECT DISTINCT c."id" FROM "Component" c JOIN "ComponentLocation" l ON l."component_id" = c."id" '
    "WHERE l.\"location_id\" = '3a372bde-05bc-11e4-8908-20c9d081909b' AND "
)
_THUMBNAILS = (
    'c."id" IN (SELECT "thumbnail_id" FROM "Context" UNION SELECT "thumbnail_id" FROM "AssetVersion" '
    'UNION SELECT "thumbnail_id" FROM "Resource")'
)
_REVIEWABLE = "(c.\"name\" LIKE 'ftrackreview-%' OR " + _THUMBNAILS + ")"


class Media(StrEnum):
    """The files to copy."""

    NONE = "none"
    THUMBNAILS = "thumbnails"
    REVIEWABLE = "reviewable"


def fetch_media(
    source: Source, store: Store, files: FileStore, media: Media, on_progress: Callable[[int, int], None]
) -> int:
    """Copy the files that are wanted and not here yet, and return how many came."""
    if media is Media.NONE:
        return 0
    with store.reading() as connection:
        wanted = [each for each in _wanted(connection, media) if not files.path(each).is_file()]
    came = 0
    for number, component in enumerate(wanted, start=1):
        scratch = files.scratch()
        try:
            if source.download(component, scratch):
                target = files.path(component)
                target.parent.mkdir(parents=True, exist_ok=True)
                scratch.replace(target)
                came += 1
            else:
                with store.writing() as transaction:
                    ledger.leave_out(transaction, "the file of a component", "the source has none in its location")
        finally:
            scratch.unlink(missing_ok=True)
        on_progress(number, len(wanted))
    return came


def _wanted(connection: Connection, media: Media) -> list[str]:
    condition = _THUMBNAILS if media is Media.THUMBNAILS else _REVIEWABLE
    return [row[0] for row in connection.execute(f'{_IN_THE_LOCATION}{condition} ORDER BY c."id"')]
