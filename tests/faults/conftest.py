"""What the tests of faults share: the real commands, in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.databases import postgresql
from tests.faults.site import Site

from ftrack_sandbox.testing import SandboxServer

__all__ = ["postgresql"]


@pytest.fixture
def site(ftrack_sandbox_process: SandboxServer, tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Makes a studio whose ftrack and event servers are processes."""
    made: list[Site] = []

    def make(database: str = "") -> Site:
        made.append(Site(ftrack_sandbox_process, tmp_path, database))
        return made[-1]

    yield make
    for each in made:
        each.close()
