"""The choice of what clients see of a version: its file, a reviewable made of it, or its own review media."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from callboard.errors import Refused, TryAgain
from callboard.settings.models import StudioSettings
from callboard.studio.media import ColourSettings, Media, Missing, Source, apart, locate
from callboard.studio.media.formats import is_movie
from callboard.studio.paths.mapping import local_path
from callboard.studio.review.source import ReviewObject

#: Stills that ftrack encodes as they are, if they hold what is to be seen.
_ENCODED_THERE = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})


@dataclass(frozen=True)
class Making:
    """The settings that Upload Media makes reviewables with; those for clients are made in the same way.

    Attributes:
        colour: How stills and sequences are shown.
        rate: Frames per second of sequences whose files do not say.
        missing: What is shown where frames are missing.
    """

    colour: ColourSettings
    rate: Fraction
    missing: Missing

    @property
    def digest(self) -> str:
        """A short checksum: what was made with another one has to be made again."""
        text = repr((self.colour.address, self.colour, self.rate, self.missing))
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]


@dataclass(frozen=True)
class Content:
    """The media of an object, described so that it can be compared with earlier media.

    Attributes:
        origin: The file's path, or the component's id.
        size: Bytes.
        modified: When the file was changed, in nanoseconds; 0 for a component, which never changes.
        look: Digest of how stills and sequences are shown; "" for other media.
        checksum: SHA-1 of the bytes that were sent; "" until they have been read.
        first_frame: The number of the first frame, of movies that are made here for the clients.
    """

    origin: str
    size: int
    modified: int
    look: str = ""
    checksum: str = ""
    first_frame: int | None = None

    def is_same(self, other: Content) -> bool:
        """Return whether both are the same media, judged without reading it."""
        mine, others = ((each.origin, each.size, each.modified, each.look) for each in (self, other))
        return mine == others


@dataclass(frozen=True)
class Choice:
    """The media to show of an object.

    Attributes:
        content: Its description.
        file: The file that is sent as it is; None if there is none.
        path: What a reviewable is made of, as *File path*; empty if none is made.
    """

    content: Content
    file: Path | None = None
    path: str = ""


def choose_media(each: ReviewObject, shown: Content | None, studio: StudioSettings, making: Making) -> Choice:
    """Return the media to show of an object.

    Args:
        each: The object.
        shown: What clients see of it now; a still that is unchanged is not looked at again.
        studio: For ``media_roots`` and ``path_map``.
        making: How reviewables are made.

    Raises:
        Refused: There is neither a file nor a component to show.
    """
    reason = "its version has no source_file"
    if each.source_file:
        try:
            return _choose_file(each, shown, studio, making)
        except (Refused, TryAgain) as error:
            reason = str(error).rstrip(".")
    if each.media is None:
        raise Refused(f"{reason}, and its version has no component ftrackreview-*")
    return _component(each)


def _choose_file(each: ReviewObject, shown: Content | None, studio: StudioSettings, making: Making) -> Choice:
    path = local_path(each.source_file, studio)
    source = locate(path, studio.media_roots, missing=making.missing)
    if not source.is_sequence and is_movie(source.ending):
        return Choice(Content(source.path, source.size, source.modified), Path(source.real))
    first_frame = source.first if source.is_sequence else None
    content = Content(source.path, source.size, source.modified, making.digest, first_frame=first_frame)
    if shown is not None and shown.is_same(content):
        return Choice(content)
    if _is_right_as_it_is(source, path, studio, making):
        return Choice(content, Path(source.real))
    return _component(each) if each.media is not None else Choice(content, path=path)


def _component(each: ReviewObject) -> Choice:
    assert each.media is not None  # asked before
    return Choice(Content(each.media.component_id, each.media.size, 0))


def _is_right_as_it_is(source: Source, path: str, studio: StudioSettings, making: Making) -> bool:
    """Return whether ftrack shows a still as the studio does.

    Raises:
        Refused: It cannot be read, so ftrack would not show it either.
    """
    if source.is_sequence or source.ending.lower() not in _ENCODED_THERE:
        return False
    return probe_as(making, path, studio).transform is None


def probe_as(making: Making, path: str, studio: StudioSettings) -> Media:
    """Look at what a reviewable is made of.

    Raises:
        Refused: It cannot be read, or frames are missing.
        TryAgain: A folder is away.
    """
    return apart.probe(path, studio.media_roots, rate=making.rate, missing=making.missing, colour=making.colour)
