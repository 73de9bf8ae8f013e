"""Copying one file to where none is: whole or not at all, and never over another."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from contextlib import suppress
from hashlib import sha256

from callboard.errors import TryAgain
from callboard.studio.storage.tree import Folder

_CHUNK = 1024 * 1024
#: How file systems without hard links (exFAT, some network shares) say so.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
#: How those without locks do.
_NO_LOCKS = {errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL}
_WRITE = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_file(source: int, folder: Folder, name: str) -> bool:
    """Copy an open file to *name* in a folder, unless there is a file of that name.

    The content is written beside, into a hidden file, and gets its name when it is whole: a crash leaves the hidden
    file at most, which the next copy to the same name removes. Of several copies at once the first that is whole gets
    the name. The disk is not flushed for every file: what has been written survives the end of this process, and
    network storage flushes when a file is closed.

    Args:
        source: Descriptor of a file open for reading; read from its beginning.
        folder: Where to.
        name: The new file's name.

    Returns:
        Whether it was copied.

    Raises:
        TryAgain: On a storage without locks, somebody else was doing the same copy.
        OSError: The storage is full, read-only, away, ...
    """
    clean_up(folder, name)
    if name in folder.names:
        return False
    temporary, target = _begin(folder, name)
    try:
        try:
            _pour(source, target)
            os.close(os.dup(target))  # where the storage keeps a write error for the end, it is raised here
            copied = _give_name(folder, temporary, name)
        finally:
            os.close(target)
    finally:
        _remove(folder, temporary)
    folder.names.add(name)
    return copied


def clean_up(folder: Folder, name: str) -> None:
    """Remove the hidden files that crashed copies to *name* left in the folder."""
    beginning = prefix(name)
    for left in [known for known in folder.names if known.startswith(beginning)]:
        # What cannot be looked at is left alone: it is gone, or another user's, and in nobody's way.
        with suppress(OSError):
            descriptor = os.open(left, _WRITE | os.O_NONBLOCK, dir_fd=folder.descriptor)
            try:
                if _lock(descriptor):
                    _remove(folder, left)
            finally:
                os.close(descriptor)
        folder.names.discard(left)


def _begin(folder: Folder, name: str) -> tuple[str, int]:
    """Make a hidden file and hold its lock, which tells others that its copy is alive; its name and descriptor."""
    while True:
        temporary = f"{prefix(name)}{secrets.token_hex(4)}"
        target = os.open(temporary, _WRITE | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder.descriptor)
        _lock(target, wait=True)
        if os.fstat(target).st_nlink:
            return temporary, target
        os.close(target)  # somebody else cleaned it up before it was locked


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock a hidden file until it is closed; False when its copy is alive.

    On a storage without locks a copy looks crashed to the others: whoever loses the hidden file to them tries again.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def prefix(name: str) -> str:
    """Return how the hidden files begin from which *name* is to become."""
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
    """Do the same where there are no hard links: only our own empty file, made the moment before, is replaced."""
    try:
        os.close(os.open(name, _WRITE | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder.descriptor))
    except FileExistsError:
        return False
    try:
        os.rename(temporary, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor)
    except OSError:
        _remove(folder, name)
        raise
    return True


def _remove(folder: Folder, name: str) -> None:
    # It may have got its name by renaming, or somebody else's copy cleaned up.
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder.descriptor)
