"""From what a person writes as *File path* to the files it means, below the folders that media may be read from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callboard.errors import Refused, TryAgain
from callboard.studio.media.formats import is_movie

#: ``shot.%04d.exr`` or ``shot.####.exr``, with or without ``1001-1100`` behind it.
_PATTERN = re.compile(
    r"(?P<head>.*?)(?:%(?:0(?P<width>\d))?d|(?P<hashes>#+))(?P<tail>[^#%/]*?)(?:\s+\[?(?P<first>\d+)-(?P<last>\d+)\]?)?"
)
#: A frame's own name: the number stands between a dot or underscore and the ending.
_FRAME = re.compile(r"(?P<head>.*[._])(?P<number>\d{3,9})(?P<tail>\.\w+)")


@dataclass(frozen=True)
class Source:
    """A movie, a still, or an image sequence without gaps, on disk.

    Attributes:
        path: Absolute, as people write it; a sequence has ``%04d`` where the number goes.
        real: The same with links resolved: what is opened.
        first: Number of the first frame; 0 when the name says none.
        last: Number of the last frame, inclusive.
        padding: Digits of a sequence's numbers; 0 for a single file.
        size: Bytes, of all files together.
        modified: When the newest of the files was changed, in nanoseconds.
    """

    path: str
    real: str
    first: int
    last: int
    padding: int
    size: int
    modified: int

    @property
    def is_sequence(self) -> bool:
        """Whether it is more than one file."""
        return self.padding > 0

    @property
    def ending(self) -> str:
        """``.mov``, ``.exr``: as written."""
        return Path(self.path).suffix

    @property
    def first_file(self) -> str:
        """The file that is opened first."""
        return self.file_at(0)

    @property
    def text(self) -> str:
        """What a person would write for it: :func:`locate` finds the same source by it."""
        return f"{self.path} {self.first}-{self.last}" if self.is_sequence else self.path

    def file_at(self, place: int) -> str:
        """Return the file that holds a picture, by its place from 0."""
        return _path_of(self.real, self.padding, self.first + place) if self.is_sequence else self.real

    def frames(self) -> Iterable[tuple[str, str]]:
        """Yield the number as written and the path of every frame of a sequence, in order."""
        for number in range(self.first, self.last + 1):
            yield f"{number:0{self.padding}d}", _path_of(self.path, self.padding, number)


def _path_of(pattern: str, padding: int, number: int) -> str:
    head, _, tail = pattern.rpartition(f"%0{padding}d")
    return f"{head}{number:0{padding}d}{tail}"


@dataclass(frozen=True)
class _Pattern:
    """Files of one folder that differ in a number alone."""

    folder: Path
    head: str
    padding: int
    tail: str

    @property
    def path(self) -> Path:
        return self.folder / f"{self.head}%0{self.padding}d{self.tail}"

    def found(self, folder: Path) -> dict[int, Path]:
        """Return what is there of it, by number."""
        name = re.compile(f"{re.escape(self.head)}(\\d{{{self.padding},}}){re.escape(self.tail)}")
        matches = ((name.fullmatch(entry), entry) for entry in os.listdir(folder))  # noqa: PTH208 - thousands of names
        return {
            int(match[1]): folder / entry
            for match, entry in matches
            if match is not None and match[1] == f"{int(match[1]):0{self.padding}d}"
        }


def locate(text: str, roots: Sequence[str]) -> Source:
    """Find what a *File path* means.

    Args:
        text: Path of a movie or still, ``shot.%04d.exr``, ``shot.####.dpx 1001-1100``, or one frame of a sequence
            whose neighbour exists. One ``#`` alone is four digits, as in RV.
        roots: Folders; what lies below none of them, links resolved, is refused.

    Raises:
        Refused: It is no path, lies outside, does not exist, has gaps, or is no format that can be read.
        TryAgain: One of the folders is away.
    """
    text = text.strip()
    if not text:
        raise Refused("File path is empty; write the path of a movie, a still or an image sequence.")
    if not text.isprintable() or not Path(text).is_absolute():
        raise Refused(f"{text!r} is no absolute path; begin it with /.")
    try:
        return _locate(Path(text), roots)
    except OSError as error:
        raise Refused(f"{text} cannot be read: {error.strerror}.") from error


def _locate(path: Path, roots: Sequence[str]) -> Source:
    pattern = _PATTERN.fullmatch(path.name)
    if pattern is not None and not os.path.lexists(path):
        if is_movie("." + pattern["tail"].rpartition(".")[2]):
            raise Refused(f"{path} names a sequence of movies; only stills make a sequence.")
        numbered = _Pattern(path.parent, pattern["head"], _digits(pattern), pattern["tail"])
        return _sequence(numbered, (int(pattern["first"]), int(pattern["last"])) if pattern["first"] else None, roots)
    frame = None if is_movie(path.suffix) else _FRAME.fullmatch(path.name)
    real = _confined(path, roots)
    if not real.exists():
        raise Refused(f"There is no file {path}.")
    if frame is not None:
        numbered = _Pattern(path.parent, frame["head"], len(frame["number"]), frame["tail"])
        if _has_neighbour(real, numbered, int(frame["number"])):
            return _sequence(numbered, None, roots)
    number = int(frame["number"]) if frame is not None else 0
    size, modified = _measured(path, roots)
    return Source(str(path), str(real), number, number, 0, size, modified)


def _digits(pattern: re.Match[str]) -> int:
    if pattern["hashes"]:
        return 4 if pattern["hashes"] == "#" else len(pattern["hashes"])
    return int(pattern["width"] or 1)


def _has_neighbour(real: Path, numbered: _Pattern, number: int) -> bool:
    names = (f"{numbered.head}{beside:0{numbered.padding}d}{numbered.tail}" for beside in (number - 1, number + 1))
    return any((real.parent / name).is_file() for name in names)


def _sequence(numbered: _Pattern, wanted: tuple[int, int] | None, roots: Sequence[str]) -> Source:
    folder = _confined(numbered.folder, roots)
    found = numbered.found(folder)
    path = str(numbered.path)
    first, last = wanted or (min(found, default=0), max(found, default=-1))
    if last < first:
        raise Refused(f"There is no frame of {path}." if wanted is None else f"{first}-{last} is no range of frames.")
    missing = set(range(first, last + 1)).difference(found)
    if missing:
        raise Refused(_missing(path, missing, ask=wanted is None))
    measured = [_measured(found[number], roots) for number in range(first, last + 1)]
    size, modified = sum(each for each, _ in measured), max(each for _, each in measured)
    return Source(path, str(folder / numbered.path.name), first, last, numbered.padding, size, modified)


def _missing(path: str, missing: set[int], *, ask: bool) -> str:
    from fileseq.frameset import FrameSet

    frames = str(FrameSet(sorted(missing)))
    shown = frames if len(frames) <= 60 else f"{frames[:60]}…"
    mend = "; write the frames that are wanted behind the path, such as 1001-1100" if ask else ""
    return f"Of {path} the frames {shown} are missing ({len(missing)} in all){mend}."


def _confined(path: Path, roots: Sequence[str]) -> Path:
    """Return the path with links resolved, when it lies below one of the folders."""
    if not roots:
        raise Refused("No media may be read, since studio.media_roots in the configuration names no folder.")
    real = path.resolve()
    away = [root for root in roots if not Path(root).is_dir()]
    if any(real.is_relative_to(Path(root).resolve()) for root in roots if root not in away):
        return real
    for root in away:
        if path.is_relative_to(root):
            raise TryAgain(f"The folder {root} (studio.media_roots) is away; is its storage mounted?")
    raise Refused(f"{path} lies outside of the folders that media may be read from: {', '.join(roots)}.")


def _measured(file: Path, roots: Sequence[str]) -> tuple[int, int]:
    """Return bytes and time of change of a file; a link is confined by itself."""
    if file.is_symlink():
        file = _confined(file, roots)
    if not file.is_file():
        raise Refused(f"{file} is no file.")
    status = file.stat()
    return status.st_size, status.st_mtime_ns
