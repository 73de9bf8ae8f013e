"""Disks that are full or read-only: of the database, and of the storage; at the start, and during work."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.site import Site
from tests.faults.test_faults import NAMES, MakeSite, assert_everything_is_there_once
from tests.waiting import until

Mount = Callable[[Path, str], None]


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts a small file system in a folder."""
    mounted: list[Path] = []

    def mount(folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)):
            pytest.skip("only root may mount a file system")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder, without what SQLite has beside an open database."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def fill(folder: Path) -> Path:
    """Leave no room in a folder's file system."""
    file = folder / "fills the disk"
    with file.open("wb", buffering=0) as opened:
        for size in (65536, 512):
            try:
                while True:
                    opened.write(b"x" * size)
            except OSError:
                continue
    return file


@pytest.mark.parametrize("trouble", ["full", "read-only"])
@pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
def test_a_start_without_room_for_the_database_is_one_sentence_and_changes_nothing(
    site: MakeSite, tmp_path: Path, mount: Mount, trouble: str, there: bool
) -> None:
    disk = tmp_path / "disk"
    mount(disk, "800k")
    studio = site(f"sqlite:///{disk / 'callboard.db'}")
    studio.store.close()
    if not there:
        (disk / "callboard.db").unlink()
    if trouble == "full":
        fill(disk)
    before = contents(disk)
    if trouble == "read-only":
        assert _mount("-o", "remount,ro", str(disk))
    server = studio.start(ready=False)
    assert server.wait_until_dead() == 2
    [line] = studio.log.splitlines()
    assert "The database cannot be used" in line
    assert contents(disk) == before


def test_a_database_without_room_during_work_is_waited_for(site: MakeSite, tmp_path: Path, mount: Mount) -> None:
    disk = tmp_path / "disk"
    mount(disk, "12m")
    studio = site(f"sqlite:///{disk / 'callboard.db'}")
    server = studio.start()
    tasks = studio.create_tasks(NAMES[:20])
    studio.wait_for_folders(20)
    full = fill(disk)
    tasks += studio.create_tasks(NAMES[20:60])
    until(lambda: "disk is full" in studio.log, 60, "a complaint in the log")
    full.unlink()
    studio.wait_until_done(60, during=studio.hurry)
    assert server.running
    assert_everything_is_there_once(studio, tasks)


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_storage_without_room_is_waited_for(site: MakeSite, tmp_path: Path, mount: Mount, trouble: str) -> None:
    mount(tmp_path / "storage", "4m")
    studio = site()
    studio.start()
    tasks = studio.create_tasks(NAMES[:20])
    studio.wait_for_folders(20)
    if trouble == "full":
        full = fill(studio.storage)
    else:
        assert _mount("-o", "remount,ro", str(studio.storage))
    tasks += studio.create_tasks(NAMES[20:40])
    until(lambda: waits(studio), 60, f"runs that wait; the log says:\n{studio.log}")
    if trouble == "full":
        full.unlink()
    else:
        assert _mount("-o", "remount,rw", str(studio.storage))
    studio.wait_until_done(40, during=studio.hurry)
    (studio.storage / "fills the disk").unlink(missing_ok=True)
    assert_everything_is_there_once(studio, tasks)


def waits(studio: Site) -> bool:
    """Whether some run waits for another try."""
    return any(run["error"] for run in studio.history.runs(state="waiting"))
