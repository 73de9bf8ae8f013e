"""The files of the location ftrack.server, one for each component, in a folder of their own."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import shutil
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError

_log = logging.getLogger(__name__)

_SAFE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_PARTS_KEPT_SECONDS = 24 * 3600


class Incoming:
    """A file on its way in: written beside the others, and put in its place only when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._digest = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, block: bytes) -> None:
        """Append to the file."""
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    @property
    def checksum(self) -> str:
        """MD5 of what was written, in base64 as in the header Content-MD5."""
        return base64.b64encode(self._digest.digest()).decode()

    @property
    def etag(self) -> str:
        """MD5 of what was written, in hexadecimal as in the header ETag."""
        return self._digest.hexdigest()

    def keep(self, destination: Path) -> None:
        """Put the file in its place, over what may be there."""
        self._file.close()
        destination.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(destination)

    def discard(self) -> None:
        """Remove the file unless it was kept."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class FileStore:
    """Files by component id, below one folder."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "components"
        self._thumbnails = folder / "thumbnails"
        self._incoming = folder / "incoming"
        self._parts = folder / "parts"
        shutil.rmtree(self._incoming, ignore_errors=True)
        for needed in (self._files, self._thumbnails, self._incoming, self._parts):
            needed.mkdir(parents=True, exist_ok=True)
        self._remove_old_parts()

    def path(self, component_id: str) -> Path:
        """Return where the component's file is, or would be.

        Raises:
            ValidationError: The id could lead out of the folder.
        """
        safe = _safe(component_id)
        return self._files / safe[:2] / safe

    def existing(self, component_id: str) -> Path:
        """Return where the component's file is.

        Raises:
            EntityNotFoundError: It has none.
        """
        path = self.path(component_id)
        if not path.is_file():
            raise no_file(component_id)
        return path

    def thumbnail_path(self, component_id: str, size: int) -> Path:
        """Return where the component's thumbnail of that size is kept."""
        safe = _safe(component_id)
        return self._thumbnails / safe[:2] / f"{safe}-{size}.png"

    def receive(self) -> Incoming:
        """Begin to take in a file."""
        return Incoming(self.scratch())

    def scratch(self) -> Path:
        """Return a new path for a file in the making, on the disk where it will stay."""
        return self._incoming / uuid.uuid4().hex

    def remove(self, component_id: str) -> None:
        """Forget the component's file and its thumbnails."""
        path = self.path(component_id)
        path.unlink(missing_ok=True)
        for thumbnail in (self._thumbnails / path.name[:2]).glob(f"{path.name}-*.png"):
            thumbnail.unlink(missing_ok=True)

    def forget(self, component_id: str) -> None:
        """Remove whatever there is of a component that was deleted.

        The deletion stands: a file that cannot be removed is only reported in the log.
        """
        if not _SAFE_ID.fullmatch(component_id):
            return  # No file is ever taken in under such an id.
        try:
            self.remove(component_id)
            shutil.rmtree(self._parts / component_id, ignore_errors=True)
        except OSError:
            _log.warning("The file of the deleted component %s stays behind.", component_id, exc_info=True)

    def part_path(self, component_id: str, upload_id: str, number: int) -> Path:
        """Return where a part of a multipart upload is, or would be."""
        return self._parts / _safe(component_id) / _safe(upload_id) / f"{number:05d}"

    def join_parts(self, component_id: str, upload_id: str, numbers: Sequence[int]) -> None:
        """Make the component's file of parts, in the order given."""
        whole = self.scratch()
        with whole.open("wb") as target:
            for number in numbers:
                with self.part_path(component_id, upload_id, number).open("rb") as part:
                    shutil.copyfileobj(part, target, 1024 * 1024)
        path = self.path(component_id)
        path.parent.mkdir(exist_ok=True)
        whole.replace(path)
        shutil.rmtree(self._parts / _safe(component_id) / _safe(upload_id))

    def _remove_old_parts(self) -> None:
        """Remove what uploads left that were never completed."""
        oldest = time.time() - _PARTS_KEPT_SECONDS
        for folder in self._parts.glob("*/*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)


def file_etag(path: Path) -> str:
    """Return the MD5 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def no_file(component_id: str) -> EntityNotFoundError:
    """Return the refusal for a component without a file here, or whose file is not for the user."""
    return EntityNotFoundError(f"The component {component_id} has no file in the location ftrack.server.")


def _safe(given: str) -> str:
    if not _SAFE_ID.fullmatch(given):
        raise ValidationError(f"{given!r} is not an id: only letters, digits, - and _ are allowed, at most 64 of them.")
    return given
