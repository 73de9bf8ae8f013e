"""A furnished source that the tests of the import only read, and a way to import it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.sandbox.importing.studio import UNKNOWN_TYPE, furnish, rows

from ftrack_sandbox.store import Store
from ftrack_sandbox.testing import SandboxFactory, SandboxServer, _factory

Import = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def factory() -> Iterator[SandboxFactory]:
    yield from _factory()


@pytest.fixture(scope="module")
def source(factory: SandboxFactory, tmp_path_factory: pytest.TempPathFactory) -> SandboxServer:
    """A furnished server; to be read only."""
    server = factory()
    furnish(server, tmp_path_factory.mktemp("media"))
    server.stop()
    store = Store(server.data / "ftrack.sqlite")
    store.keep_schemas([UNKNOWN_TYPE])
    with store.writing() as transaction:
        project = transaction.find("Project")[0]["id"]
        transaction.insert("RenderBudget", {"id": "b1", "name": "nights", "hours": 7.5, "project_id": project})
    store.close()
    server.start()
    return server


@pytest.fixture
def import_from() -> Import:
    """Run the command for a source."""

    def run(source: SandboxServer, data: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "ftrack_sandbox",
            "import",
            "--data",
            str(data),
            "--requests-per-second",
            "500",
        ]
        return subprocess.run(
            [*command, *more],
            env={**os.environ, **source.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def whole(source: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole import of the source, with its media; to be read only."""
    data = tmp_path_factory.mktemp("whole") / "data"
    command = [sys.executable, "-m", "ftrack_sandbox", "import", "--data", str(data), "--media", "reviewable"]
    subprocess.run(
        [*command, "--requests-per-second", "500"],
        env={**os.environ, **source.environment},
        check=True,
        capture_output=True,
    )
    return data


__all__ = ["rows"]
