"""What the simulations share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulation.database import Database


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database that seeds take in turn."""
    database = Database(tmp_path_factory.mktemp("simulation"))
    yield database
    database.close()
