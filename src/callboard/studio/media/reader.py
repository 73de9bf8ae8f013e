"""Decoding of movies: pictures and sound, in order, one at a time."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from callboard.errors import Refused
from callboard.studio.media.failures import reason
from callboard.studio.media.locate import Source
from callboard.studio.media.progress import Progress
from callboard.studio.media.tracks import is_timed, picture_track, sound_track

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

#: What a movie's file may hold, whatever its name. A playlist, which can name any other file of the machine, is none.
_CONTAINERS = "mov,mxf,avi,matroska,mpeg,mpegts"
#: Containers that say in which order pictures are stored, but not when each is shown: decoders put them in order.
_WITHOUT_TIMES = {"avi"}
#: Pictures that a decoder keeps at most, to put them in order.
_KEPT = 64
#: What helps where a movie cannot be decoded.
_BETTER = "save it as ProRes or H.264"
_log = logging.getLogger(__name__)


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
        container = av.open(source.real, options=options, metadata_errors="replace")
    except Exception as error:
        raise Refused(_unreadable(source, error)) from error
    with container:
        track = picture_track(container)
        if track is None:
            only = "only a cover" if container.streams.video else "only sound"
            raise Refused(f"{source.path} has no moving picture, {only}.")
        if track.codec_context is None:
            raise Refused(f"{source.path} is in a format that cannot be decoded here; {_BETTER}.")
        track.thread_type = "AUTO"
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
    """Yield every picture (and with *sound* the sound), as they lie in the file.

    Raises:
        Refused: The source is damaged, or ends before its end.
    """
    import av

    picture, voice = picture_track(container), sound_track(container) if sound else None
    tracks = [track for track in (picture, voice) if track is not None]
    progress, stored = Progress(), _StoredTimes()
    has_times = container.format.name not in _WITHOUT_TIMES
    try:
        for packet in container.demux(tracks):
            progress.add(packet)
            if progress.is_damaged:
                break
            stored.add(packet)
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    if not has_times:
                        stored.give(frame)
                    progress.show(frame)
                yield frame  # type: ignore[misc]  # no subtitles were asked for
    except Exception as error:
        raise Refused(_explain(source, container, progress.count, error)) from error
    _check_end(source, progress, container, tracks)


def _check_end(
    source: Source, progress: Progress, container: InputContainer, tracks: Sequence[av.VideoStream | av.AudioStream]
) -> None:
    if progress.is_damaged:
        raise Refused(f"{source.path} is damaged or cut off after frame {progress.count}.")
    if progress.count == 0:
        raise Refused(f"{source.path} holds no frame that can be decoded.")
    if missing := progress.missing(container, tracks):
        raise Refused(f"{source.path} is cut off: it ends {float(missing):.2f} s before its declared end.")
    picture = picture_track(container)
    if picture is not None and not is_timed(picture) and progress.count < picture.frames:
        raise Refused(
            f"{source.path} has broken time stamps: of {picture.frames} frames only {progress.count} can be shown."
        )


class _StoredTimes:
    """The times of pictures in a container that has them for what is stored, but not for what is shown.

    Decoders put pictures in order, and each is shown when the next one is stored: a place without a picture, by which
    such a container says that the one before is held, stays.
    """

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=_KEPT)

    def add(self, packet: av.Packet[Any]) -> None:
        """Take the time of a stored picture."""
        if packet.stream.type == "video" and packet.size and packet.dts is not None:
            self._times.append(packet.dts)

    def give(self, frame: av.VideoFrame) -> None:
        """Let a picture be shown at the first time that is not yet taken."""
        frame.pts = self._times.popleft() if self._times else None


def _explain(source: Source, container: InputContainer, count: int, error: Exception) -> str:
    """Return a sentence about what decoding has raised."""
    import av

    _log.info("%s failed after frame %s", source.path, count, exc_info=error)
    if not isinstance(error, av.FFmpegError):
        return f"{source.path} cannot be read: {reason(error)}."
    if isinstance(error, OSError):
        return _unreadable(source, error)
    if count:
        return f"{source.path} is damaged: it cannot be decoded after frame {count}."
    if isinstance(error, av.InvalidDataError):
        return f"{source.path} is damaged: not one frame of it can be decoded."
    track = picture_track(container)
    assert track is not None  # it was opened
    return f"{source.path} holds {track.codec_context.name} pictures of a kind that cannot be decoded here; {_BETTER}."


def _unreadable(source: Source, error: Exception) -> str:
    """Return a sentence about a file that cannot be opened, or has become unreachable."""
    if isinstance(error, PermissionError):
        return f"{source.path} may not be read by the user that Callboard runs as."
    if isinstance(error, OSError):
        return f"{source.path} cannot be read: {reason(error)}."
    return f"{source.path} is not a movie that can be read: it is something else, cut off, or not yet written in full."
