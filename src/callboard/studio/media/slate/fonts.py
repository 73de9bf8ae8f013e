"""The font for a character: the configured one, those installed with Callboard, then those of the machine."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

_log = logging.getLogger(__name__)

#: Packages that carry fonts: OpenImageIO has one for Latin, Greek and Cyrillic; the optional Noto is for Chinese,
#: Japanese and Korean.
_PACKAGED = (
    ("OpenImageIO", "share/fonts/OpenImageIO/DroidSans.ttf"),
    ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
)
#: Folders of fonts on Linux, macOS and Windows.
_FOLDERS = (
    *("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"),
    *("/Library/Fonts", "/System/Library/Fonts", "~/Library/Fonts", "C:/Windows/Fonts"),
)
_ENDINGS = {".ttf", ".otf", ".ttc"}
#: Words in file names of fonts that are tried last.
_UNLIKELY = ("italic", "oblique", "bold", "black", "light", "thin", "serif", "mono", "condensed", "emoji")
#: A character that no font has: it is drawn as fonts draw what they lack.
_LACKING = "\U0010fffd"
_PROBE_SIZE = 16


@lru_cache(maxsize=512)
def load_font(file: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a font in a size in pixels.

    Raises:
        OSError: It is not a font that can be drawn in that size.
    """
    from PIL import ImageFont

    return ImageFont.truetype(file, size)


@cache
def font_for(character: str, configured: str = "") -> str:
    """Return the file of the first font that has a character; of none has it, the first font's.

    Args:
        character: One character.
        configured: A font's file that comes first; empty: none.
    """
    fonts = chain(filter(None, [configured]), _packaged())
    first = ""
    for file in chain(fonts, _installed()):
        if file.endswith(_ENDINGS_OF_FONTS) and _has(file, character):
            return file
        first = first or file
    _log.warning(
        "no font has %r (U+%04X); install one for that script, or name one in slate_font", character, ord(character)
    )
    return first


_ENDINGS_OF_FONTS = tuple(_ENDINGS | {ending.upper() for ending in _ENDINGS})


@cache
def _has(file: str, character: str) -> bool:
    try:
        font = load_font(file, _PROBE_SIZE)
        drawn, lacking = (font.getmask(each) for each in (character, _LACKING))
    except OSError:
        return False
    return character.isspace() or (drawn.size, bytes(drawn)) != (lacking.size, bytes(lacking))


@cache
def _packaged() -> list[str]:
    found = []
    for package, name in _PACKAGED:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            found.append(str(Path(spec.origin).parent / name))
    return found


@cache
def _installed() -> list[str]:
    """Return the machine's fonts, those for running text first; other scripts than Latin before their bold ones."""
    files = list(_walk())
    return sorted(files, key=lambda file: (sum(word in os.path.basename(file).lower() for word in _UNLIKELY), file))  # noqa: PTH119 - hundreds of names


def _walk() -> Iterator[str]:
    for folder in _FOLDERS:
        if sys.platform == "win32" or not folder.startswith("C:"):
            for parent, _, names in os.walk(os.path.expanduser(folder)):  # noqa: PTH111 - it is only walked
                yield from (f"{parent}/{name}" for name in names if Path(name).suffix.lower() in _ENDINGS)
