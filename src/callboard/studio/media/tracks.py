"""The tracks of a movie: which of them are shown and heard, how fast, and until when."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

#: Frames per second that a header may mean. FFmpeg gives the container's clock where it finds no rate.
_SLOWEST, _FASTEST = Fraction(1, 100), 1000
#: Frames per second up to which the rate between frames is believed where some are left out.
_HIGHEST_NOMINAL = 60
#: By how much of itself a rate may miss a standard one that it means: a frame in an hour at 25.
_CLOSE = Fraction(1, 100_000)


def picture_track(container: InputContainer) -> av.VideoStream | None:
    """Return the track that is shown: the first that is on by default, and never a cover picture."""
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    tracks = [track for track in container.streams.video if not track.disposition & covers]
    return next((track for track in tracks if track.disposition & Disposition.default), next(iter(tracks), None))


def sound_track(container: InputContainer) -> av.AudioStream | None:
    """Return the track that is heard: the first that is on by default and can be decoded."""
    from av.stream import Disposition

    tracks = [track for track in container.streams.audio if track.codec_context is not None]
    return next((track for track in tracks if track.disposition & Disposition.default), next(iter(tracks), None))


def rate_of(track: av.VideoStream) -> Fraction | None:
    """Return frames per second: where frames are left out or held, the rate between them; None where it is nonsense."""
    nominal, average = _believable(track.guessed_rate), _believable(track.average_rate)
    if nominal and nominal > _HIGHEST_NOMINAL and nominal > (average or 0) * Fraction(21, 20):
        return average
    return nominal or average


def is_timed(track: av.VideoStream) -> bool:
    """Return whether the times of a track's pictures can be meant: it has neither too many a second, nor too few."""
    return not track.average_rate or _believable(track.average_rate) is not None


def _believable(rate: Fraction | None) -> Fraction | None:
    if rate is None or not _SLOWEST <= rate <= _FASTEST:
        return None
    # Clocks of milli- or nanoseconds miss the standard rates by a little.
    whole = round(rate)
    for standard in (Fraction(whole), Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)):
        if abs(rate - standard) <= _CLOSE * rate:
            return standard
    return Fraction(rate).limit_denominator(100_000)


def count_of(container: InputContainer, track: av.VideoStream, first: av.VideoFrame, rate: Fraction) -> int:
    """Return how many pictures a track has, from its first one to the end that its header gives: an estimate."""
    if not is_timed(track):
        return track.frames
    end = declared_end(track)
    if end is None:
        end = Fraction((container.start_time or 0) + (container.duration or 0), 1_000_000)
    return max(1, round((end - Fraction((first.pts or 0) * (first.time_base or 0))) * rate))


def declared_end(track: av.VideoStream | av.AudioStream) -> Fraction | None:
    """Return where a track ends by its own header, in seconds; None where only the whole movie says how long it is."""
    if track.duration and track.time_base:
        return Fraction(((track.start_time or 0) + track.duration) * track.time_base)
    hours, _, rest = track.metadata.get("DURATION", "").partition(":")  # as FFmpeg and others write it in Matroska
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except (ValueError, ZeroDivisionError):
        return None
