"""Snapshots: the state of a data folder under a name, taken and restored while the server runs."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ftrack_sandbox.errors import EntityNotFoundError, ValidationError
from ftrack_sandbox.store import Store

_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")

#: The subfolder for files that are still being written.
_PASSING: Final = "incoming"

#: ``FICLONE`` of Linux: lets two files share their content until one of them is changed (Btrfs, XFS, bcachefs).
_CLONE: Final = 0x40049409


@dataclass(frozen=True)
class Snapshot:
    """A state that can be returned to: its name, and when it was taken (UTC)."""

    name: str
    taken_at: datetime


class Snapshots:
    """The snapshots of a data folder.

    Args:
        data: The folder; the snapshots are in its folder ``snapshots``.
        store: Its database.
    """

    def __init__(self, data: Path, store: Store) -> None:
        self._files = data / "files"
        self._folder = data / "snapshots"
        self._store = store

    def names(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first."""
        found = [each for each in self._folder.glob("*") if _NAME.fullmatch(each.name)]
        taken = [Snapshot(each.name, datetime.fromtimestamp(each.stat().st_mtime, UTC)) for each in found]
        return sorted(taken, key=lambda each: (each.taken_at, each.name))

    def take(self, name: str) -> None:
        """Keep the present state under a name, in place of what had that name before.

        Raises:
            ValidationError: The name could lead out of the folder.
        """
        place = self._place(name)
        draft = self._folder / f".{name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        database = draft / "ftrack.sqlite"
        database.touch(mode=0o600)
        with self._store.between_batches() as connection:
            target = sqlite3.connect(database)
            # The folder gets its name only when it is whole, so that nothing has to reach the disk before.
            target.execute("PRAGMA synchronous = OFF")
            connection.backup(target)
            target.close()
            _make_equal(self._files, draft / "files")
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)
        os.utime(place)

    def restore(self, name: str) -> None:
        """Return to the state of a snapshot; clients stay connected, and get no event about it.

        Raises:
            ValidationError: The name could lead out of the folder.
            EntityNotFoundError: There is no snapshot of that name.
        """
        place = self._place(name)
        if not place.is_dir():
            known = ", ".join(each.name for each in self.names()) or "none"
            raise EntityNotFoundError(f"There is no snapshot {name!r}; there is {known}.")
        with self._store.between_batches() as connection:
            # A snapshot is never written to, so SQLite needs no files beside it.
            source = sqlite3.connect(f"{(place / 'ftrack.sqlite').as_uri()}?immutable=1", uri=True)
            source.backup(connection)
            source.close()
            _make_equal(place / "files", self._files)

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValidationError(
                f"{name!r} cannot be the name of a snapshot: letters, digits, '.', '-' and '_' can, at most 64 of them."
            )
        return self._folder / name


def _make_equal(source: Path, target: Path) -> None:
    """Give a folder the files of another one; files that are the same already are left alone."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {path.relative_to(source): path for path in _files(source)}
    for path in list(_files(target)):
        if path.relative_to(target) not in wanted:
            path.unlink()
    for name, path in wanted.items():
        if not _is_same(path, target / name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(path, target / name)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        if Path(parent) == folder:
            with suppress(ValueError):
                folders.remove(_PASSING)
        yield from (Path(parent, name) for name in names)


def _is_same(source: Path, target: Path) -> bool:
    try:
        one, other = source.stat(), target.stat()
    except FileNotFoundError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _copy(source: Path, target: Path) -> None:
    """Copy a file with its time; where the file system can, both share their content until one is changed."""
    draft = target.with_name(f".{target.name}.new")
    with source.open("rb") as reading, draft.open("wb") as writing:
        try:
            fcntl.ioctl(writing.fileno(), _CLONE, reading.fileno())
        except OSError:
            shutil.copyfileobj(reading, writing, 1024 * 1024)
    shutil.copystat(source, draft)
    draft.replace(target)
