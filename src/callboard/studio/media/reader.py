"""Decoding: pictures and sound of a source, in order, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from callboard.errors import Refused
from callboard.studio.media.formats import LINEAR, is_movie
from callboard.studio.media.locate import Source

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

#: What a movie's file may hold, whatever its name. A playlist, which can name any other file of the machine, is none.
_CONTAINERS = "mov,mxf,avi,matroska,mpeg,mpegts"
#: Seconds that a movie may end before the length it declares: sound and picture rarely end together.
_SHORTFALL = Fraction(1, 4)


@contextmanager
def opened(source: Source, rate: Fraction = Fraction(24)) -> Iterator[InputContainer]:
    """The source, open for reading, with its threads set and EXR's linear light turned into sRGB.

    Args:
        source: What to read.
        rate: Frames per second of a sequence; movies have their own.

    Raises:
        Refused: It is not what its name says.
    """
    import av

    movie = is_movie(source.ending)
    if movie:
        options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    elif source.is_sequence:
        options = {"pattern_type": "sequence", "start_number": str(source.first), "framerate": str(rate)}
    else:
        options = {"pattern_type": "none", "framerate": str(rate)}
    options["err_detect"] = "crccheck+bitstream+buffer"
    try:
        container = av.open(_for_ffmpeg(source), format=None if movie else "image2", options=options)
    except av.FFmpegError as error:
        raise Refused(_unreadable(source, error)) from error
    with container:
        if not container.streams.video:
            raise Refused(f"{source.path} has no picture.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise Refused(f"{source.path} is in a format that cannot be decoded here.")
        stream.thread_type = "AUTO"
        if source.ending.lower() in LINEAR:
            stream.codec_context.options = {"apply_trc": "iec61966_2_1"}
        yield container


def pictures(container: InputContainer, source: Source) -> Iterator[av.VideoFrame]:
    """Every picture, in the order in which they are shown.

    Raises:
        Refused: The source is damaged, or ends before its end.
    """
    import av

    for frame in decoded(container, source):
        assert isinstance(frame, av.VideoFrame)  # sound was not asked for
        yield frame


def decoded(
    container: InputContainer, source: Source, *, sound: bool = False
) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Every picture (and with *sound* the first sound track), as they lie in the file.

    Raises:
        Refused: The source is damaged, or ends before its end.
    """
    import av

    streams: list[av.VideoStream | av.AudioStream] = [container.streams.video[0]]
    if sound:
        streams.append(container.streams.audio[0])
    wanted = source.last - source.first + 1 if source.is_sequence else None
    reached = Fraction(0)
    count = 0
    try:
        for packet in container.demux(streams):
            if packet.is_corrupt:
                raise Refused(f"{source.path} is damaged or cut off after frame {count}.")
            reached = max(reached, _end(packet))
            for frame in packet.decode():
                if count == wanted:
                    return  # there are more on disk than were asked for
                count += isinstance(frame, av.VideoFrame)
                yield frame  # type: ignore[misc]  # no subtitles were asked for
    except av.FFmpegError as error:
        if count == 0:
            raise Refused(_unreadable(source, error)) from error
        raise Refused(f"{source.path} is damaged: it cannot be decoded after frame {count}.") from error
    _check_end(container, source, count, reached)


def _end(packet: av.Packet[Any]) -> Fraction:
    """Seconds at which what a packet holds is over."""
    if packet.pts is None or packet.time_base is None:
        return Fraction(0)
    return Fraction((packet.pts + (packet.duration or 0)) * packet.time_base)


def _check_end(container: InputContainer, source: Source, count: int, reached: Fraction) -> None:
    if count == 0:
        raise Refused(f"{source.path} holds no frame that can be decoded.")
    if source.is_sequence:
        wanted = source.last - source.first + 1
        if count < wanted:
            raise Refused(f"{source.path} ends after {count} of {wanted} frames; a file went away or is damaged.")
        return
    end = Fraction((container.start_time or 0) + (container.duration or 0), 1_000_000)
    if reached < end - _SHORTFALL:
        raise Refused(f"{source.path} is cut off: it ends {float(end - reached):.1f} s before its declared end.")


def _for_ffmpeg(source: Source) -> str:
    if not source.is_sequence:
        return source.real
    head, placeholder, tail = source.real.rpartition(f"%0{source.padding}d")
    return head.replace("%", "%%") + placeholder + tail.replace("%", "%%")


def _unreadable(source: Source, error: av.FFmpegError) -> str:
    if isinstance(error, PermissionError):
        return f"{source.path} may not be read by the user that Callboard runs as."
    kind = "movie" if is_movie(source.ending) else "image"
    return f"{source.path} is no {kind} that can be read: it is something else, cut off, or not yet written in full."
