"""The operating system's errors about a storage, as Callboard's errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from callboard.errors import Refused, TryAgain

#: Errors that disappear by themselves, or when the storage is looked after.
_RECOVERS = {
    getattr(errno, name)
    for name in (
        *("ENOENT", "ENOSPC", "EDQUOT", "EIO", "ESTALE", "ETIMEDOUT", "EROFS", "ENODEV", "ENXIO", "ENOTCONN"),
        *("EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "EAGAIN", "EBUSY", "EINTR", "ENFILE", "EMFILE"),
        *("ENOMEM", "EREMOTEIO"),
    )
    if hasattr(errno, name)
}


@contextmanager
def storage_errors(path: str, *, allow: str = "write there") -> Iterator[None]:
    """Turn an operating system's error about *path* into TryAgain or Refused.

    Args:
        path: The file or folder that is worked on.
        allow: What Callboard's user must be allowed to do, for the message.

    Raises:
        TryAgain: The storage is unavailable or full.
        Refused: Anything else, such as a missing permission.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if error.errno in _RECOVERS:
            raise TryAgain(f"{path}: {reason}.") from error
        advice = f"; let the user that Callboard runs as {allow}" if isinstance(error, PermissionError) else ""
        raise Refused(f"{path}: {reason}{advice}.") from error
