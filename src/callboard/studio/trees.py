"""The trees of one batch, each opened when it is first needed, and only where its storage is mounted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from callboard.errors import TryAgain
from callboard.studio.tree import Tree, is_below

#: Where Linux is told what to mount when it starts.
FSTAB = Path("/etc/fstab")


class Trees:
    """One :class:`Tree` for each base, opened when it is first needed.

    Args:
        mounts: Folders that must be mounted before anything below them is touched, beside those that the machine
            mounts when it starts.
    """

    def __init__(self, mounts: Iterable[str] = ()) -> None:
        self._mounts = (*mounts, *_mounted_at_start())
        self._trees: dict[str, Tree] = {}

    def close(self) -> None:
        """Let go of all of them."""
        while self._trees:
            self._trees.popitem()[1].close()

    def at(self, base: str, path: str) -> Tree:
        """The tree of a base, for work on *path* below it.

        Raises:
            TryAgain: The base is not there, or the storage is not mounted.
        """
        self._refuse_unmounted(path)
        if base not in self._trees:
            self._trees[base] = Tree(base)
        self._refuse_unmounted(self._trees[base].real)
        return self._trees[base]

    def _refuse_unmounted(self, path: str) -> None:
        for mount in self._mounts:
            if is_below(path, mount) and not os.path.ismount(mount):
                raise TryAgain(f"{mount} is not mounted.")


def _mounted_at_start() -> Iterator[str]:
    """The folders that should be mounted on this machine, as fstab(5) describes them."""
    try:
        lines = FSTAB.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        source, folder, _, options, *_ = [*line.split(), "", "", "", ""]
        # A bind mount cannot be told from a folder where both are on one disk.
        wanted = not {"noauto", "bind", "rbind"} & set(options.split(","))
        if wanted and not source.startswith("#") and folder.startswith("/"):
            yield re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), folder)
