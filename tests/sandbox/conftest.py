"""Sessions of the official client for every test that shares a server; such tests make entities of their own."""

from __future__ import annotations

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
