from __future__ import annotations

from typing import Any

import pytest

from callboard import Refused, StudioSettings
from callboard.studio.paths.projects import project_folder
from callboard.testing import entity

STUDIO = StudioSettings(project_root="/data/production")


def project(name: str = "heron", root: str | None = None, disk: dict[str, Any] | None = None) -> Any:
    return entity("Project", name=name, full_name="Full/Name", root=root, disk=disk and entity("Disk", **disk))


def test_the_root_comes_first_then_the_disk_then_the_studios_folder() -> None:
    disk = {"name": "fast", "unix": "/mnt/fast/", "windows": "F:\\"}
    by_root = project_folder(project(root="/mnt/other/heron_2026/", disk=disk), STUDIO)
    assert (by_root.base, by_root.path) == ("/mnt/other", "/mnt/other/heron_2026")
    by_disk = project_folder(project(root="", disk=disk), STUDIO)
    assert (by_disk.base, by_disk.path) == ("/mnt/fast", "/mnt/fast/heron")
    by_studio = project_folder(project(), STUDIO)
    assert (by_studio.base, by_studio.path) == ("/data/production", "/data/production/heron")


def test_a_root_right_below_the_top() -> None:
    folder = project_folder(project(root="/heron"), STUDIO)
    assert (folder.base, folder.path) == ("/", "/heron")


@pytest.mark.parametrize(
    "root", ["relative/path", "/data/../etc", "/data/./x", "/", "//", "P:\\heron", " ", "/data/CON", "/a\0b"]
)
def test_a_root_that_leads_elsewhere_is_refused(root: str) -> None:
    with pytest.raises(Refused):
        project_folder(project(root=root), STUDIO)


@pytest.mark.parametrize("name", ["../x", "..", "a/b", "CON", "heron.", "x" * 300, ""])
def test_a_name_that_cannot_be_a_folder_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="name of the project"):
        project_folder(project(name), STUDIO)


def test_a_disk_without_a_path_for_this_platform_is_refused_rather_than_passed_over() -> None:
    with pytest.raises(Refused, match="The disk slow of the project heron has no unix path"):
        project_folder(project(disk={"name": "slow", "unix": "", "windows": "S:\\"}), STUDIO)


def test_nothing_set_at_all_is_refused_with_the_mend() -> None:
    with pytest.raises(Refused, match=r"neither a root nor a disk; set one of them, or studio\.project_root"):
        project_folder(project(), StudioSettings())
