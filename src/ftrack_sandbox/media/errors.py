"""The reasons why an encode stops."""

from __future__ import annotations


class UnreadableMediaError(Exception):
    """The file is neither a movie nor an image that can be read."""


class CancelledError(Exception):
    """The work was given up before its end."""
