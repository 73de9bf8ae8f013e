"""One sentence about whatever a library raises over a file, so that nobody has to read an exception."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from callboard.errors import CallboardError, Refused
from callboard.studio.media.spelling import readable

_log = logging.getLogger(__name__)


@contextmanager
def explained(path: str, what: str = "cannot be read") -> Iterator[None]:
    """Turn what libraries raise about a file into a refusal that names the file and the cause.

    Args:
        path: The file.
        what: What cannot be done with it.

    Raises:
        Refused: For every error that is not Callboard's own.
    """
    try:
        yield
    except CallboardError as error:
        error.args = (readable(str(error)),)
        raise
    except Exception as error:
        _log.warning("%s %s", path, what, exc_info=True)
        raise Refused(readable(f"{path} {what}: {reason(error)}.")) from error


def reason(error: Exception) -> str:
    """Return the cause that an error gives, as the end of a sentence."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is; save it smaller"
    said = getattr(error, "strerror", None)
    if isinstance(said, str) and said:
        return said[0].lower() + said[1:].rstrip(". ")
    return "something in it was not expected; the log has more about it"
