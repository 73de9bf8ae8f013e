"""A temporary folder that goes away with what was made in it, also after the process was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "callboard-media-"
_LOCK = "in-use"
#: Seconds after which a folder that never got its lock was abandoned.
_ABANDONED = 3600


@contextmanager
def workspace() -> Iterator[Path]:
    """Yield a new folder, removed with everything in it at the end of the ``with`` block.

    It lies in the system's folder for temporary files, which the environment variable TMPDIR moves. Its owner holds a
    lock on a file in it, so that others can tell a folder in use from what a killed process left.
    """
    clean_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        # Locked before it gets its name, so that nobody sees the lock file free.
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "lock").rename(folder / _LOCK)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_leftovers() -> None:
    """Remove the folders whose process was killed; those of living processes stay."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if _is_left_over(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left_over(folder: Path) -> bool:
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return False
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return folder.exists() and time.time() - folder.stat().st_mtime > _ABANDONED
    return True
