"""Helpers for writing seeds: stable ids, and rows by name."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ftrack_sandbox.store import Transaction

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "ftrack-sandbox")


def identifier(entity_type: str, name: str) -> str:
    """Return the id that a seeded entity has in every sandbox, so that tests can rely on it."""
    return str(uuid.uuid5(_NAMESPACE, f"{entity_type}:{name}"))


def insert_named(transaction: Transaction, entity_type: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows that have a ``name``; those without an ``id`` get the one of their name."""
    transaction.insert_many(entity_type, [{"id": identifier(entity_type, row["name"]), **row} for row in rows])
