"""The errors that ftrack may answer with."""

from __future__ import annotations

from callboard.errors import Refused, TryAgain


class RefusedByFtrack(Refused):
    """A refusal by ftrack itself.

    Attributes:
        name: ftrack's name for it, such as ``DuplicateEntryError``.
    """

    def __init__(self, name: str, content: str) -> None:
        super().__init__(f"ftrack refused it: {content} ({name})")
        self.name = name


class TooMuchForFtrack(TryAgain):
    """A request that did not get through (a timeout, 413, 5xx); a smaller one may."""
