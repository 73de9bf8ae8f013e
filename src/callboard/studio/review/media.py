"""The media of mirrored versions: sending what is new, and having it encoded there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids, quote
from callboard.settings.models import StudioSettings
from callboard.studio.media import apart, workspace
from callboard.studio.review.choosing import Choice, Content, Making, choose_media, probe_as
from callboard.studio.review.encodes import outputs_of
from callboard.studio.review.ids import SOURCE_MEDIA, mirrored_id
from callboard.studio.review.source import ReviewMedia, ReviewObject
from callboard.studio.review.target import remote_version_id
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import is_review_media, read_metadata, set_metadata
from callboard.studio.versions.transport import fetch_file, has_arrived, note_arrival, send_file

if TYPE_CHECKING:
    import ftrack_api

_BLOCK = 1024 * 1024


class Mirror:
    """Sends media from the studio to the ftrack that clients see.

    Args:
        remote: That ftrack.
        session: Returns the official client's session of the studio's ftrack, to fetch components.
        studio: Its ``media_roots`` and ``path_map``.
        making: How reviewables are made of what ftrack does not show.
        check: Called before each block with the bytes sent of the file; an exception from it ends the transfer.
    """

    def __init__(
        self,
        remote: Ftrack,
        session: Callable[[], ftrack_api.Session],
        studio: StudioSettings,
        making: Making,
        check: Callable[[int], None],
    ) -> None:
        self._remote, self._session, self._studio, self._check = remote, session, studio, check
        self._making = making
        self._line = requests.Session()

    def close(self) -> None:
        """Close the connection over which files were sent."""
        self._line.close()

    def choose(self, each: ReviewObject, version: Entity) -> Choice:
        """Return the media to show of an object.

        Raises:
            Refused: There is neither a file nor a component to show.
        """
        return choose_media(each, _read_record(version), self._studio, self._making)

    def read(self, objects: Sequence[ReviewObject]) -> dict[str, Entity]:
        """Return the mirrored versions by the objects' ids, with what :meth:`shows` needs."""
        objects_of = {remote_version_id(each): each.id for each in objects}
        found = self._remote.query(
            "select metadata, components.name, components.component_locations.location_id from AssetVersion "
            f"where id in {ids(objects_of)} order by id"
        )
        return {objects_of[version.id]: version for version in found}

    def shows(self, version: Entity, choice: Choice) -> bool:
        """Return whether a mirrored version already shows that media."""
        if not any(map(is_review_media, version["components"])):
            return False
        before, content = _read_record(version), choice.content
        if before is None or before.size != content.size:
            return False
        if before.is_same(content):
            return True
        if choice.file is None or _checksum(choice.file, self._check) != before.checksum:
            return False
        # The same bytes with another path or time; recorded, so that they need not be read again.
        self._note(version.id, replace(content, checksum=before.checksum))
        return True

    def _note(self, version_id: str, content: Content) -> None:
        def missing() -> list[Operation]:
            found = self._remote.query(f"select metadata from AssetVersion where id is {quote(version_id)}")
            return [operation for version in found for operation in _record(version, content)]

        commit_missing(self._remote, missing)

    def send(self, each: ReviewObject, choice: Choice) -> tuple[str, Content]:
        """Send the media unless an attempt before a crash did; return its component there, with its checksum.

        Raises:
            TryAgain: The connection was lost.
            Refused: The file is gone or cannot be read, or the other server does not accept it.
        """
        content = choice.content
        component_id = mirrored_id("media", remote_version_id(each), json.dumps(asdict(content)))
        if choice.file is not None:
            return component_id, self._send_file(component_id, content, choice.file)
        if choice.path and has_arrived(self._remote, component_id):
            return component_id, content
        with workspace() as folder:
            return component_id, self._send_file(component_id, content, self._fetch(each, choice, folder))

    def _fetch(self, each: ReviewObject, choice: Choice, folder: Path) -> Path:
        """Make a reviewable of what ftrack does not show, as Upload Media does, or fetch the version's own."""
        if choice.path:
            found = probe_as(self._making, choice.path, self._studio)
            return apart.make_reviewable(found, folder, watch=lambda _count: self._check(0)).file
        assert each.media is not None  # or it would not have been chosen
        fetched = folder / f"{each.media.name}{each.media.file_type}"
        fetch_file(self._session(), each.media.component_id, fetched, check=self._check)
        return fetched

    def _send_file(self, component_id: str, content: Content, file: Path) -> Content:
        digest = hashlib.sha1(usedforsecurity=False)
        sent = send_file(self._remote, component_id, file.stem, file, check=self._check, digest=digest, line=self._line)
        if not sent:
            return replace(content, checksum=_checksum(file, self._check))
        note_arrival(self._remote, component_id)
        return replace(content, checksum=digest.hexdigest())

    def begin_encode(self, each: ReviewObject, component_id: str) -> str:
        """Have the sent file encoded there; return the id of the Job there.

        Raises:
            Refused: It no longer exists there, or that ftrack does not allow it.
        """
        operation = {
            "action": "encode_media",
            "component_id": component_id,
            "version_id": remote_version_id(each),
            "keep_original": False,
        }
        [answer] = self._remote.call([operation])
        return str(answer["job_id"])

    def made_by_others(self, each: ReviewObject, component_id: str) -> list[str]:
        """Return the components that another, simultaneous sync made from the same file.

        The first encode to end removes the file, so the other one fails.
        """
        jobs = self._remote.query(
            f'select data from Job where status is "done" and data like "%{component_id}%" order by created_at'
        )
        made = [output for job in jobs for output in outputs_of(job)]
        there = self._remote.query(
            f"select id from FileComponent where id in {ids(made)} "
            f"and version_id is {quote(remote_version_id(each))} order by id"
        )
        return [component.id for component in there]

    def finish(self, each: ReviewObject, content: Content, outputs: list[str]) -> None:
        """Record the media shown now, remove the media shown before, and number frames like the studio.

        Raises:
            Refused: The version was deleted there.
        """
        commit_missing(self._remote, lambda: self._finishing_operations(each, content, outputs))

    def _finishing_operations(self, each: ReviewObject, content: Content, outputs: list[str]) -> list[Operation]:
        versions = self._remote.query(
            "select metadata, components.name, components.metadata, components.component_locations.location_id "
            f"from AssetVersion where id is {quote(remote_version_id(each))}"
        )
        if not versions:
            raise Refused("the version was deleted there")
        operations = _record(versions[0], content)
        for component in versions[0]["components"]:
            if component.id in outputs:
                operations += _frames(component, each.media, content)
            elif is_review_media(component):
                operations.append(self._remote.delete(component.reference))
        return operations


def _record(version: Entity, content: Content) -> list[dict[str, Any]]:
    return set_metadata(version, SOURCE_MEDIA, json.dumps(asdict(content)))


def _read_record(version: Entity) -> Content | None:
    try:
        return Content(**json.loads(read_metadata(version)[SOURCE_MEDIA]))
    except (KeyError, ValueError, TypeError):
        return None


def _checksum(file: Path, check: Callable[[int], None]) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    with file.open("rb") as data:
        while block := data.read(_BLOCK):
            check(0)
            digest.update(block)
    return digest.hexdigest()


def _frames(component: Entity, local: ReviewMedia | None, content: Content) -> list[dict[str, Any]]:
    """Give a movie's frames the numbers that they have in the studio, so that notes mean the same frame."""
    first = local.meta.get("frameIn") if local is not None else content.first_frame
    try:
        meta = json.loads(read_metadata(component).get("ftr_meta", ""))
        if not isinstance(first, int) or meta["frameIn"] == first:
            return []
        meta |= {"frameIn": first, "frameOut": first + meta["frameOut"] - meta["frameIn"]}
    except (ValueError, KeyError, TypeError):
        return []
    return set_metadata(component, "ftr_meta", json.dumps(meta))
