"""The effects that touch the disk: folders and copies of templates.

It never changes or removes what exists, and creates nothing outside an effect's base.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from callboard.effects import CopyFiles, CopyTemplate, MakeFolders
from callboard.studio.paths.names import check_name, fold
from callboard.studio.storage.copies import clean_up, copy_file
from callboard.studio.storage.errors import storage_errors
from callboard.studio.storage.tree import Folder, Tree, is_below
from callboard.studio.storage.trees import Trees


@dataclass(frozen=True, slots=True)
class Copied:
    """The result of copying a template.

    Attributes:
        text: A phrase for a person.
        path: The task's file, or None if there is none to record.
    """

    text: str
    path: str | None


class Storage:
    """Applies effects to the disk for one batch; folders that were created or read are not read again.

    Every method returns a phrase about what it did. It raises TryAgain if the storage is unavailable or full, and
    Refused for a bad name, a path that leads elsewhere, or something in the way. Use it from one thread only.

    Args:
        mounts: Folders that must be mounted before anything is created below them.
        check: Called after each step, such as a folder or a part of a file; an exception from it ends the effect.
    """

    def __init__(self, mounts: Sequence[str] = (), check: Callable[[], None] | None = None) -> None:
        self._check = check
        self._trees = Trees(mounts)
        # Separate, because a tree keeps only the path to one folder open.
        self._sources = Trees(mounts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._trees.close()
        self._sources.close()

    def make_folders(self, effect: MakeFolders) -> str:
        """Create the folders that are missing."""
        with storage_errors(effect.folder):
            tree = self._trees.at(effect.base, effect.folder)
            before = tree.made
            project = tree.below(effect.folder)
            # Check all names before creating the first folder, so that a tree with a bad name is not created in part.
            paths = [project + tuple(check_name(name, "folder") for name in path.split("/")) for path in effect.folders]
            for path in [project, *paths]:
                if self._check is not None:
                    self._check()
                tree.make(path)
        made = tree.made - before
        if made == 0:
            return f"found all folders in {effect.folder}"
        return f"made {made} folder{'s' if made > 1 else ''} in {effect.folder}"

    def copy_files(self, effect: CopyFiles) -> str:
        """Copy a folder's files whose names are free; skip hidden files and folders."""
        with storage_errors(effect.target):
            tree = self._trees.at(effect.base, effect.target)
            source_tree, source = self._source(tree, effect.source)
            if source is None:
                return f"found no folder {effect.source} to copy from"
            target = tree.enter(tree.below(effect.target))
            files = [name for name in source.names if not name.startswith(".")]
            copied = sum(_copy(source_tree, source, name, target, self._check) for name in files)
        if copied == 0:
            return f"found nothing to copy from {effect.source} to {effect.target}"
        return f"copied {copied} file{'s' if copied > 1 else ''} to {effect.target}"

    def copy_template(self, effect: CopyTemplate) -> Copied:
        """Copy the template to ``NAME_v01`` plus its extension, unless any version of NAME exists."""
        with storage_errors(effect.target), ExitStack() as opened:
            tree = self._trees.at(effect.base, effect.target)
            *way, name = tree.below(effect.target)
            template = self._template(tree, effect, opened)
            target = tree.enter(way)
            first = check_name(f"{name}_v01{template.extension if template else ''}", "file")
            clean_up(target, first)
            versions = [other for other in target.names if _is_version(other, name)]
            path = f"{target.path}/{first}"
            if versions:
                return Copied(f"found {target.path}/{versions[-1]}", path if first in versions else None)
            if template is None:
                return Copied(f"found no template {effect.template} in {' or '.join(effect.sources)}", None)
            if not copy_file(template.descriptor, target, first, self._check):
                return Copied(f"found {path}", path)
        return Copied(f"copied {template.path} to {path}", path)

    def _template(self, tree: Tree, effect: CopyTemplate, opened: ExitStack) -> _Template | None:
        """Open the first file with that name, in order of the sources, then of the alphabet."""
        for path in effect.sources:
            source_tree, source = self._source(tree, path)
            for name in source.names if source else ():
                stem, extension = os.path.splitext(name)  # noqa: PTH122 - it is a name, not a path
                if source and stem == effect.template:
                    descriptor = _open(source_tree, source, name)
                    if descriptor is not None:
                        opened.callback(os.close, descriptor)
                        return _Template(descriptor, f"{source.path}/{name}", extension)
        return None

    def _source(self, tree: Tree, path: str) -> tuple[Tree, Folder | None]:
        """Return the folder to copy from, in the base's tree or a tree of its own, or None if it does not exist."""
        path = "/" + "/".join(filter(None, path.split("/")))  # a slash at the end means nothing
        own = is_below(path, tree.base)
        with storage_errors(path, allow="read it"):
            source_tree = self._sources.at(tree.base if own else path, path)
            return source_tree, source_tree.find(source_tree.below(path))


@dataclass(frozen=True, slots=True)
class _Template:
    descriptor: int
    path: str
    extension: str


def _is_version(name: str, of: str) -> bool:
    return re.fullmatch(re.escape(fold(of)) + r"_v\d+(\..*)?", fold(name)) is not None


def _copy(tree: Tree, source: Folder, name: str, target: Folder, check: Callable[[], None] | None) -> bool:
    descriptor = _open(tree, source, name)
    if descriptor is None:
        return False
    try:
        return copy_file(descriptor, target, name, check)
    finally:
        os.close(descriptor)


def _open(tree: Tree, source: Folder, name: str) -> int | None:
    """Open a file to copy, like :meth:`Tree.open_file`."""
    with storage_errors(f"{source.path}/{name}", allow="read it"):
        return tree.open_file(source, name)
