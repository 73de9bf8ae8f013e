"""Icons in ftrack: each is one component, uploaded when a task first shows it, and shared by all that do."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import requests

from callboard.errors import TryAgain
from callboard.ftrack import Ftrack, Operation, RefusedByFtrack, ids
from callboard.studio.icons import icon_component_id

#: The location of ftrack's own storage, the same in every ftrack (the official client's symbol.py).
_SERVER_LOCATION = "3a372bde-05bc-11e4-8908-20c9d081909b"
#: Seconds to wait for the storage.
_TIMEOUT = 60


def upload_icons(ftrack: Ftrack, icons: Iterable[str]) -> None:
    """Have the components of some icons in ftrack, with their files.

    Args:
        ftrack: Where.
        icons: Paths of image files.

    Raises:
        TryAgain: ftrack cannot be reached, or its storage does not take the file now.
        Refused: An icon cannot be read, or ftrack refuses it.
    """
    wanted = {icon_component_id(icon): Path(icon) for icon in icons}
    if not wanted:
        return
    # A crash may have left a component without its file: what counts is that it is in a location.
    stored = ftrack.query(
        f"select component_id from ComponentLocation where component_id in {ids(sorted(wanted))} "
        f'and location_id is "{_SERVER_LOCATION}"'
    )
    for component_id in wanted.keys() - {row["component_id"] for row in stored}:
        _upload(ftrack, component_id, wanted[component_id])


def _upload(ftrack: Ftrack, component_id: str, icon: Path) -> None:
    """Create the component, send its file and say where it is: the steps of the official client's upload."""
    content = icon.read_bytes()
    values = {"id": component_id, "name": icon.stem, "file_type": icon.suffix, "size": len(content)}
    _commit_once(ftrack, Ftrack.create("FileComponent", values))
    checksum = b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    [answer] = ftrack.call(
        [
            {
                "action": "get_upload_metadata",
                "component_id": component_id,
                "file_name": icon.name,
                "file_size": len(content),
                "checksum": checksum,
            }
        ]
    )
    try:
        response = requests.put(answer["url"], data=content, headers=answer["headers"], timeout=_TIMEOUT)
        response.raise_for_status()
    except requests.RequestException as error:
        raise TryAgain(f"ftrack's storage did not take the icon {icon.name}: {error}.") from error
    location = {
        "id": str(uuid5(NAMESPACE_URL, f"callboard:icon location:{component_id}")),
        "component_id": component_id,
        "location_id": _SERVER_LOCATION,
        "resource_identifier": component_id,
    }
    _commit_once(ftrack, Ftrack.create("ComponentLocation", location))


def _commit_once(ftrack: Ftrack, operation: Operation) -> None:
    """Create what another server, or this one before a crash, may have created already."""
    try:
        ftrack.commit([operation])
    except RefusedByFtrack as error:
        if error.name != "DuplicateEntryError":
            raise
