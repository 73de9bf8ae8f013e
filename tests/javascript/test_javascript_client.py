"""The official JavaScript client, unmodified, on Node."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer

HERE = Path(__file__).parent
PACKAGE = ("package.json", "package-lock.json", ".npmrc")
SCRIPTS = ("browser.mjs", "scenarios.mjs")


@pytest.fixture(scope="session")
def client(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenarios, and the client installed as the lock file says."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed: with Debian's packages nodejs and npm this test runs")
    assert pytestconfig.cache is not None
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    installed = pytestconfig.cache.mkdir(f"javascript-client-{lock}")
    with (installed / "lock").open("w") as turn:
        # Parallel test workers share the folder: the first one installs.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (installed / "complete").exists():
            for name in PACKAGE:
                shutil.copy(HERE / name, installed)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            result = subprocess.run(command, cwd=installed, capture_output=True, text=True, check=False)
            if result.returncode != 0:
                pytest.skip(f"npm could not install the client: {result.stderr.strip()[-500:]}")
            (installed / "complete").touch()
    folder = tmp_path_factory.mktemp("javascript")
    for name in SCRIPTS:
        shutil.copy(HERE / name, folder)
    (folder / "node_modules").symlink_to(installed / "node_modules")
    return folder


@pytest.mark.parametrize(
    "scenario",
    [
        "session",
        "wrong_key",
        "query",
        "query_without_normalisation",
        "mistakes",
        "changes",
        "upload",
        "upload_in_parts",
        "events",
        "update_events",
    ],
)
def test_the_client_does_not_notice(scenario: str, client: Path, ftrack_sandbox_session: SandboxServer) -> None:
    result = subprocess.run(
        ["node", "scenarios.mjs", scenario],
        cwd=client,
        env={**os.environ, **ftrack_sandbox_session.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
