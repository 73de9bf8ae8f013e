"""What the operating system says of a storage, as what is done about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from callboard.errors import Refused, TryAgain

#: What goes away by itself, or when somebody looks after the storage.
_HEALS = {
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
    """Turn what the operating system says about *path* into what is done about it.

    Args:
        path: What is worked on.
        allow: What the user that Callboard runs as must be allowed to do, for the message.

    Raises:
        TryAgain: The storage is away or full.
        Refused: Anything else, such as a missing permission.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if error.errno in _HEALS:
            raise TryAgain(f"{path}: {reason}.") from error
        mend = f"; let the user that Callboard runs as {allow}" if isinstance(error, PermissionError) else ""
        raise Refused(f"{path}: {reason}{mend}.") from error
