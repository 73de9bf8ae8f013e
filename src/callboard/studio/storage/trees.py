"""The trees of one batch; each is opened when first needed, and only if its storage is mounted."""

from __future__ import annotations

import os
from collections.abc import Iterable

from callboard.errors import TryAgain
from callboard.studio.storage.tree import Tree, is_below


class Trees:
    """One :class:`Tree` per base, opened when first needed.

    Args:
        mounts: Folders that must be mounted before anything below them is touched.
    """

    def __init__(self, mounts: Iterable[str] = ()) -> None:
        self._mounts = tuple(mounts)
        self._trees: dict[str, Tree] = {}

    def close(self) -> None:
        """Close all trees."""
        while self._trees:
            self._trees.popitem()[1].close()

    def at(self, base: str, path: str) -> Tree:
        """Return the tree of a base, for work on *path* below it.

        Raises:
            TryAgain: The base does not exist, or the storage is not mounted.
        """
        self._refuse_unmounted(path)
        if base not in self._trees:
            self._trees[base] = Tree(base)
        self._refuse_unmounted(self._trees[base].real)
        return self._trees[base]

    def _refuse_unmounted(self, path: str) -> None:
        for mount in self._mounts:
            if is_below(path, mount) and not os.path.ismount(mount):
                raise TryAgain(f"{mount} is not mounted; mount it.")
