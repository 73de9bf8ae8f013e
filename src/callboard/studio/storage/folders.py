"""Making folders and copying templates: what the effects that touch the disk mean.

Nothing that is there is ever changed or removed, and nothing is made outside an effect's base.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from callboard.effects import CopyFiles, CopyTemplate, MakeFolders
from callboard.studio.paths.names import checked, fold
from callboard.studio.storage.copies import clean_up, copy_file
from callboard.studio.storage.errors import storage_errors
from callboard.studio.storage.tree import Folder, Tree, is_below
from callboard.studio.storage.trees import Trees


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of a template.

    Attributes:
        text: For a person.
        path: The task's file, or None when there is none to note.
    """

    text: str
    path: str | None


class Storage:
    """Applies effects to the disk, for one batch: what has been made or read is not looked at again.

    Every method says what it did in a phrase, and raises TryAgain (the storage is away or full) or Refused (a name
    that cannot be, a path that leads elsewhere, something in the way). It is not for several threads.

    Args:
        mounts: Folders that must be mounted before anything is made below them.
    """

    def __init__(self, mounts: Sequence[str] = ()) -> None:
        self._trees = Trees(mounts)
        # Apart, since a tree keeps only the way to one folder open.
        self._sources = Trees(mounts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._trees.close()
        self._sources.close()

    def make_folders(self, effect: MakeFolders) -> str:
        """Make the folders that are missing."""
        with storage_errors(effect.folder):
            tree = self._trees.at(effect.base, effect.folder)
            before = tree.made
            project = tree.below(effect.folder)
            # All names are looked at before the first folder is made: a tree with a bad name stays unmade.
            paths = [project + tuple(checked(name, "folder") for name in path.split("/")) for path in effect.folders]
            for path in [project, *paths]:
                tree.make(path)
        made = tree.made - before
        if made == 0:
            return f"found the folders of {effect.folder} all there"
        return f"made {made} folder{'s' if made > 1 else ''} in {effect.folder}"

    def copy_files(self, effect: CopyFiles) -> str:
        """Copy the files of a folder whose names are not taken; hidden ones and folders are left out."""
        with storage_errors(effect.target):
            tree = self._trees.at(effect.base, effect.target)
            source_tree, source = self._source(tree, effect.source)
            if source is None:
                return f"found no folder {effect.source} to copy from"
            target = tree.enter(tree.below(effect.target))
            files = [name for name in source.names if not name.startswith(".")]
            copied = sum(_copy(source_tree, source, name, target, name) for name in files)
        if copied == 0:
            return f"found nothing to copy from {effect.source} to {effect.target}"
        return f"copied {copied} file{'s' if copied > 1 else ''} to {effect.target}"

    def copy_template(self, effect: CopyTemplate) -> Copied:
        """Copy the template to ``NAME_v01`` and its extension, unless any version of NAME is there."""
        with storage_errors(effect.target), ExitStack() as opened:
            tree = self._trees.at(effect.base, effect.target)
            *way, name = tree.below(effect.target)
            template = self._template(tree, effect, opened)
            target = tree.enter(way)
            first = checked(f"{name}_v01{template.extension if template else ''}", "file")
            clean_up(target, first)
            versions = [other for other in target.names if _is_version(other, name)]
            path = f"{target.path}/{first}"
            if versions:
                return Copied(f"found {target.path}/{versions[-1]} there", path if first in versions else None)
            if template is None:
                return Copied(f"found no template {effect.template} in {' or '.join(effect.sources)}", None)
            if not copy_file(template.descriptor, target, first):
                return Copied(f"found {path} there", path)
        return Copied(f"copied {template.path} to {path}", path)

    def _template(self, tree: Tree, effect: CopyTemplate, opened: ExitStack) -> _Template | None:
        """Open the first file of the name, in the order of the sources, then of the alphabet."""
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
        """Return a folder to copy from: below the base, where it may be missing, or with a base of its own."""
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


def _copy(tree: Tree, source: Folder, name: str, target: Folder, new_name: str) -> bool:
    descriptor = _open(tree, source, name)
    if descriptor is None:
        return False
    try:
        return copy_file(descriptor, target, new_name)
    finally:
        os.close(descriptor)


def _open(tree: Tree, source: Folder, name: str) -> int | None:
    """Open a file to copy, as :meth:`Tree.open_file`."""
    with storage_errors(f"{source.path}/{name}", allow="read it"):
        return tree.open_file(source, name)
