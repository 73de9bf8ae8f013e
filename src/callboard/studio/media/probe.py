"""The properties of a source, from its header and, for movies, its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from callboard.errors import Refused
from callboard.studio.media.colour.baked import exact_processor
from callboard.studio.media.colour.choice import Transform, choose_transform
from callboard.studio.media.colour.config import ColourSettings
from callboard.studio.media.formats import is_movie
from callboard.studio.media.locate import Missing, Source, locate
from callboard.studio.media.rates import exact_rate
from callboard.studio.media.reader import opened, pictures
from callboard.studio.media.stills.header import Still, read_header

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_HIGHEST_NOMINAL_RATE = 60
_NO_SMALLER = 2
_NO_LARGER = 16384
_DAY = 24 * 3600
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
    source = locate(text, roots, missing=missing)
    return _probe_movie(source, rate) if is_movie(source.ending) else _probe_still(source, rate, missing, layer, colour)


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
        stream = container.streams.video[0]
        rotation = round(first.rotation / 90) * 90 % 360
        width, height = _shown(source, stream, first, rotation)
        rate = _movie_rate(stream) or rate
        return Media(
            source=source,
            kind="movie",
            width=width,
            height=height,
            rotation=rotation,
            mirrored=False,
            rate=rate,
            first_frame=_timecode(container, rate),
            count=_count(container, rate),
            sound=_sound(container),
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


def _movie_rate(stream: av.VideoStream) -> Fraction | None:
    """Return the nominal rate: where frames are left out or held, the rate between them."""
    nominal, average = stream.guessed_rate, stream.average_rate
    if nominal and average and nominal > _HIGHEST_NOMINAL_RATE and nominal > average * Fraction(21, 20):
        return average
    return nominal or average


def _sound(container: InputContainer) -> Sound | None:
    track = container.streams.audio[0] if container.streams.audio else None
    return None if track is None or track.codec_context is None else Sound(track.rate, track.channels)


def _count(container: InputContainer, rate: Fraction) -> int:
    stream = container.streams.video[0]
    if stream.duration is not None and stream.time_base is not None:
        return round(stream.duration * stream.time_base * rate)
    return round(Fraction(container.duration or 0, 1_000_000) * rate)


def _timecode(container: InputContainer, rate: Fraction) -> int:
    """Return the frame that a movie's timecode begins with: ``00:00:41:17`` at 24 is 1001."""
    holders = [container.metadata, *(stream.metadata for stream in container.streams)]
    text = next((metadata["timecode"] for metadata in holders if "timecode" in metadata), "")
    parts = text.replace(";", ":").split(":")
    if len(parts) != 4 or not all(part.isdigit() for part in parts):
        return 0
    hours, minutes, seconds, number = (int(part) for part in parts)
    nominal = _nominal(rate)
    dropped = 0
    if ";" in text and nominal % 30 == 0:
        # Drop-frame timecode leaves out 2 numbers (4 at 60) each minute but the tenth.
        whole = hours * 60 + minutes
        dropped = (whole - whole // 10) * round(nominal / 15)
    return (hours * 3600 + minutes * 60 + seconds) * nominal + number - dropped


def _nominal(rate: Fraction) -> int:
    """Return how many numbers a second of timecode has."""
    return max(1, round(rate))


def timecode(frame: int, rate: Fraction) -> str:
    """Return the timecode of a frame number, without dropped numbers; what :func:`probe` reads again."""
    nominal = _nominal(rate)
    seconds, number = divmod(frame, nominal)
    seconds %= _DAY
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{number:02d}"
