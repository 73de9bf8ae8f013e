"""Decoding of movies: pictures and sound, in order, one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from callboard.errors import Refused
from callboard.studio.media.locate import Source

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

#: What a movie's file may hold, whatever its name. A playlist, which can name any other file of the machine, is none.
_CONTAINERS = "mov,mxf,avi,matroska,mpeg,mpegts"
#: Containers that say in which order pictures are stored, but not when each is shown: decoders put them in order.
_WITHOUT_TIMES = {"avi"}
#: Seconds that a movie may end before the length it declares, when its rate varies, or not all that is in it is read:
#: tracks rarely end together.
_SHORTFALL = Fraction(1, 4)
#: Seconds by which the steps of a constant rate differ where times are whole milliseconds.
_ROUNDING = Fraction(2, 1000)
#: The part of a movie's steps that are alike when its rate is constant.
_STEADY = Fraction(9, 10)


@contextmanager
def opened(source: Source) -> Iterator[InputContainer]:
    """Yield the movie, open for reading, with its threads set.

    Raises:
        Refused: It is not what its name says.
    """
    import av

    options = {
        "format_whitelist": _CONTAINERS,
        "protocol_whitelist": "file",
        "err_detect": "crccheck+bitstream+buffer",
    }
    try:
        container = av.open(source.real, options=options)
    except av.FFmpegError as error:
        raise Refused(_unreadable(source, error)) from error
    with container:
        if not container.streams.video:
            raise Refused(f"{source.path} has no picture.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise Refused(f"{source.path} is in a format that cannot be decoded here.")
        stream.thread_type = "AUTO"
        yield container


def pictures(container: InputContainer, source: Source) -> Iterator[av.VideoFrame]:
    """Yield every picture, in the order in which they are shown.

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
    """Yield every picture (and with *sound* the first sound track), as they lie in the file.

    Raises:
        Refused: The source is damaged, or ends before its end.
    """
    import av

    streams: list[av.VideoStream | av.AudioStream] = [container.streams.video[0]]
    if sound:
        streams.append(container.streams.audio[0])
    progress = _Progress()
    has_times = container.format.name not in _WITHOUT_TIMES
    count = 0
    try:
        for packet in container.demux(streams):
            if packet.is_corrupt:
                raise Refused(f"{source.path} is damaged or cut off after frame {count}.")
            progress.add(packet)
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    if not has_times:
                        frame.pts = None
                    progress.show(frame)
                    count += 1
                yield frame  # type: ignore[misc]  # no subtitles were asked for
    except av.FFmpegError as error:
        if count == 0:
            raise Refused(_unreadable(source, error)) from error
        raise Refused(f"{source.path} is damaged: it cannot be decoded after frame {count}.") from error
    _check_end(source, count, progress.missing(container, streams))


class _Progress:
    """The progress of reading a movie."""

    def __init__(self) -> None:
        self._reached: dict[int, Fraction] = {}
        self._shown: Fraction | None = None
        self._steps: Counter[Fraction] = Counter()

    def add(self, packet: av.Packet[Any]) -> None:
        """Take note of when what a packet holds is over."""
        at = packet.dts if packet.pts is None else packet.pts
        if at is not None and packet.time_base is not None:
            end = Fraction((at + (packet.duration or 0)) * packet.time_base)
            self._reached[packet.stream.index] = max(self._reached.get(packet.stream.index, end), end)

    def show(self, frame: av.VideoFrame) -> None:
        """Take note of how long the picture before was shown."""
        if frame.pts is not None and frame.time_base is not None:
            at = Fraction(frame.pts * frame.time_base)
            if self._shown is not None:
                self._steps[at - self._shown] += 1
            self._shown = at

    def missing(self, container: InputContainer, streams: Sequence[av.VideoStream | av.AudioStream]) -> Fraction:
        """Return seconds that are missing at the end of what was read; 0 where it may be meant."""
        usual = self._usual_step()
        # Not every format says how long the last picture is shown; at a constant rate it is as long as any other.
        step = usual * Fraction(3, 2) if usual is not None else _SHORTFALL
        ends = [_declared_end(stream) for stream in streams]
        if None not in ends:
            found = [
                missing
                for stream, end in zip(streams, ends, strict=True)
                if end is not None
                and (missing := end - self._reached.get(stream.index, Fraction(0)))
                > (step if stream.type == "video" else _SHORTFALL)
            ]
            return max(found, default=Fraction(0))
        end = Fraction((container.start_time or 0) + (container.duration or 0), 1_000_000)
        missing = end - max(self._reached.values(), default=Fraction(0))
        allowed = step if len(streams) == len(container.streams) else _SHORTFALL
        return missing if missing > allowed else Fraction(0)

    def _usual_step(self) -> Fraction | None:
        """Return the seconds from picture to picture, or None where they vary; a cut-off end may lack some pictures."""
        if not self._steps:
            return None
        [(usual, _)] = self._steps.most_common(1)
        like_it = sum(count for step, count in self._steps.items() if abs(step - usual) <= _ROUNDING)
        return usual if like_it >= _STEADY * self._steps.total() else None


def _declared_end(stream: av.VideoStream | av.AudioStream) -> Fraction | None:
    """Return where a track ends by its own header; None where only the whole movie says how long it is."""
    if stream.duration and stream.time_base:
        return Fraction(((stream.start_time or 0) + stream.duration) * stream.time_base)
    hours, _, rest = stream.metadata.get("DURATION", "").partition(":")  # as FFmpeg and others write it in Matroska
    minutes, _, seconds = rest.partition(":")
    try:
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return None


def _check_end(source: Source, count: int, missing: Fraction) -> None:
    if count == 0:
        raise Refused(f"{source.path} holds no frame that can be decoded.")
    if missing:
        raise Refused(f"{source.path} is cut off: it ends {float(missing):.2f} s before its declared end.")


def _unreadable(source: Source, error: av.FFmpegError) -> str:
    if isinstance(error, PermissionError):
        return f"{source.path} may not be read by the user that Callboard runs as."
    return f"{source.path} is not a movie that can be read: it is something else, cut off, or not yet written in full."
