"""Fixtures of the automations' tests: a studio with its event server."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.automations.studio import Studio

from callboard.demo.slack_stub import SlackStub
from ftrack_sandbox.testing import SandboxServer

MakeStudio = Callable[..., Studio]


@pytest.fixture
def make_studio(ftrack_sandbox_session: SandboxServer, tmp_path: Path) -> Iterator[MakeStudio]:
    """Makes studios with settings: ``make_studio({"automations.NAME": {...}}, sandbox=...)``.

    Unless told otherwise they share the sandbox of the test run, so a test makes a project of its own.
    """
    with ExitStack() as stack:

        def make(tables: Mapping[str, Any] | None = None, *, sandbox: SandboxServer | None = None) -> Studio:
            slack = stack.enter_context(SlackStub())
            folder = tmp_path / f"studio {uuid.uuid4().hex[:4]}"
            studio = Studio(sandbox or ftrack_sandbox_session, folder, slack, tables or {})
            stack.callback(studio.stop)
            return studio

        yield make


@pytest.fixture
def studio(make_studio: MakeStudio) -> Studio:
    """A studio with every setting at its default."""
    return make_studio()
