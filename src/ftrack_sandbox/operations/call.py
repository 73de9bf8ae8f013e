"""What one batch has in hand while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from ftrack_sandbox.api import User
    from ftrack_sandbox.schema.model import Catalogue


class Call:
    """One batch: the transaction it runs in, who sent it, and what it changed so far.

    Attributes:
        connection: The transaction. Read through it freely; write through ``create``, ``update`` and
            ``delete``, so that rules run and events tell of it.
        catalogue: The entity types as they are now.
        user: Who sent the batch.
        now: The server's time when the batch began, UTC, without microseconds.
        base_url: The server's own address, without a trailing slash.
    """

    connection: sqlite3.Connection
    catalogue: Catalogue
    user: User
    now: datetime
    base_url: str

    def create(self, entity_type: str, data: dict[str, Any]) -> dict[str, Any]:
        """Create an entity as the operation of that name does; returns what the client would get."""
        raise NotImplementedError

    def update(self, entity_type: str, key: str | list[str], data: dict[str, Any]) -> dict[str, Any]:
        """Change attributes of an entity as the operation of that name does."""
        raise NotImplementedError

    def delete(self, entity_type: str, key: str | list[str]) -> None:
        """Delete an entity and what hangs on it."""
        raise NotImplementedError

    def after_commit(self, work: Callable[[], None]) -> None:
        """Have ``work`` done once the batch is committed; never, when it fails."""
        raise NotImplementedError


Handler = Callable[[Call, dict[str, Any]], Any]
"""Carries out one operation: gets the operation as sent, returns its entry in the response."""
