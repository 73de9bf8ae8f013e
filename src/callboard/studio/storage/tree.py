"""The folders below a base, walked and created without ever leaving it.

Every step goes by name from one open folder to the next without following links, so nobody can swap in a link between
a check and its use. An existing link is followed only to a place below the base.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from callboard.errors import Refused, TryAgain
from callboard.studio.paths.names import Names, check_name

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: Without O_NONBLOCK opening a pipe would wait; for a file it means nothing.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


class Folder:
    """An open folder.

    Attributes:
        descriptor: For the ``dir_fd`` of the functions in :mod:`os`.
        path: Its path, for people.
        names: The names in it.
    """

    def __init__(self, descriptor: int, path: str, names: Names) -> None:
        self.descriptor = descriptor
        self.path = path
        self.names = names

    def refuse_twin(self, name: str) -> None:
        """Refuse a new name that some file systems treat as equal to an existing one.

        Raises:
            Refused: ``sh010`` beside ``SH010``.
        """
        if (twin := self.names.twin(name)) is not None:
            raise Refused(
                f"{self.path} already contains {twin!r}, and {name!r} differs from it only by case; rename one of them."
            )

    def read_again(self) -> None:
        """Add the names that others have created here."""
        for name in os.listdir(self.descriptor):  # noqa: PTH208 - pathlib cannot list an open folder
            self.names.add(name)


class Tree:
    """The folders below one base; remembers what it has seen, for one batch.

    Attributes:
        base: The base's path.
        real: The base's path with links resolved.
        made: The number of folders created so far.
    """

    def __init__(self, base: str) -> None:
        """Open the base.

        Raises:
            TryAgain: It does not exist.
        """
        self.base = base
        self.made = 0
        try:
            descriptor = os.open(base, _FOLDER)
        except (FileNotFoundError, NotADirectoryError):
            raise TryAgain(f"The folder {base} does not exist; mount the storage, or create the folder.") from None
        self.real = os.path.realpath(base)
        self._seen: dict[tuple[str, ...], Names] = {}
        self._top = Folder(descriptor, base, self._names((), descriptor))
        self._way: list[tuple[str, Folder]] = []

    def close(self) -> None:
        """Close the open folders."""
        self._go_back(0)
        os.close(self._top.descriptor)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the names that lead from the base to *path*.

        Raises:
            Refused: It is not below the base, or one of its names cannot be a folder.
        """
        if not is_below(path, self.base):
            raise Refused(f"{path} is not below {self.base}.")
        return tuple(check_name(name, "folder") for name in _parts(path, self.base))

    def make(self, names: Sequence[str]) -> None:
        """Create the folder that the names lead to from the base if it is missing, like :meth:`enter`."""
        if tuple(names) not in self._seen:
            self.enter(names)

    def enter(self, names: Sequence[str]) -> Folder:
        """Open the folder that the names lead to from the base, and create what is missing.

        Raises:
            Refused: Something else is in the way, or a link leads out of the base.
        """
        folder = self._go_back_to_common(names)
        for name in names[len(self._way) :]:
            made = name not in folder.names and self._make(folder, name)
            folder = self._step(folder, name, made=made)
        return folder

    def find(self, names: Sequence[str]) -> Folder | None:
        """Open the folder that the names lead to from the base, or return None if it does not exist."""
        folder = self._go_back_to_common(names)
        for name in names[len(self._way) :]:
            if name not in folder.names:
                return None
            folder = self._step(folder, name, made=False)
        return folder

    def open_file(self, folder: Folder, name: str) -> int | None:
        """Open a file in one of the tree's folders for reading; return None if it is not an ordinary file.

        Raises:
            Refused: It is a link that leads out of the base.
        """
        descriptor = self._open(folder, name, _FILE)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        return None

    def _go_back_to_common(self, names: Sequence[str]) -> Folder:
        common = 0
        for (known, _), name in zip(self._way, names, strict=False):
            if known != name:
                break
            common += 1
        self._go_back(common)
        return self._way[-1][1] if self._way else self._top

    def _go_back(self, depth: int) -> None:
        while len(self._way) > depth:
            os.close(self._way.pop()[1].descriptor)

    def _make(self, folder: Folder, name: str) -> bool:
        """Create a folder; return False if another process has just created it."""
        folder.refuse_twin(name)
        try:
            os.mkdir(name, dir_fd=folder.descriptor)
        except FileExistsError:
            folder.read_again()
            folder.refuse_twin(name)
            return False
        folder.names.add(name)
        self.made += 1
        return True

    def _step(self, folder: Folder, name: str, *, made: bool) -> Folder:
        descriptor = self._open(folder, name, _FOLDER)
        key = (*(known for known, _ in self._way), name)
        if made:
            self._seen[key] = Names()
        step = Folder(descriptor, f"{folder.path.rstrip('/')}/{name}", self._names(key, descriptor))
        self._way.append((name, step))
        return step

    def _names(self, key: tuple[str, ...], descriptor: int) -> Names:
        if key not in self._seen:
            self._seen[key] = Names(os.listdir(descriptor))
        return self._seen[key]

    def _open(self, folder: Folder, name: str, flags: int) -> int:
        path = f"{folder.path.rstrip('/')}/{name}"
        try:
            return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folder.descriptor)
        except OSError as error:
            # A link raises ENOTDIR in place of a folder (Linux), otherwise ELOOP, or EMLINK (BSD).
            if error.errno not in {errno.ENOTDIR, errno.ELOOP, errno.EMLINK}:
                raise
        real = os.path.realpath(path)
        if not is_below(real, self.real):
            raise Refused(f"{path} is a link that leads out of {self.base}.")
        if flags == _FOLDER and not Path(real).is_dir():
            raise Refused(f"{path} is in the way: it is not a folder; move it.")
        return self._open_real(_parts(real, self.real), flags)

    def _open_real(self, names: Sequence[str], flags: int) -> int:
        """Open a file or folder below the base by a path that must not contain links."""
        descriptor = os.dup(self._top.descriptor)
        for position, name in enumerate(names, start=1):
            try:
                following = os.open(
                    name, (flags if position == len(names) else _FOLDER) | os.O_NOFOLLOW, dir_fd=descriptor
                )
            finally:
                os.close(descriptor)
            descriptor = following
        return descriptor


def is_below(path: str, folder: str) -> bool:
    """Return whether *path* is the folder or lies below it; both are absolute and have no ``..``."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _parts(path: str, folder: str) -> list[str]:
    """Return the names that lead from a folder to a path below it."""
    rest = path[len(folder.rstrip("/")) + 1 :]
    return rest.split("/") if rest else []
