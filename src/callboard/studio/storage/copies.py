"""The copy of one file to a free name: complete or not at all, and never over another file."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256

from callboard.errors import TryAgain
from callboard.studio.storage.tree import Folder

_CHUNK = 1024 * 1024
#: Errors of file systems without hard links (exFAT, some network shares).
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
#: Errors of file systems without locks.
_NO_LOCKS = {errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL}
_WRITE = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC


def copy_file(source: int, folder: Folder, name: str, check: Callable[[], None] | None = None) -> bool:
    """Copy an open file to *name* in a folder, unless a file of that name exists.

    The content is first written to a hidden file beside it, which gets the name when it is complete: a crash leaves at
    most the hidden file, and the next copy to the same name removes it. If several copies run at the same time, the
    first to complete gets the name. The disk is not flushed for every file: written data survives the end of this
    process, and network storage flushes when a file is closed.

    Args:
        source: Descriptor of a file open for reading; read from its beginning.
        folder: The folder to copy to.
        name: The new file's name.
        check: Called after each part of the content; an exception from it ends the copy, which leaves nothing.

    Returns:
        Whether it was copied.

    Raises:
        TryAgain: On a storage without locks, another process was making the same copy.
        OSError: The storage is full, read-only, unavailable, ...
    """
    clean_up(folder, name)
    if name in folder.names:
        return False
    temporary, target = _begin(folder, name)
    try:
        try:
            pour = _pour if check is None else partial(_pour, check=check)
            pour(source, target)
            os.close(os.dup(target))  # a storage that reports write errors late reports them here
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
        # A file that cannot be opened is gone or belongs to another user, and harms nobody.
        with suppress(OSError):
            descriptor = os.open(left, _WRITE | os.O_NONBLOCK, dir_fd=folder.descriptor)
            try:
                if _lock(descriptor):
                    _remove(folder, left)
            finally:
                os.close(descriptor)
        folder.names.discard(left)


def _begin(folder: Folder, name: str) -> tuple[str, int]:
    """Create a hidden file, lock it to show that its copy is alive, and return its name and descriptor."""
    while True:
        temporary = f"{prefix(name)}{secrets.token_hex(4)}"
        target = os.open(temporary, _WRITE | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder.descriptor)
        _lock(target, wait=True)
        if os.fstat(target).st_nlink:
            return temporary, target
        os.close(target)  # another process removed it before it was locked


def _lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock a hidden file until it is closed; return False if its copy is alive.

    On a storage without locks, every copy looks crashed to the others; a copy that loses its hidden file tries again.
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
    """Return the beginning of the names of hidden files that will become *name*."""
    # A digest, because the name itself may already have the maximum length.
    return f".callboard-{sha256(name.encode()).hexdigest()[:16]}-"


def _pour(source: int, target: int, check: Callable[[], None] = lambda: None) -> None:
    offset = 0
    while chunk := os.pread(source, _CHUNK, offset):
        check()
        offset += len(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(target, rest) :]


def _give_name(folder: Folder, temporary: str, name: str) -> bool:
    """Give a complete file its name; return False if the name is taken."""
    try:
        os.link(temporary, name, src_dir_fd=folder.descriptor, dst_dir_fd=folder.descriptor, follow_symlinks=False)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise TryAgain(f"{folder.path}/{name}: another process was copying it at the same time.") from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _rename(folder, temporary, name)
    return True


def _rename(folder: Folder, temporary: str, name: str) -> bool:
    """Do the same without hard links: replace only our own empty file, created a moment before."""
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
    # It may have been renamed, or another copy may have removed it.
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder.descriptor)
