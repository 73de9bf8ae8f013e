"""The properties of a source, from its header and, for movies, its first frame."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from callboard.errors import Refused
from callboard.studio.media.colour.baked import exact_processor
from callboard.studio.media.colour.choice import Transform, choose_transform
from callboard.studio.media.colour.config import ColourSettings
from callboard.studio.media.failures import explained
from callboard.studio.media.fields import Fields, fields_of, is_woven
from callboard.studio.media.formats import is_movie
from callboard.studio.media.locate import Missing, Source, locate
from callboard.studio.media.rates import exact_rate
from callboard.studio.media.reader import opened, pictures
from callboard.studio.media.stills.header import Still, read_header
from callboard.studio.media.timecode import first_frame
from callboard.studio.media.tracks import count_of, is_timed, picture_track, rate_of, sound_track

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_NO_SMALLER = 2
_NO_LARGER = 16384
#: Degrees of a whole turn; a matrix of zeros turns by none that can be named.
_TURN = 360
_SEVERAL = 2


@dataclass(frozen=True)
class Sound:
    """A sound track: samples per second, and how many channels."""

    rate: int
    channels: int


@dataclass(frozen=True)
class Media:
    """A source that can be decoded.

    Attributes:
        source: The files.
        kind: What it is.
        width: Pixels across as shown: turned upright, with square pixels.
        height: Lines as shown.
        rotation: Degrees to turn the stored picture counterclockwise to have it upright: 0, 90, 180 or 270.
        mirrored: Whether it has to be turned over too: to left and right where it is turned by 180, else upside down.
        rate: Frames per second, exactly: 24000/1001 is not 23.976.
        first_frame: Number of the first frame: a sequence's own, a movie's timecode counted in frames, else 0.
        count: How many frames there are; of movies an estimate.
        sound: The first sound track, if there is one that can be decoded.
        still: What was found in the header of a still, or of a sequence's first frame; None for movies.
        transform: What stills are shown through; None where they are shown as they are.
        missing: What is shown where frames of a sequence are missing.
        fields: Whose word counts on which pictures of a movie are interlaced.
        is_interlaced: Whether the first picture of a movie is made of two fields, taken one after the other.
        is_timed: Whether pictures are shown at the times that a movie has for them; else one after the other.
    """

    source: Source
    kind: Literal["movie", "sequence", "still"]
    width: int
    height: int
    rotation: int
    mirrored: bool
    rate: Fraction
    first_frame: int
    count: int
    sound: Sound | None = None
    still: Still | None = None
    transform: Transform | None = None
    missing: Missing = "refuse"
    fields: Fields = ""
    is_interlaced: bool = False
    is_timed: bool = True

    @property
    def layer(self) -> str:
        """Name of the layer that is shown; empty for movies."""
        return self.still.layer.name if self.still is not None else ""

    @property
    def layers(self) -> list[str]:
        """Names of the layers that one may want to look at, when there are several; then the others are in it too."""
        if self.still is None or sum(layer.is_colour for layer in self.still.layers) < _SEVERAL:
            return []
        return [layer.name for layer in sorted(self.still.layers, key=lambda layer: not layer.is_colour)]


def probe(
    text: str,
    roots: Sequence[str],
    *,
    rate: Fraction = Fraction(24),
    missing: Missing = "refuse",
    layer: str = "",
    colour: ColourSettings = ColourSettings(),  # noqa: B008 - it is frozen
) -> Media:
    """Look at what a *File path* means; see :func:`~callboard.studio.media.locate.locate`.

    Args:
        text: What a person wrote.
        roots: Folders that media may be read from.
        rate: Frames per second of stills and sequences whose files do not say.
        missing: What is shown where frames of a sequence are missing.
        layer: Name of the layer of stills to show; empty: the one that people mean.
        colour: How the studio looks at stills.

    Raises:
        MissingFrames: Frames are missing, and *missing* is to refuse them.
        Refused: It is not media that can be read.
        TryAgain: A folder is away.
    """
    with explained(text):
        source = locate(text, roots, missing=missing)
        if is_movie(source.ending):
            return _probe_movie(source, rate)
        return _probe_still(source, rate, missing, layer, colour)


def _probe_still(source: Source, rate: Fraction, missing: Missing, layer: str, colour: ColourSettings) -> Media:
    still = read_header(source.first_file, layer)
    transform = choose_transform(source.path, still.kind, colour, still.space) if still.layer.is_colour else None
    if transform is not None:
        exact_processor(transform)  # refuses now what could only be refused for the first frame
    return Media(
        source=source,
        kind="sequence" if source.is_sequence else "still",
        width=still.width,
        height=still.height,
        rotation=0,
        mirrored=False,
        rate=_header_rate(still.rate) or rate,
        first_frame=source.first,
        count=source.last - source.first + 1,
        still=still,
        transform=transform,
        missing=missing,
    )


def _header_rate(value: Fraction | float | None) -> Fraction | None:
    """Return the standard rate that a header means, or None where what it says cannot be meant."""
    try:
        rate = exact_rate(value)
    except ValueError:
        return None
    whole = Fraction(round(rate))
    return whole if abs(rate - whole) < Fraction(1, 1000) else rate


def _probe_movie(source: Source, rate: Fraction) -> Media:
    with opened(source) as container:
        first = next(pictures(container, source))
        track = picture_track(container)
        assert track is not None  # the picture is of it
        rotation = round(first.rotation / 90) * 90 % 360 if abs(first.rotation) <= _TURN else 0
        width, height = _shown(source, track, first, rotation)
        rate = rate_of(track) or rate
        return Media(
            source=source,
            kind="movie",
            width=width,
            height=height,
            rotation=rotation,
            mirrored=_is_mirrored(first),
            rate=rate,
            first_frame=first_frame(container, rate),
            count=count_of(container, track, first, rate),
            sound=_sound(container),
            fields=fields_of(track),
            is_interlaced=is_woven(first, fields_of(track)),
            is_timed=is_timed(track),
        )


def _shown(source: Source, stream: av.VideoStream, first: av.VideoFrame, rotation: int) -> tuple[int, int]:
    width, height = first.width, first.height
    if not (_NO_SMALLER <= width <= _NO_LARGER and _NO_SMALLER <= height <= _NO_LARGER):
        raise Refused(
            f"{source.path} is {width}x{height}; pictures from {_NO_SMALLER} to {_NO_LARGER} pixels a side can be read."
        )
    aspect = stream.sample_aspect_ratio or Fraction(1)
    # Wider than 4:1 pixels do not come from a lens but from a broken header.
    if Fraction(1, 4) <= aspect <= 4:
        width = round(width * aspect)
    return (height, width) if rotation in {90, 270} else (width, height)


def _sound(container: InputContainer) -> Sound | None:
    track = sound_track(container)
    return None if track is None else Sound(track.rate, track.channels)


def _is_mirrored(frame: av.VideoFrame) -> bool:
    """Return whether the matrix by which players place a picture turns it over."""
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return False
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    return bool(a * d < b * c)
