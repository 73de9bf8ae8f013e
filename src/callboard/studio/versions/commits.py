"""Commits of changes that another process may be making at the same moment."""

from __future__ import annotations

from collections.abc import Callable

from callboard.ftrack import Ftrack, Operation, RefusedByFtrack

_ATTEMPTS = 5


def commit_missing(
    ftrack: Ftrack,
    missing: Callable[[], list[Operation]],
    commit: Callable[[list[Operation]], object] | None = None,
) -> None:
    """Commit everything that is missing, or nothing.

    Args:
        ftrack: The server.
        missing: Reads what exists, and returns the operations for the rest. It is called again if ftrack refuses them:
            another process may have carried out some of them since.
        commit: Commits the operations; in one transaction by default.

    Raises:
        TryAgain: ftrack cannot be reached.
        Refused: ftrack does not allow it.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        operations = missing()
        try:
            (commit or ftrack.commit)(operations)
        except RefusedByFtrack:
            if attempt == _ATTEMPTS:
                raise
        else:
            return
