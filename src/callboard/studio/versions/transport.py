"""The files of components on their way to ftrack and back, block by block."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import requests

from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, RefusedByFtrack, quote
from callboard.studio.versions.components import SERVER_LOCATION, add_location

if TYPE_CHECKING:
    import ftrack_api

_BLOCK = 1024 * 1024
_TIMEOUT = 60


def send_file(
    ftrack: Ftrack,
    component_id: str,
    name: str,
    file: Path,
    *,
    check: Callable[[int], None] = lambda _: None,
    digest: hashlib._Hash | None = None,
    line: requests.Session | None = None,
) -> bool:
    """Send a file to the address that ftrack names for a component's data, unless it is known to be there.

    Args:
        ftrack: The server.
        component_id: The component; it is created unless an earlier attempt did.
        name: The component's name.
        file: What to send.
        check: Called before each block with the bytes sent so far; an exception from it ends the transfer.
        digest: A checksum that is updated with every block, so that the file is read only once.
        line: A session that keeps its connection from file to file.

    Returns:
        Whether it was sent.

    Raises:
        TryAgain: The connection was lost.
        Refused: The server does not accept it, or the file cannot be read.
    """
    put = requests.put if line is None else line.put
    try:
        size = file.stat().st_size
        upload = _address(ftrack, component_id, name, file, size)
        if upload is None:
            return False
        with file.open("rb") as data:
            body = _Blocks(data, size, check, digest)
            response = put(upload["url"], data=body, headers=upload["headers"], timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise TryAgain(f"The connection to {ftrack.server} was lost while {file.name} was being sent.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise TryAgain(f"{ftrack.server} answered {response.status_code} to the file {file.name}.")
    if not response.ok:
        raise Refused(f"{ftrack.server} does not accept the file {file.name} (answer {response.status_code}).")
    return True


def _address(ftrack: Ftrack, component_id: str, name: str, file: Path, size: int) -> dict[str, Any] | None:
    """Create the component and return the address for its data, or None if the data is there already.

    On the first attempt this is one request.
    """
    # As the official client's session.py describes a file.
    values = {"id": component_id, "name": name, "file_type": file.suffix, "size": size}
    where = {
        "action": "get_upload_metadata",
        "component_id": component_id,
        "file_name": file.name,
        "file_size": size,
        "checksum": None,
    }
    try:
        answers = ftrack.call([ftrack.create("FileComponent", values), where])
    except RefusedByFtrack:
        locations = _locations(ftrack, component_id)
        if locations is None:
            raise
        if SERVER_LOCATION in locations:
            return None
        answers = ftrack.call([where])
    upload: dict[str, Any] = answers[-1]
    return upload


def note_arrival(ftrack: Ftrack, component_id: str) -> None:
    """Record that a component's file is on ftrack's server, unless it is recorded already.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    try:
        ftrack.commit([add_location(component_id, SERVER_LOCATION, component_id)])
    except RefusedByFtrack:
        if SERVER_LOCATION not in (_locations(ftrack, component_id) or ()):
            raise


def has_arrived(ftrack: Ftrack, component_id: str) -> bool:
    """Return whether a component's file is on ftrack's server."""
    return SERVER_LOCATION in (_locations(ftrack, component_id) or ())


def _locations(ftrack: Ftrack, component_id: str) -> set[str] | None:
    """Return the ids of a component's locations, or None if the component does not exist."""
    found = ftrack.query(f"select component_locations.location_id from FileComponent where id is {quote(component_id)}")
    return {place["location_id"] for place in found[0]["component_locations"]} if found else None


def fetch_file(
    session: ftrack_api.Session, component_id: str, target: Path, *, check: Callable[[int], None] = lambda _: None
) -> None:
    """Fetch a component's file from ``ftrack.server``, block by block.

    Args:
        session: The official client's session, which knows the address and its credentials.
        component_id: The component.
        target: The file to write.
        check: Called before each block with the bytes fetched so far; an exception from it ends the transfer.

    Raises:
        TryAgain: The connection was lost.
        Refused: The server does not have the file, or the disk is full.
    """
    url = session.get("Location", SERVER_LOCATION).accessor.get_url(component_id)
    fetched = 0
    try:
        with requests.get(url, stream=True, timeout=_TIMEOUT) as response, target.open("wb") as file:
            if response.status_code >= 500 or response.status_code == 429:
                raise TryAgain(f"{session.server_url} answered {response.status_code} when a file was requested.")
            if not response.ok:
                raise Refused(f"{session.server_url} has no file for the component {component_id}.")
            for block in response.iter_content(_BLOCK):
                check(fetched)
                fetched += file.write(block)
    except requests.RequestException as error:
        # The address contains the API key, so the error of requests is not repeated.
        raise TryAgain(f"The connection to {session.server_url} was lost while a file was being fetched.") from error
    except OSError as error:
        raise Refused(f"A fetched file cannot be stored in {target.parent.parent}: {error.strerror}.") from error


class _Blocks:
    """A file as the body of a request: large blocks, a known length, and a check before each block."""

    def __init__(self, file: BinaryIO, size: int, check: Callable[[int], None], digest: hashlib._Hash | None) -> None:
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
