"""The temporary folder of an encode."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from callboard.studio.media import clean_leftovers, workspace


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_goes_away_with_what_was_made_in_it(temporary: Path) -> None:
    with workspace() as folder:
        (folder / "review.mp4").write_bytes(b"1")
    assert list(temporary.iterdir()) == []


def _fail_in_it() -> None:
    with workspace() as folder:
        (folder / "review.mp4").write_bytes(b"1")
        raise RuntimeError("no room")


def test_it_goes_away_after_a_failure(temporary: Path) -> None:
    with pytest.raises(RuntimeError, match="no room"):
        _fail_in_it()
    assert list(temporary.iterdir()) == []


def test_one_in_use_is_left_alone() -> None:
    with workspace() as folder:
        clean_leftovers()
        with workspace() as other:
            assert folder.is_dir()
            assert other != folder


def test_what_a_killed_process_left_goes_at_the_next_start(temporary: Path) -> None:
    script = (
        "from callboard.studio.media import workspace\n"
        "with workspace() as folder:\n"
        "    (folder / 'review.mp4').write_bytes(b'1')\n"
        "    print('made', flush=True)\n"
        "    input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"made\n"
        process.send_signal(signal.SIGKILL)
    assert [file.name for folder in temporary.iterdir() for file in folder.glob("*.mp4")] == ["review.mp4"]
    clean_leftovers()
    assert list(temporary.iterdir()) == []


def test_a_folder_that_never_was_locked_is_kept_for_an_hour(temporary: Path) -> None:
    young, old = temporary / "callboard-media-a", temporary / "callboard-media-b"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    clean_leftovers()
    assert [folder.name for folder in temporary.iterdir()] == ["callboard-media-a"]
