"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.databases import database, postgresql

from callboard.engine.store.database import Store

__all__ = ["database", "postgresql"]


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty store, on SQLite and on PostgreSQL."""
    store = Store(database)
    store.prepare()
    yield store
    store.close()
