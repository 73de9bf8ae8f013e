"""From what a person writes as *File path* to the files it means, below the folders that media may be read from."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple

from callboard.errors import Refused, TryAgain
from callboard.studio.media.formats import is_movie
from callboard.studio.media.numbering import MOST_FRAMES, Numbering, read_frame, read_pattern, write_ranges
from callboard.studio.media.spelling import as_on_disk, readable

#: What to do where frames of a sequence are missing: refuse it, show the frame before, or show a marked picture.
Missing = Literal["refuse", "hold", "mark"]
#: Characters of a list of frames that a sentence shows.
_SHOWN = 60


class MissingFrames(Refused):
    """Frames of a sequence are missing, and nobody said what to do about it."""


class Frame(NamedTuple):
    """One file of a sequence: its number, the same as written, and the file's name."""

    number: int
    digits: str
    name: str


@dataclass(frozen=True)
class Source:
    """A movie, a still, or an image sequence, on disk.

    Attributes:
        path: Absolute, as the disk spells it; a sequence has ``%04d`` (or ``%d``) where the number goes.
        real: The same with links resolved: what is opened.
        first: Number of the first frame; 0 when the name says none.
        last: Number of the last frame, inclusive.
        padding: Digits that a sequence's numbers are filled up to; 0 where they are not, and for a single file.
        size: Bytes, of all files together.
        modified: When the newest of the files was changed, in nanoseconds.
        files: The frames of a sequence that are there, in order.
        missing: Numbers of the frames that are not there and should be.
    """

    path: str
    real: str
    first: int
    last: int
    padding: int
    size: int
    modified: int
    files: tuple[Frame, ...] = field(default=(), repr=False)
    missing: tuple[int, ...] = ()

    @property
    def is_sequence(self) -> bool:
        """Whether it is more than one file."""
        return bool(self.files)

    @property
    def ending(self) -> str:
        """``.mov``, ``.exr``: as written."""
        return Path(self.path).suffix

    @property
    def first_file(self) -> str:
        """The file that is opened first."""
        return str(Path(self.real).parent / self.files[0].name) if self.files else self.real

    @property
    def text(self) -> str:
        """The path that a person would write: :func:`locate` finds the same source by it."""
        if not self.is_sequence:
            return self.path
        numbers = chain((frame.number for frame in self.files), self.missing)
        return f"{self.path} {write_ranges(numbers)}"

    def file_at(self, number: int) -> str | None:
        """Return the file that a frame shows: its own, or where frames were left out by a step the one before.

        Args:
            number: From *first* to *last*.

        Returns:
            None where the frame is missing.
        """
        place = bisect(self.files, number, key=lambda frame: frame.number) - 1
        gap = bisect(self.missing, number) - 1
        if gap >= 0 and (place < 0 or self.missing[gap] > self.files[place].number):
            return None
        return str(Path(self.real).parent / self.files[place].name)

    def frames(self) -> Iterator[tuple[str, str]]:
        """Yield the number as written and the path of every frame of a sequence that is there, in order."""
        for frame in self.files:
            yield frame.digits, str(Path(self.path).parent / frame.name)


def locate(text: str, roots: Sequence[str], *, missing: Missing = "refuse") -> Source:
    """Find what a *File path* means.

    Args:
        text: Path of a movie or still, ``shot.%04d.exr``, ``shot.####.dpx 1001-1100x2``, ``shot.$F4.exr``, or one frame
            of a sequence whose neighbour exists. One ``#`` alone is four digits, as in RV.
        roots: Folders; what lies below none of them, links resolved, is refused.
        missing: What is meant to happen where frames are missing.

    Raises:
        MissingFrames: The sequence has gaps, and *missing* is to refuse them.
        Refused: It is not a path, lies outside, does not exist, or is not of a format that can be read.
        TryAgain: One of the folders is away.
    """
    # What is copied from a page or a window may begin with marks that nobody sees.
    text = text.strip(" \t\r\n").lstrip("\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
    if not text:
        raise Refused("File path is empty; write the path of a movie, a still or an image sequence.")
    if not Path(text).is_absolute():
        raise Refused(f"{text!r} is not an absolute path; begin it with /.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refused(f"{readable(text)} has a name that is not UTF-8, which ftrack cannot keep; rename it.")
    try:
        source = _locate(Path(text), roots)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name has characters that no file name can have"
        raise Refused(f"{text!r} cannot be read: {reason}.") from error
    if source.missing and missing == "refuse":
        raise MissingFrames(_say_missing(source))
    return source


def _locate(path: Path, roots: Sequence[str]) -> Source:
    pattern = None if os.path.lexists(path) else read_pattern(path.name)
    if pattern is not None:
        numbering, wanted = pattern
        if is_movie(Path(numbering.name).suffix):
            raise Refused(f"{path} names a sequence of movies; only stills make a sequence.")
        return _sequence(path.parent, numbering, wanted, roots)
    path = as_on_disk(path)
    frame = None if is_movie(path.suffix) else read_frame(path.name)
    real = _confine(path, roots)
    if not real.exists():
        raise Refused(f"There is no file {path}.")
    if frame is not None:
        found = _find(real.parent, frame[0])
        if frame[1] - 1 in found or frame[1] + 1 in found:
            return _sequence(path.parent, frame[0], None, roots)
    number = frame[1] if frame is not None else 0
    size, modified = _measure(path, roots)
    return Source(str(path), str(real), number, number, 0, size, modified)


def _find(folder: Path, numbering: Numbering) -> dict[int, Frame]:
    """Return what is there of a sequence, by number.

    A number that is there in several spellings is the one with the right count of digits. Others of another count
    belong to it where they fill a gap or continue at an end; elsewhere they are another sequence.
    """
    right: dict[int, Frame] = {}
    others: dict[int, Frame] = {}
    for name in os.listdir(folder):  # noqa: PTH208 - thousands of names
        parts = numbering.split(name)
        if parts is not None:
            frame = Frame(int(parts[1]), parts[1], name)
            (right if frame.digits == numbering.digits(frame.number) else others)[frame.number] = frame
    if not right:
        return others
    first, last = min(right), max(right)
    while first - 1 in others:
        first -= 1
    while last + 1 in others:
        last += 1
    return {number: frame for number, frame in others.items() if first <= number <= last} | right


def _sequence(folder: Path, numbering: Numbering, wanted: list[range] | None, roots: Sequence[str]) -> Source:
    folder = as_on_disk(folder)
    real = _confine(folder, roots)
    found = _find(real, numbering) if real.is_dir() else {}
    if not found:
        raise Refused(f"There is no frame of {folder / numbering.name}.")
    ranges = wanted or [range(min(found), max(found) + 1)]
    if ranges[-1][-1] - ranges[0][0] >= MOST_FRAMES:
        raise Refused(f"{folder / numbering.name} has frames from {ranges[0][0]} to {ranges[-1][-1]}; write a range.")
    numbers = sorted(set(chain.from_iterable(ranges)))
    files = tuple(found[number] for number in numbers if number in found)
    if not files:
        raise Refused(f"There is no frame of {folder / numbering.name} in {_shown(numbers)}.")
    numbering = _respell(numbering, files)
    measured = [_measure(folder / frame.name, roots) for frame in files]
    return Source(
        path=str(folder / numbering.name),
        real=str(real / numbering.name),
        first=numbers[0],
        last=numbers[-1],
        padding=numbering.padding,
        size=sum(size for size, _ in measured),
        modified=max(modified for _, modified in measured),
        files=files,
        missing=tuple(number for number in numbers if number not in found),
    )


def _respell(numbering: Numbering, files: tuple[Frame, ...]) -> Numbering:
    """Return the numbering as the disk spells it, and without padding where no file has any."""
    parts = numbering.split(files[0].name)
    assert parts is not None  # that is how it was found
    is_padded = any(frame.digits != str(frame.number) for frame in files)
    same = all(frame.digits == numbering.digits(frame.number) for frame in files)
    return Numbering(parts[0], numbering.padding if is_padded or same else 0, parts[2])


def _say_missing(source: Source) -> str:
    frames = f"{_shown(source.missing)} are missing ({len(source.missing)} in all)"
    return (
        f"Of {source.path} the frames {frames}; render them, "
        f"or write the frames that are wanted behind the path, such as 1001-1100."
    )


def _shown(numbers: Sequence[int]) -> str:
    frames = write_ranges(numbers)
    return frames if len(frames) <= _SHOWN else f"{frames[:_SHOWN]}…"


def _confine(path: Path, roots: Sequence[str]) -> Path:
    """Return the path with links resolved, when it lies below one of the folders."""
    if not roots:
        raise Refused("No media may be read, because studio.media_roots in the configuration is empty; add a folder.")
    real = path.resolve()
    away = [root for root in roots if not Path(root).is_dir()]
    if any(real.is_relative_to(Path(root).resolve()) for root in roots if root not in away):
        return real
    for root in away:
        if path.is_relative_to(root):
            raise TryAgain(f"The folder {root} (studio.media_roots) does not exist; mount its storage.")
    raise Refused(f"{path} lies outside the folders that media may be read from: {', '.join(roots)}.")


def _measure(file: Path, roots: Sequence[str]) -> tuple[int, int]:
    """Return bytes and time of change of a file; a link is confined by itself."""
    if file.is_symlink():
        file = _confine(file, roots)
    if not file.is_file():
        raise Refused(f"{file} is not a file.")
    status = file.stat()
    return status.st_size, status.st_mtime_ns
