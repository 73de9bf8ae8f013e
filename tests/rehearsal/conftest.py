"""A month on a sandbox, and the command in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import callboard, here
from tests.rehearsal.month import Month

from ftrack_sandbox.testing import SandboxFactory, _factory

__all__ = ["callboard", "here"]


@pytest.fixture(scope="module")
def factory() -> Iterator[SandboxFactory]:
    yield from _factory()


@pytest.fixture(scope="module")
def month(factory: SandboxFactory) -> Month:
    """A month of 160 events; to be read only."""
    played = Month(factory("studio"), seed=7, events=160)
    played.play()
    return played


def configure(month: Month, folder: Path, name: str = "callboard.toml", more: str = "") -> Path:
    """Write a configuration for the month's sandbox; Slack is where nothing listens."""
    (folder / "production").mkdir(exist_ok=True)
    file = folder / name
    server = month.server
    file.write_text(
        f'[ftrack]\nserver = "{server.url}"\napi_user = "{server.api_user}"\napi_key = "{server.api_key}"\n'
        f'[studio]\ntimezone = "Europe/Berlin"\nproject_root = "{folder}/production"\n'
        f'[slack]\ntoken = "xoxb-none"\napi_url = "http://127.0.0.1:9/"\ndefault_channel = "#all"\n{more}'
    )
    file.chmod(0o600)
    return file
