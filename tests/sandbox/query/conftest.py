"""Fixtures of the query tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.query.project import Ask, plant

from ftrack_sandbox.query import QueryResult, run_query
from ftrack_sandbox.store import Store


@pytest.fixture(scope="session")
def project_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store that every test only reads."""
    store = Store(Path(tmp_path_factory.mktemp("project")) / "project.db")
    with store.writing() as connection:
        plant(connection)
    yield store
    store.close()


@pytest.fixture
def ask(project_store: Store) -> Ask:
    """Run a query as user ``ann``."""

    def run(text: str) -> QueryResult:
        with project_store.reading() as connection:
            return run_query(connection, connection.catalogue, text, user_id="ann", base_url="http://ftrack")

    return run


@pytest.fixture
def ids(ask: Ask) -> Callable[[str], list[Any]]:
    """Return the ids of what a query finds."""
    return lambda text: [entity["id"] for entity in ask(text).data]
