"""What a source is, from its header and its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from callboard.errors import Refused
from callboard.studio.media.formats import TIFF, is_movie
from callboard.studio.media.locate import Source, locate
from callboard.studio.media.reader import opened, pictures
from callboard.studio.media.tiff import check_compression

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

_HIGHEST_NOMINAL_RATE = 60
_NO_SMALLER = 2
_NO_LARGER = 16384
_DAY = 24 * 3600
#: Exif's mark of how a picture lies, and its values for mirrored ones.
_ORIENTATION, _MIRRORED = 0x0112, {2, 4, 5, 7}


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
    sound: Sound | None


def probe(text: str, roots: Sequence[str], *, rate: Fraction = Fraction(24)) -> Media:
    """Look at what a *File path* means; see :func:`~callboard.studio.media.locate.locate`.

    Args:
        text: What a person wrote.
        roots: Folders that media may be read from.
        rate: Frames per second of stills and sequences whose files do not say.

    Raises:
        Refused: It is no media that can be read.
        TryAgain: A folder is away.
    """
    source = locate(text, roots)
    if source.ending.lower() in TIFF:
        check_compression(Path(source.first_file))
    with opened(source, rate) as container:
        first = next(pictures(container, source))
        stream = container.streams.video[0]
        movie = is_movie(source.ending)
        rotation = round(first.rotation / 90) * 90 % 360
        width, height = _shown(source, stream, first, rotation)
        own = _movie_rate(stream) if movie else stream.codec_context.framerate
        return Media(
            source=source,
            kind="movie" if movie else "sequence" if source.is_sequence else "still",
            width=width,
            height=height,
            rotation=rotation,
            mirrored=not movie and _is_mirrored(Path(source.first_file)),
            rate=own or rate,
            first_frame=_timecode(container, own or rate) if movie else source.first,
            count=_count(container, own or rate) if movie else source.last - source.first + 1,
            sound=_sound(container) if movie else None,
        )


def _shown(source: Source, stream: av.VideoStream, first: av.VideoFrame, rotation: int) -> tuple[int, int]:
    width, height = first.width, first.height
    if not (_NO_SMALLER <= width <= _NO_LARGER and _NO_SMALLER <= height <= _NO_LARGER):
        raise Refused(
            f"{source.path} is {width}x{height}; pictures from {_NO_SMALLER} to {_NO_LARGER} pixels a side can be read."
        )
    aspect = stream.sample_aspect_ratio or Fraction(1)
    # Wider than 4:1 pixels are no lens but a broken header.
    if Fraction(1, 4) <= aspect <= 4:
        width = round(width * aspect)
    return (height, width) if rotation in {90, 270} else (width, height)


def _is_mirrored(still: Path) -> bool:
    """Return whether a photograph says that it is mirrored; FFmpeg tells of its rotation alone."""
    from PIL import Image

    try:
        with Image.open(still) as image:
            return image.getexif().get(_ORIENTATION) in _MIRRORED
    except OSError:
        return False  # Pillow does not know its format, which has no such mark then


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
    nominal = round(rate)
    dropped = 0
    if ";" in text:
        # Drop-frame timecode leaves out 2 numbers (4 at 60) each minute but the tenth.
        whole = hours * 60 + minutes
        dropped = (whole - whole // 10) * round(nominal / 15)
    return (hours * 3600 + minutes * 60 + seconds) * nominal + number - dropped


def timecode(frame: int, rate: Fraction) -> str:
    """Return the timecode of a frame number, without dropped numbers; what :func:`probe` reads again."""
    nominal = round(rate)
    seconds, number = divmod(frame, nominal)
    seconds %= _DAY
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{number:02d}"
