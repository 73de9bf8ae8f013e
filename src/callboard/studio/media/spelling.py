"""Names as people type them, and as a disk spells them."""

from __future__ import annotations

import os
import unicodedata
from functools import partial
from pathlib import Path


def fold(name: str) -> str:
    """Return what names that are spelled differently, but read the same, have in common."""
    wide = unicodedata.normalize("NFKC", name)
    # Marks that nobody sees come along when a name is copied; a line break looks like a space.
    return "".join(max(each, " ") for each in wide if unicodedata.category(each) != "Cf")


#: Ways in which two names are the same, strictest first: composed letters (macOS stores é as two characters), then also
#: wide and narrow forms (a Japanese keyboard types a wide space), and marks that nobody sees.
_FOLDS = (partial(unicodedata.normalize, "NFC"), fold)


def as_on_disk(path: Path) -> Path:
    """Return a path with each name as the disk spells it; names that are there as typed, or not at all, stay.

    Raises:
        OSError: A folder on the way cannot be read.
    """
    if path.is_absolute() and not os.path.lexists(path) and path != path.parent:
        folder = as_on_disk(path.parent)
        return folder / _respell(folder, path.name)
    return path


def _respell(folder: Path, name: str) -> str:
    if not folder.is_dir():
        return name
    names = os.listdir(folder)  # noqa: PTH208 - names are compared, thousands of them
    for fold in _FOLDS:
        wanted = fold(name)
        alike = [each for each in names if fold(each) == wanted]
        if len(alike) == 1:
            return alike[0]
    return name


def readable(text: str) -> str:
    """Return a text on one line: line breaks and other controls are shown as Unicode's pictures of them."""
    shown = "".join(chr(0x2400 + ord(each)) if each < " " else each for each in text)
    return shown.encode(errors="replace").decode()
