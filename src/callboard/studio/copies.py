"""Copying one file to where none is: whole or not at all, and never over another."""

from __future__ import annotations

import errno
import os
import secrets
from hashlib import sha256

from callboard.errors import TryAgain
from callboard.studio.tree import Folder

_CHUNK = 1024 * 1024
#: How file systems without hard links (exFAT, some network shares) say so.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}


def copy_file(source: int, folder: Folder, name: str) -> bool:
    """Copy an open file to *name* in a folder, unless there is a file of that name.

    The content is written beside, into a hidden file, and gets its name when it is whole: a crash leaves the hidden
    file at most, which the next copy to the same name removes. The disk is not flushed for every file: what has been
    written survives the end of this process, and network storage flushes when a file is closed.

    Args:
        source: Descriptor of a file open for reading; read from its beginning.
        folder: Where to.
        name: The new file's name.

    Returns:
        Whether it was copied.

    Raises:
        TryAgain: Somebody else was doing the same copy.
        OSError: The storage is full, read-only, away, ...
    """
    clean_up(folder, name)
    if name in folder.names:
        return False
    temporary = f"{prefix(name)}{secrets.token_hex(4)}"
    target = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=folder.descriptor
    )
    try:
        try:
            _pour(source, target)
        finally:
            os.close(target)  # where the storage keeps a write error for the end, it is raised here
        copied = _give_name(folder, temporary, name)
    finally:
        _remove(folder, temporary)
    folder.names.add(name)
    return copied


def clean_up(folder: Folder, name: str) -> None:
    """Remove the hidden files that crashed copies to *name* left in the folder."""
    beginning = prefix(name)
    for left in [known for known in folder.names if known.startswith(beginning)]:
        _remove(folder, left)
        folder.names.discard(left)


def prefix(name: str) -> str:
    """How the hidden files begin from which *name* is to become."""
    # A digest, since the name itself may be as long as names can be.
    return f".callboard-{sha256(name.encode()).hexdigest()[:16]}-"


def _pour(source: int, target: int) -> None:
    offset = 0
    while chunk := os.pread(source, _CHUNK, offset):
        offset += len(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(target, rest) :]


def _give_name(folder: Folder, temporary: str, name: str) -> bool:
    """Give a whole file its name; False when the name is taken."""
    try:
        os.link(temporary, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor, follow_symlinks=False)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise TryAgain(f"{folder.path}/{name}: somebody else was copying it at the same time.") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _rename(folder, temporary, name)
    return True


def _rename(folder: Folder, temporary: str, name: str) -> bool:
    """The same where there are no hard links: only our own empty file is replaced."""
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder.descriptor))
    except FileExistsError:
        return False
    os.rename(temporary, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
    return True


def _remove(folder: Folder, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder.descriptor)
    except FileNotFoundError:
        return  # it got its name by renaming, or somebody else's copy cleaned up
