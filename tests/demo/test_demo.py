"""The demo, as a person starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "callboard", "demo"]


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which Callboard is what its wheel contains, far from the repository."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    folder = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    where = [sys.executable, "-c", "import callboard, callboard_pages, ftrack_sandbox as s; print(s.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout
    assert found.startswith(str(folder))
    return environment


@pytest.mark.timeout(240)
def test_the_whole_day_is_verified_from_the_wheel(tmp_path: Path, installed: dict[str, str]) -> None:
    root = tmp_path / "studio"
    ended = subprocess.run(
        [*DEMO, "--once", "--root", str(root)],
        cwd=tmp_path,
        env=installed,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
    assert "claims were verified." in ended.stdout
    assert ended.stderr == ""
    assert (root / "production" / "comet" / "shots" / "SQ010" / "SH010").is_dir()
    # The one failure that belongs to the story.
    [error] = [line for line in (root / "logs" / "callboard.log").read_text().splitlines() if " ERROR " in line]
    assert "Project ../meteor failed: The name of the project, '../meteor', cannot be a folder" in error


@pytest.mark.timeout(120)
def test_it_ends_cleanly_at_any_moment(tmp_path: Path) -> None:
    command = [*DEMO, "--root", str(tmp_path / "studio")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        told = demo.stdout.readline()
        while "A project begins" not in told:
            told = demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        try:
            _, errors = demo.communicate(timeout=60)
        finally:
            demo.terminate()
    assert demo.returncode == 1
    assert errors == ""
    left = subprocess.run(["ps", "-ef"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in left
