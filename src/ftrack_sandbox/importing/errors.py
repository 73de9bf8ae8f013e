"""The errors that end an import."""

from __future__ import annotations


class ImportStoppedError(Exception):
    """The import cannot continue; the message is one sentence for a person, and what was read is kept."""


class QueryRefusedError(Exception):
    """The source refused one query, for a reason that trying again does not change."""


class TooMuchError(Exception):
    """The source could not answer a request of this size: it timed out, or said that it is too large."""
