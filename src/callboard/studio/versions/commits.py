"""Writing to ftrack what somebody else may be writing at the same moment."""

from __future__ import annotations

from collections.abc import Callable

from callboard.ftrack import Ftrack, Operation, RefusedByFtrack

_ATTEMPTS = 5


def commit_missing(ftrack: Ftrack, missing: Callable[[], list[Operation]]) -> None:
    """Commit what is missing, all of it or nothing.

    Args:
        ftrack: The server.
        missing: Reads what is there, and returns what has to be done. It is called again when ftrack refuses that:
            somebody may have done some of it since it was read.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        operations = missing()
        try:
            ftrack.commit(operations)
        except RefusedByFtrack:
            if attempt == _ATTEMPTS:
                raise
        else:
            return
