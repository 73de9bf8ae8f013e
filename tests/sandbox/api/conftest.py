"""A fresh data door for every test, and the official client at a shared server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.api.door import Door, open_door

from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = open_door(tmp_path)
    yield opened
    opened.api.store.close()


@pytest.fixture
def session(ftrack_sandbox_session: SandboxServer) -> Iterator[Any]:
    with ftrack_sandbox_session.session() as opened:
        yield opened


@pytest.fixture
def another(ftrack_sandbox_session: SandboxServer) -> Iterator[Any]:
    """A second session, which sees only what the server keeps."""
    with ftrack_sandbox_session.session() as opened:
        yield opened


@pytest.fixture
def client_project(session: Any) -> Any:
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    name = f"project_{uuid.uuid4().hex[:8]}"
    created = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()
    return created
