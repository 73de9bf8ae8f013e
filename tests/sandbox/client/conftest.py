"""The official client at work on one shared server; every test makes entities of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from ftrack_sandbox.testing import SandboxServer


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
def project(session: Any) -> Any:
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    name = f"project_{uuid.uuid4().hex[:8]}"
    created = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()
    return created


@pytest.fixture
def shot(session: Any, project: Any) -> Any:
    sequence = session.create("Sequence", {"name": "010", "parent": project})
    created = session.create("Shot", {"name": "010_0010", "parent": sequence})
    session.commit()
    return created


@pytest.fixture
def task(session: Any, shot: Any) -> Any:
    animation = session.query('Type where name is "Animation"').one()
    created = session.create("Task", {"name": "Animation", "parent": shot, "type": animation})
    session.commit()
    return created
