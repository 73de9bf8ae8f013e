"""Fixtures of the automations' tests: a studio with its event server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.automations.studio import Studio

from callboard.demo.slack_stub import SlackStub
from callboard.engine.reading import watch
from ftrack_sandbox.testing import SandboxServer

MakeStudio = Callable[..., Studio]


@pytest.fixture(scope="session", autouse=True)
def _prompt() -> Iterator[None]:
    """Let doorbells that go on ringing be gathered for a moment only: a test waits for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "_GATHER_LONGEST", 0.1)
        yield


@pytest.fixture
def make_studio(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[MakeStudio]:
    """Makes studios with settings: ``make_studio({"automations.NAME": {...}})``.

    They share a sandbox of the test's own, lest an event server with other settings is faster.
    """
    with _studios(ftrack_sandbox, tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def studio(ftrack_sandbox_session: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with every setting at its default, for all tests of a module: each makes a project of its own."""
    with _studios(ftrack_sandbox_session, tmp_path_factory.mktemp("studio")) as make:
        yield make()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder that media may be read from."""
    folder = tmp_path / "production"
    folder.mkdir()
    return folder


@pytest.fixture
def compositing(ftrack_sandbox_session: SandboxServer) -> Any:
    """A compositing task of a shot SH010 of the test's own."""
    session = ftrack_sandbox_session.session()
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    name = f"heron_{uuid.uuid4().hex[:8]}"
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    shot = session.create("Shot", {"name": "SH010", "parent": project})
    kind = session.query('Type where name is "Compositing"').one()
    task = session.create("Task", {"name": "Compositing", "parent": shot, "type": kind})
    session.commit()
    return task


@contextmanager
def _studios(sandbox: SandboxServer, folder: Path) -> Iterator[MakeStudio]:
    numbers = count(1)
    with ExitStack() as stack:

        def make(tables: Mapping[str, Any] | None = None) -> Studio:
            slack = stack.enter_context(SlackStub())
            studio = Studio(sandbox, folder / f"studio {next(numbers)}", slack, tables or {})
            stack.callback(lambda: studio.stop())  # noqa: PLW0108 - its server may be another one by then
            return studio

        yield make
