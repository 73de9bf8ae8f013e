"""The encoded movie: pictures at a constant rate, the slate, and the sound."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self

from callboard.errors import Refused
from callboard.studio.media.picture import Shaper, as_image
from callboard.studio.media.probe import Media
from callboard.studio.media.slate import Slate, SlateBurner
from callboard.studio.media.sound import SoundTrack, rate_for
from callboard.studio.media.timecode import MOST_NUMBERS, timecode_of

if TYPE_CHECKING:
    import av
    from PIL import Image

#: Quick enough for two cores, good enough to judge a frame by.
X264 = {"preset": "veryfast", "crf": "20"}
#: Seconds of one frame held, beyond which a time stamp is broken rather than slow; it may be a second early, too.
_LONGEST_HOLD = 600


class MovieWriter:
    """An H.264 movie that is being written, from decoded frames; nothing but the last of them is kept.

    Attributes:
        count: Pictures written so far.
        thumbnail: The picture at a third of the length, or the first one.

    Args:
        media: Where the frames come from.
        file: What is written.
        size: Width and height, even.
        slate: A bar to burn in.
        card: A ``yuv420p`` picture that stands before the first one, and is not counted: the slate frame.
        watch: Called for every picture written with their number.
    """

    def __init__(
        self,
        media: Media,
        file: Path,
        size: tuple[int, int],
        slate: Slate | None,
        *,
        card: av.VideoFrame | None,
        watch: Callable[[int], None],
    ) -> None:
        import av

        self._watch = watch
        self.count = 0
        self.thumbnail: Image.Image | None = None
        self._media = media
        self._shape = Shaper(media, size)
        last = media.first_frame + media.count - 1
        self._burner = None if slate is None else SlateBurner(slate, *size, last_frame=last)
        self._start: Fraction | None = None
        self._end = Fraction(0)
        self._held: av.VideoFrame | None = None
        # The index at the front, so that browsers play before they have it all.
        self._target = av.open(str(file), "w", format="mp4", options={"movflags": "+faststart"})
        self._before = 0 if card is None else 1
        if media.rate <= MOST_NUMBERS:
            self._target.metadata["timecode"] = timecode_of(media.first_frame - self._before, media.rate)
        self._pictures = self._target.add_stream("libx264", rate=media.rate, options=dict(X264))
        self._pictures.width, self._pictures.height = size
        self._pictures.pix_fmt = "yuv420p"
        # A key frame each second lets reviewers step backwards.
        self._pictures.gop_size = max(1, round(media.rate))
        self._sound = self._add_sound(media)
        if card is not None:
            self._take_colours(card)
            self._encode(card, 0)

    def _add_sound(self, media: Media) -> SoundTrack | None:
        if media.sound is None:
            return None
        layout = "mono" if media.sound.channels == 1 else "stereo"
        stream = self._target.add_stream("aac", rate=rate_for(media.sound.rate), layout=layout)
        return SoundTrack(stream, self._target, self._before / media.rate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._target.close()

    def add(self, frame: av.VideoFrame | av.AudioFrame) -> None:
        """Take the next decoded frame.

        Raises:
            Refused: Its time cannot be meant.
        """
        import av

        if isinstance(frame, av.AudioFrame):
            assert self._sound is not None  # sound is only decoded where there is a track for it
            self._sound.add(frame)
            return
        place = self._place(frame)
        while self._held is not None and self.count < place:
            self._write(self._held)
        if place >= self.count:
            self._write(frame)
        self._held = frame

    def finish(self) -> None:
        """Hold the last frame as long as it was meant to be, and empty the encoders."""
        if self._held is not None and self._media.kind == "movie":
            end = min(round(self._end * self._media.rate), self._media.count)
            while self.count < end:
                self._write(self._held)
        self._target.mux(self._pictures.encode(None))
        if self._sound is not None:
            self._sound.finish()

    def _place(self, frame: av.VideoFrame) -> int:
        """Return which picture of the movie a frame is to be; fewer than are written already: none."""
        if frame.pts is None or frame.time_base is None:
            self._begin(Fraction(0))
            return self.count
        at = Fraction(frame.pts * frame.time_base)
        at -= self._begin(at)
        if not self._media.is_timed:
            return self.count
        self._end = at + Fraction(frame.duration * frame.time_base)
        place = round(at * self._media.rate)
        if not -self._media.rate < place - self.count <= _LONGEST_HOLD * self._media.rate:
            raise Refused(f"{self._media.source.path} has broken time stamps after frame {self.count}.")
        return place

    def _begin(self, at: Fraction) -> Fraction:
        """Return when the first picture is shown, in the source's seconds; the first call says so."""
        if self._start is None:
            self._start = at
            if self._sound is not None:
                self._sound.begin(at)
        return self._start

    def _write(self, frame: av.VideoFrame) -> None:
        picture = self._shape(frame)
        if self.count + self._before == 0:
            self._take_colours(picture)
        if self.count in {0, self._media.count // 3}:
            self.thumbnail = as_image(picture)
        if self._burner is not None:
            self._burner.burn(picture, self._media.first_frame + self.count)
        self._encode(picture, self.count + self._before)
        self.count += 1
        self._watch(self.count)

    def _encode(self, picture: av.VideoFrame, place: int) -> None:
        from av.video.frame import PictureType

        picture.pts, picture.time_base = place, 1 / self._media.rate
        # The source's own choice of key frames is not ours.
        picture.pict_type = PictureType.NONE
        self._target.mux(self._pictures.encode(picture))

    def _take_colours(self, picture: av.VideoFrame) -> None:
        """Tell players how the colours are meant, where the source or the conversion says."""
        context = self._pictures.codec_context
        context.colorspace, context.color_range = picture.colorspace, picture.color_range
        context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
