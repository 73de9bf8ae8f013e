"""Frame numbers: in file names, and in the ranges that people write after a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from callboard.errors import Refused
from callboard.studio.media.spelling import fold

#: Frames of a sequence at most: eleven hours at 24 frames per second.
MOST_FRAMES = 1_000_000
#: Where the number goes: Nuke's ``%04d``, RV's ``#`` and ``@``, Houdini's ``$F4``.
_PLACEHOLDER = re.compile(
    r"%(?:0?(?P<width>[0-9]{1,2}))?d|(?P<hashes>#+)|(?P<ats>@+)|\$\{F(?P<braced>[0-9]?)\}|\$F(?P<houdini>[0-9]?)(?![A-Za-z])"
)
#: Where the tile of a texture goes, as Maya, Arnold, Houdini, Mari, Mudbox and Redshift write it.
_TILES = re.compile(r"<(?:udim|uvtile|u|v)>|%\(udim\)d|\$\{?udim\}?|_mapid_", re.IGNORECASE)
_SPAN = r"-?[0-9]+--?[0-9]+(?:[x:][0-9]+)?"
_RANGES = rf"(?:{_SPAN}|-?[0-9]+)(?:,(?:{_SPAN}|-?[0-9]+))*"
_RANGE = re.compile(r"(?P<first>-?[0-9]+)(?:-(?P<last>-?[0-9]+)(?:[x:](?P<step>[0-9]+))?)?")
#: Ranges behind a path, with or without brackets: ``shot.####.exr 1001-1100x2``.
_BEHIND = re.compile(rf"(?P<name>.*\S)\s+\[?(?P<ranges>{_RANGES})\]?", re.DOTALL)
#: A range before the number, as RV writes it: ``shot.1001-1100#.exr``.
_BEFORE = re.compile(rf"(?P<head>.*?)(?P<ranges>(?<![0-9])(?={_SPAN}){_RANGES})", re.DOTALL)
#: A frame's own name. ``concept_v002.png`` is the second version of a picture, and no frame.
_FRAME = re.compile(r"(?P<head>|.*[^0-9])(?P<number>[0-9]+)(?P<tail>\.\w+)", re.DOTALL)
_VERSION = re.compile(r"(?:.*[^a-z])?v(?:er(?:sion)?[._-]?)?", re.IGNORECASE)
_APART = ".-_ "
_NUMBER = re.compile(r"-?[0-9]+")
#: Digits of a number that is a frame's without a dot before it: ``take_2.png`` is more likely the second take.
_FEWEST = 3


@dataclass(frozen=True)
class Numbering:
    """Names that differ in a number alone.

    Attributes:
        head: What stands before the number.
        padding: Digits that numbers are filled up to with zeros; 0 where they are not.
        tail: What stands behind it, with the ending.
    """

    head: str
    padding: int
    tail: str

    @property
    def name(self) -> str:
        """The name with ``%04d``, or ``%d``, where the number goes."""
        return f"{self.head}%0{self.padding}d{self.tail}" if self.padding else f"{self.head}%d{self.tail}"

    def digits(self, number: int) -> str:
        """Return a number as it stands in a name; a minus counts as a digit, as it does for ``%04d``."""
        return f"{number:0{self.padding}d}" if self.padding else str(number)

    def split(self, name: str) -> tuple[str, str, str] | None:
        """Return a name's own head, number and tail; None when it is not one of these names.

        Letters may be composed in another way, or wider or narrower, than head and tail have them.
        """
        head, tail = len(self.head), len(name) - len(self.tail)
        if not (name.startswith(self.head) and name.endswith(self.tail)):
            wanted = fold(self.head), fold(self.tail)
            if not (fold(name).startswith(wanted[0]) and fold(name).endswith(wanted[1])):
                return None
            places = range(len(name) + 1)
            head = next((place for place in places if fold(name[:place]) == wanted[0]), len(name))
            tail = next((place for place in reversed(places) if fold(name[place:]) == wanted[1]), 0)
        digits = name[head:tail]
        return (name[:head], digits, name[tail:]) if _NUMBER.fullmatch(digits) else None


def read_pattern(name: str) -> tuple[Numbering, list[range] | None] | None:
    """Take a file name as people write it for a whole sequence.

    Args:
        name: Such as ``shot.%04d.exr``, ``shot.####.exr 1001-1100x2`` or ``shot.$F4.exr``.

    Returns:
        The names that are meant, and the frames that are wanted where the name says so; None for other names.

    Raises:
        Refused: It names tiles of a texture, or its range cannot be meant.
    """
    if _TILES.search(name):
        raise Refused(f"{name} names the UDIM tiles of a texture, which are not frames; upload a render instead.")
    behind = _BEHIND.fullmatch(name)
    wanted = behind["ranges"] if behind is not None else ""
    written = behind["name"] if behind is not None else name
    found = list(_PLACEHOLDER.finditer(written))
    if not found:
        return None
    if len(found) > 1:
        raise Refused(f"{written} has several places for the frame number; write one, such as shot.%04d.exr.")
    head, tail = written[: found[0].start()], written[found[0].end() :]
    if not wanted and (before := _BEFORE.fullmatch(head)) and (found[0]["hashes"] or found[0]["ats"]):
        head, wanted = before["head"], before["ranges"]
    return Numbering(head, _padding(found[0]), tail), read_ranges(wanted) if wanted else None


def _padding(placeholder: re.Match[str]) -> int:
    if placeholder["hashes"]:
        # One alone is four digits in RV.
        return 4 if placeholder["hashes"] == "#" else len(placeholder["hashes"])
    if placeholder["ats"]:
        return 0 if placeholder["ats"] == "@" else len(placeholder["ats"])
    digits = int(placeholder["width"] or placeholder["braced"] or placeholder["houdini"] or 0)
    return 0 if digits == 1 else digits


def read_frame(name: str) -> tuple[Numbering, int] | None:
    """Take a file name for one frame of a sequence; None where its number cannot be one.

    Args:
        name: Such as ``shot.1001.exr``, ``0001.png`` or ``shot.-5.exr``.
    """
    match = _FRAME.fullmatch(name)
    if match is None:
        return None
    head, digits = match["head"], match["number"]
    if head.endswith("-") and (len(head) == 1 or head[-2] in _APART):
        head, digits = head[:-1], "-" + digits
    if _VERSION.fullmatch(head) or (len(digits) < _FEWEST and not head.endswith(".")):
        return None
    padded = digits.lstrip("-").startswith("0") and digits.lstrip("-") != "0"
    return Numbering(head, len(digits) if padded or len(digits) > 2 else 0, match["tail"]), int(digits)


def read_ranges(text: str) -> list[range]:
    """Turn ``1001-1010,1020-1100x2`` into ranges of frames, in rising order.

    Raises:
        Refused: One of them runs backwards or has no step, or there are too many frames.
    """
    found = []
    for each in text.replace(" ", "").split(","):
        match = _RANGE.fullmatch(each)
        assert match is not None  # the callers' patterns are made of the same parts
        first = int(match["first"])
        last, step = int(match["last"] or first), int(match["step"] or 1)
        if last < first or step < 1:
            raise Refused(f"{each} is not a range of frames; write one such as 1001-1100 or 1001-1100x2.")
        found.append(range(first, last + 1, step))
    if max(each[-1] for each in found) - min(each[0] for each in found) >= MOST_FRAMES:
        raise Refused(f"{text} are more frames than the {MOST_FRAMES:,} that a sequence may have.")
    return sorted(found, key=lambda each: each[0])


def write_ranges(numbers: Iterable[int]) -> str:
    """Write numbers as :func:`read_ranges` reads them: ``1001-1010,1020-1100x2``."""
    from fileseq.frameset import FrameSet

    return str(FrameSet.framesToFrameRange(list(numbers), sort=True, compress=True))
