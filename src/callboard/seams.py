"""Seams: named places between two steps where a process may die.

The server passes them without effect. A test sets :data:`on_reach` to raise at one of them, which is as if the process
had died there, and then sees what the next server makes of it.
"""

from __future__ import annotations

from collections.abc import Callable

#: Called with the name of every seam that is reached; None outside tests.
on_reach: Callable[[str], None] | None = None


def reach(name: str) -> None:
    """Pass a seam, such as ``ftrack: committed``."""
    if on_reach is not None:
        on_reach(name)
