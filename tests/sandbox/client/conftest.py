"""What the official client works on: entities of each test's own, on one shared server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from ftrack_sandbox.testing import SandboxServer


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


@pytest.fixture
def version(session: Any, shot: Any) -> Any:
    asset = session.create("Asset", {"name": "comp", "parent": shot})
    created = session.create("AssetVersion", {"asset": asset})
    session.commit()
    return created


@pytest.fixture
def configure(session: Any) -> Callable[..., str]:
    """Makes a custom attribute with a key of its own, and returns the key."""

    def make(kind: str, **data: Any) -> str:
        key = f"{kind}_{uuid.uuid4().hex[:8]}".replace(" ", "_")
        attribute_type = session.query(f'CustomAttributeType where name is "{kind}"').one()
        session.create(
            "CustomAttributeConfiguration", {"key": key, "label": key, "type": attribute_type, "config": "{}", **data}
        )
        session.commit()
        return key

    return make


@pytest.fixture
def user(session: Any) -> Any:
    name = f"user_{uuid.uuid4().hex[:8]}"
    created = session.create("User", {"username": name, "email": f"{name}@example.com"})
    session.commit()
    return created


@pytest.fixture
def admin(session: Any) -> Any:
    return session.query('User where username is "admin"').one()


@pytest.fixture
def asked(ftrack_sandbox_session: SandboxServer) -> Callable[[str], int]:
    """Tells how many operations of a kind the server has carried out so far."""
    return lambda action: int(ftrack_sandbox_session.statistics.now()["operations"].get(action, 0))
