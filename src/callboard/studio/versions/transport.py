"""Bringing the files of components to ftrack, and fetching them from there, a block at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import requests

from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, RefusedByFtrack, quote
from callboard.studio.versions.components import SERVER_LOCATION, located

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
    """Put a file to where ftrack wants a component's data, unless it is known to lie there.

    Args:
        ftrack: The server.
        component_id: The component; it is created unless an earlier attempt did.
        name: The component's name.
        file: What to send.
        check: Called before each block with the bytes sent so far; what it raises ends the sending.
        digest: A checksum that is given every block on its way, so that the file is read only once.
        line: Keeps its connection from file to file.

    Returns:
        Whether it was sent.

    Raises:
        TryAgain: The line was lost.
        Refused: The server does not take it, or the file cannot be read.
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
        raise TryAgain(f"The line to {ftrack.server} was lost while {file.name} was sent.") from error
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from error
    if response.status_code >= 500 or response.status_code == 429:
        raise TryAgain(f"{ftrack.server} answered {response.status_code} to the file {file.name}.")
    if not response.ok:
        raise Refused(f"{ftrack.server} does not take the file {file.name} (answer {response.status_code}).")
    return True


def _address(ftrack: Ftrack, component_id: str, name: str, file: Path, size: int) -> dict[str, Any] | None:
    """Have the component, and be told where its data goes; None when it lies there.

    One request, when this is the first attempt.
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
    """Say that a component's file lies on ftrack's server; somebody else may have said so.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    try:
        ftrack.commit([located(component_id, SERVER_LOCATION, component_id)])
    except RefusedByFtrack:
        if SERVER_LOCATION not in (_locations(ftrack, component_id) or ()):
            raise


def _locations(ftrack: Ftrack, component_id: str) -> set[str] | None:
    """Return the ids of the locations that a component lies in; None when there is no such component."""
    found = ftrack.query(f"select component_locations.location_id from FileComponent where id is {quote(component_id)}")
    return {place["location_id"] for place in found[0]["component_locations"]} if found else None


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


class _Blocks:
    """A file as the body of a request: large blocks, a length, and a look at each before it goes."""

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
