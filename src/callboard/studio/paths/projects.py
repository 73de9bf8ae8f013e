"""The location of a project's folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.settings.addresses import absolute_path
from callboard.settings.models import StudioSettings
from callboard.studio.paths.names import check_name

#: Projections to read of a project to know its folder.
PROJECT_READS = ("name", "root", "disk.name", "disk.unix", "disk.windows")

#: The folder of a project's own template files, in its folder.
TEMPLATE_FILES = "template_files"

#: A setting that is the path of a folder, or empty.
FolderOrNone = Annotated[str, AfterValidator(lambda folder: absolute_path(folder) if folder else folder)]

_PLATFORM = "windows" if sys.platform == "win32" else "unix"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """A project's place on the storage.

    Attributes:
        base: The folder of the storage, absolute; if it does not exist, the storage is unavailable.
        path: The project's own folder, directly below *base*.
    """

    base: str
    path: str


def project_folder(project: Entity, studio: StudioSettings) -> ProjectFolder:
    """Return the project's ``root``, or its disk's path + its name, or ``studio.project_root`` + its name.

    Args:
        project: Read with :data:`PROJECT_READS`.
        studio: For ``project_root``.

    Raises:
        Refused: None of the three is set, or the path is not absolute or contains ``..``.
    """
    name = project["name"]
    if project["root"]:
        parts = _parts(project["root"], f"The root of the project {name}")
        if not parts:
            raise Refused(
                f"The root of the project {name} is /, which cannot be a project's folder; correct it in ftrack."
            )
        return _below(parts[:-1], check_name(parts[-1], "folder of the project"))
    return _below(_storage(project, studio), check_name(name, "project"))


def _storage(project: Entity, studio: StudioSettings) -> list[str]:
    """Return the path of the folder that contains the projects, as names."""
    name, disk = project["name"], project["disk"]
    if disk is not None:
        if not disk[_PLATFORM]:
            raise Refused(f"The disk {disk['name']} of the project {name} has no {_PLATFORM} path; set it in ftrack.")
        return _parts(disk[_PLATFORM], f"The {_PLATFORM} path of the disk {disk['name']}")
    if studio.project_root:
        return _parts(studio.project_root, "studio.project_root")
    raise Refused(f"The project {name} has neither a root nor a disk; set one of them, or studio.project_root.")


def _below(parts: list[str], name: str) -> ProjectFolder:
    return ProjectFolder("/" + "/".join(parts), "/" + "/".join([*parts, name]))


def _parts(path: str, what: str) -> list[str]:
    """Return the names in an absolute path; a double slash counts once."""
    if not path.startswith("/"):
        raise Refused(f"{what}, {path!r}, is not an absolute path; begin it with /.")
    parts = [part for part in path.split("/") if part]
    if {".", ".."} & set(parts) or "\0" in path:
        raise Refused(f"{what}, {path!r}, contains '.', '..' or NUL; write it without them.")
    return parts
