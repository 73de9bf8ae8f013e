"""Movies as browsers play them: H.264 with stereo sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftrack_sandbox.media.errors import CancelledError, UnreadableMediaError
from ftrack_sandbox.media.upright import Shaper
from ftrack_sandbox.media.voice import Voice

if TYPE_CHECKING:
    import av

#: Frames per second up to which a rate that FFmpeg guesses is believed, and any at all; above, it is a clock's.
_FASTEST_GUESS, _FASTEST, _SLOWEST = 120, 1000, Fraction(1, 100)
_USUAL = Fraction(24)
#: Seconds after which a gap is a jump of the clock rather than a pause.
_JUMP = 600
#: What may be read. Playlists are not among them: such a file can name any other file of this machine.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mxf,mpegts,mpeg,ogg,asf,flv,gif,apng"


def encode_movie(
    source: Path, review: Path, save_thumbnail: Callable[[av.VideoFrame], None], cancelled: Callable[[], bool]
) -> dict[str, Any]:
    """Write the movie, and return what ``ftr_meta`` holds about it.

    Raises:
        UnreadableMediaError: It is not a movie.
        CancelledError: ``cancelled`` said so.
    """
    import av

    try:
        with av.open(str(source), options={"format_whitelist": _FORMATS}, metadata_errors="replace") as movie:
            if not movie.streams.video or not movie.streams.video[0].codec_context.height:
                raise UnreadableMediaError("The file has no picture.")
            return _Transcoder(movie, review, save_thumbnail).run(cancelled)
    except (av.FFmpegError, ValueError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise UnreadableMediaError(f"The file is neither a movie nor an image that can be read: {reason}") from error


class _Transcoder:
    """One movie that is being encoded."""

    def __init__(
        self, movie: av.container.InputContainer, review: Path, save_thumbnail: Callable[[av.VideoFrame], None]
    ) -> None:
        self._movie, self._review, self._save_thumbnail = movie, review, save_thumbnail
        self._pictures = movie.streams.video[0]
        self._pictures.thread_type = "AUTO"
        self._rate = _rate_of(self._pictures)
        self._places = _Places(self._rate)
        self._held: av.VideoFrame | None = None
        self._count = 0

    def run(self, cancelled: Callable[[], bool]) -> dict[str, Any]:
        import av

        sound = self._movie.streams.audio[0] if self._movie.streams.audio else None
        shaper = Shaper(self._pictures)
        with av.open(str(self._review), "w", format="mp4", options={"movflags": "+faststart"}) as target:
            self._target = target
            self._encoder = target.add_stream("libx264", rate=self._rate, options={"preset": "veryfast", "crf": "23"})
            self._encoder.pix_fmt = "yuv420p"
            self._voice = None if sound is None else Voice(sound, target)
            for frame in self._movie.decode([each for each in (self._pictures, sound) if each is not None]):
                if cancelled():
                    raise CancelledError
                if isinstance(frame, av.VideoFrame):
                    self._write(shaper.shape(frame))
                elif isinstance(frame, av.AudioFrame) and self._voice is not None:
                    self._voice.add(frame)
            self._write(shaper.shape(None))
            if self._count == 0:
                raise UnreadableMediaError("Not one frame of the movie could be decoded.")
            target.mux(self._encoder.encode(None))
            if self._voice is not None:
                self._voice.finish()
        return {
            "frameIn": 0,
            "frameOut": self._count - 1,
            "frameRate": float(self._rate),
            "width": self._encoder.width,
            "height": self._encoder.height,
        }

    def _write(self, pictures: Iterator[av.VideoFrame]) -> None:
        """Encode pictures at their places, and the one before where there is none."""
        for picture in pictures:
            own = self._places.of(picture)
            if self._count == 0:
                self._begin(picture)
            for place in own:
                shown = picture if self._held is None or place == own[-1] else self._held
                shown.pts, shown.time_base = place, 1 / self._rate
                self._target.mux(self._encoder.encode(shown))
                self._count = place + 1
            self._held = picture

    def _begin(self, picture: av.VideoFrame) -> None:
        """Take the size of the first picture, which the first packet of any track needs."""
        self._encoder.width, self._encoder.height = picture.width, picture.height
        self._save_thumbnail(picture)
        if self._voice is not None:
            self._voice.begin(self._places.begin)


def _rate_of(pictures: av.VideoStream) -> Fraction:
    """Return the frames per second: of frames that are shown for unequal times, the rate of the shortest."""
    rates = [Fraction(rate) for rate in (pictures.average_rate, pictures.guessed_rate) if rate]
    rates = [rate for rate in rates if _SLOWEST <= rate <= _FASTEST]
    return max((rate for rate in rates if rate <= _FASTEST_GUESS), default=max(rates, default=_USUAL))


class _Places:
    """The places of frames in a movie of constant rate, so that every frame stays where it was in time.

    Attributes:
        begin: When the first frame is shown, in the source's seconds.

    Args:
        rate: Frames per second of the movie that is made.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate, self._next = rate, 0
        self._begin: Fraction | None = None
        self.begin = Fraction(0)

    def of(self, frame: av.VideoFrame) -> range:
        """Return the places up to the frame's own that are not yet filled; none if its own is taken.

        A frame without a time comes directly after the one before it, and so does one after a jump of the clock.
        """
        place = self._next
        if frame.pts is not None and frame.time_base is not None:
            at = Fraction(frame.pts * frame.time_base)
            if self._begin is None:
                self._begin = self.begin = at
            place = round((at - self._begin) * self._rate)
            if abs(place - self._next) > _JUMP * self._rate:
                self._begin = at - self._next / self._rate
                place = self._next
        places = range(self._next, place + 1)
        self._next = max(self._next, place + 1)
        return places
