"""What the tests of explanations share."""

from __future__ import annotations

from tests.databases import database, postgresql
from tests.engine.conftest import store

__all__ = ["database", "postgresql", "store"]
