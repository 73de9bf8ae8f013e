"""Components: what a version's files are to ftrack, where they lie, and getting them there."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import requests

from callboard.changes import Entity, Reference
from callboard.errors import CallboardError, Refused, TryAgain
from callboard.ftrack import Ftrack, Key, Operation, ids, quote
from callboard.studio.media import Source

if TYPE_CHECKING:
    from hashlib import _Hash

    import ftrack_api

_log = logging.getLogger(__name__)

#: Locations that every ftrack has, by ids that the official client's symbol.py holds as constants.
SERVER_LOCATION = "3a372bde-05bc-11e4-8908-20c9d081909b"
UNMANAGED_LOCATION = "cb268ecc-8809-11e3-a7e2-20c9d081909b"

_BLOCK = 1024 * 1024
_TIMEOUT = 60


def file_component(component_id: str, name: str, file: Path, **more: Any) -> Operation:
    """The operation that creates the component of a file, as the official client's session.py describes one."""
    values = {"id": component_id, "name": name, "file_type": file.suffix, "size": file.stat().st_size, **more}
    return Ftrack.create("FileComponent", values)


def ensure(ftrack: Ftrack, create: Operation) -> None:
    """Create an entity whose id was chosen beforehand, unless an earlier attempt did."""
    entity_type, [entity_id] = create["entity_type"], create["entity_key"]
    if not ftrack.query(f"select id from {entity_type} where id is {quote(entity_id)}"):
        ftrack.commit([create])


def located(component_id: str, location_id: str, resource_identifier: str) -> Operation:
    """The operation that says where a component's file lies."""
    return Ftrack.create(
        "ComponentLocation",
        {
            "id": str(uuid.uuid5(uuid.UUID(component_id), location_id)),
            "component_id": component_id,
            "location_id": location_id,
            "resource_identifier": resource_identifier,
        },
    )


def metadata(parent: Reference, key: str, value: str) -> Operation:
    """The operation that gives an entity a metadata value that it did not have."""
    values = {"parent_id": parent.id, "parent_type": parent.type, "key": key, "value": value}
    return Ftrack.create("Metadata", values)


def changed_metadata(entity: Entity, key: str, value: str) -> list[Operation]:
    """The operation that makes a metadata value what it should be; none when it is.

    Args:
        entity: Read with its ``metadata``.
        key: Which one.
        value: What it should be.
    """
    there = read_metadata(entity)
    if there.get(key) == value:
        return []
    if key in there:
        return [Ftrack.update(Key("Metadata", {"parent_id": entity.id, "key": key}), {"value": value})]
    return [metadata(entity.reference, key, value)]


def read_metadata(entity: Entity) -> dict[str, str]:
    """The metadata of an entity that was read with it."""
    return {row["key"]: row["value"] for row in entity["metadata"]}


def movie_component(component_id: str, version_id: str, source: Source) -> list[Operation]:
    """The operations that make the component ``movie`` of a version, pointing at a source where it lies.

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
            located(component_id, UNMANAGED_LOCATION, source.path),
        ]
    operations = [
        Ftrack.create("SequenceComponent", {**values, "padding": source.padding}),
        located(component_id, UNMANAGED_LOCATION, source.path),
    ]
    for number, path in source.frames():
        member_id = str(uuid.uuid5(uuid.UUID(component_id), number))
        member = {"id": member_id, "name": number, "container_id": component_id, "file_type": source.ending}
        operations += [
            Ftrack.create("FileComponent", {**member, "size": _size(path)}),
            located(member_id, UNMANAGED_LOCATION, path),
        ]
    return operations


def send_file(
    ftrack: Ftrack,
    component_id: str,
    file: Path,
    *,
    check: Callable[[int], None] = lambda _: None,
    digest: _Hash | None = None,
) -> None:
    """Put a file to where ftrack wants the component's data, a block at a time.

    Args:
        ftrack: The server.
        component_id: An existing component.
        file: What to send.
        check: Called before each block with the bytes sent so far; what it raises ends the sending.
        digest: A checksum that is given every block on its way, so that the file is read only once.

    Raises:
        TryAgain: The line was lost.
        Refused: The server does not take it, or the file cannot be read.
    """
    try:
        size = file.stat().st_size
        [upload] = ftrack.call(
            [
                {
                    "action": "get_upload_metadata",
                    "component_id": component_id,
                    "file_name": file.name,
                    "file_size": size,
                    "checksum": None,
                }
            ]
        )
        with file.open("rb") as data:
            body = _Blocks(data, size, check, digest)
            response = requests.put(upload["url"], data=body, headers=upload["headers"], timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise TryAgain(f"The line to {ftrack.server} was lost while {file.name} was sent.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise TryAgain(f"{ftrack.server} answered {response.status_code} to the file {file.name}.")
    if not response.ok:
        raise Refused(f"{ftrack.server} does not take the file {file.name} (answer {response.status_code}).")


def fetch_file(
    session: ftrack_api.Session, component_id: str, target: Path, *, check: Callable[[int], None] = lambda _: None
) -> None:
    """Fetch a component's file from ``ftrack.server``, a block at a time.

    Args:
        session: The official client's session, which knows the address and its credentials.
        component_id: The component.
        target: The file to write.
        check: Called before each block with the bytes fetched so far; what it raises ends the fetching.

    Raises:
        TryAgain: The line was lost.
        Refused: The server has no such file, or there is no room for it.
    """
    url = session.get("Location", SERVER_LOCATION).accessor.get_url(component_id)
    fetched = 0
    try:
        with requests.get(url, stream=True, timeout=_TIMEOUT) as response, target.open("wb") as file:
            if response.status_code >= 500 or response.status_code == 429:
                raise TryAgain(f"{session.server_url} answered {response.status_code} when a file was fetched.")
            if not response.ok:
                raise Refused(f"{session.server_url} has no file for the component {component_id}.")
            for block in response.iter_content(_BLOCK):
                check(fetched)
                fetched += file.write(block)
    except requests.RequestException as error:
        # The address holds the API key, so what requests says about it is not repeated.
        raise TryAgain(f"The line to {session.server_url} was lost while a file was fetched.") from error
    except OSError as error:
        raise Refused(f"A fetched file cannot be kept in {target.parent.parent}: {error.strerror}.") from error


def discard_components(ftrack: Ftrack, component_ids: Sequence[str]) -> None:
    """Delete those of some components that exist and belong to no version; what cannot be deleted is logged."""
    try:
        left = ftrack.query(f"select id from FileComponent where id in {ids(component_ids)} and version_id is none")
        ftrack.commit([Ftrack.delete(component.reference) for component in left])
    except CallboardError as error:
        _log.warning("components %s are left in ftrack, of no version: %s", ", ".join(component_ids), error)


class _Blocks:
    """A file as the body of a request: large blocks, a length, and a look at each before it goes."""

    def __init__(self, file: BinaryIO, size: int, check: Callable[[int], None], digest: _Hash | None) -> None:
        self._file, self._size, self._check, self._digest = file, size, check, digest

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        while block := self._file.read(_BLOCK):
            self._check(sent)
            if self._digest is not None:
                self._digest.update(block)
            yield block
            sent += len(block)


def _size(path: str) -> int:
    # As in the official client: a frame that went away since it was looked at has no size.
    try:
        return os.stat(path).st_size  # noqa: PTH116 - thousands of frames
    except OSError:
        return 0
