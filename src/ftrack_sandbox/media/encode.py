"""Encoding of media for browsers: H.264 movies and JPEG images, with PyAV and Pillow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av
    from PIL import Image

MAXIMUM_HEIGHT = 1080
THUMBNAIL_SIZE = 600

#: Frames per second up to which a rate that FFmpeg guesses is believed; above, it is the container's clock.
_FASTEST = 120

#: What may be read. Playlists are not among them: such a file can name any other file of this machine.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mxf,mpegts,mpeg,ogg,asf,flv,gif,"
    "png_pipe,jpeg_pipe,tiff_pipe,exr_pipe,dpx_pipe,bmp_pipe,webp_pipe"
)


class UnreadableMediaError(Exception):
    """The file is neither a movie nor an image that can be read."""


class CancelledError(Exception):
    """The work was given up before its end."""


@dataclass(frozen=True)
class Encoded:
    """The encoded files.

    Attributes:
        kind: ``movie`` or ``image``.
        meta: What review players want to know, as ``ftr_meta`` holds it.
    """

    kind: str
    meta: dict[str, Any]


def encode(source: Path, review: Path, thumbnail: Path, *, cancelled: Callable[[], bool]) -> Encoded:
    """Make review media and a thumbnail of a movie or an image.

    Args:
        source: The file to read; it is not changed.
        review: Where to write the MP4, or the JPEG if the source is an image.
        thumbnail: Where to write a small JPEG.
        cancelled: Asked between frames whether to give up.

    Raises:
        UnreadableMediaError: The source is not media.
        CancelledError: ``cancelled`` said so.
    """
    picture = _still(source)
    if picture is None:
        return _encode_movie(source, review, thumbnail, cancelled)
    picture.thumbnail((MAXIMUM_HEIGHT * 16 // 9, MAXIMUM_HEIGHT))
    picture.save(review, format="JPEG", quality=90)
    meta = {"format": "image", "width": picture.width, "height": picture.height}
    _save_thumbnail(picture, thumbnail)
    return Encoded("image", meta)


def is_image(source: Path) -> bool:
    """Tell whether the file looks like a still image; only its beginning is read."""
    from PIL import Image

    try:
        with Image.open(source) as image:
            return getattr(image, "n_frames", 1) == 1
    except (OSError, SyntaxError, Image.DecompressionBombError):
        return False


def _still(source: Path) -> Image.Image | None:
    """Return the picture, or None if the file is not a still image that Pillow reads."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(source) as image:
            if getattr(image, "n_frames", 1) > 1:
                return None
            upright: Image.Image = ImageOps.exif_transpose(image)
            return as_8_bit(upright).convert("RGB")
    except UnidentifiedImageError:
        return None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableMediaError(f"The image cannot be read: {error}") from error


def as_8_bit(picture: Image.Image) -> Image.Image:
    """Return grey of 16 bits as grey of 8 bits; Pillow itself makes it white, since it cuts off each value at 255."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def _encode_movie(source: Path, review: Path, thumbnail: Path, cancelled: Callable[[], bool]) -> Encoded:
    import av

    try:
        with av.open(str(source), options={"format_whitelist": _FORMATS}) as movie:
            if not movie.streams.video or not movie.streams.video[0].codec_context.height:
                raise UnreadableMediaError("The file has no picture.")
            return _transcode(movie, review, thumbnail, cancelled)
    except av.FFmpegError as error:
        raise UnreadableMediaError(f"The file is neither a movie nor an image that can be read: {error}") from error


def _transcode(
    movie: av.container.InputContainer, review: Path, thumbnail: Path, cancelled: Callable[[], bool]
) -> Encoded:
    import av

    pictures = movie.streams.video[0]
    pictures.thread_type = "AUTO"
    rate = _rate_of(pictures)
    shaper = _Shaper(pictures)
    with av.open(str(review), "w", format="mp4", options={"movflags": "+faststart"}) as target:
        encoder = target.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
        encoder.pix_fmt = "yuv420p"
        sound = movie.streams.audio[0] if movie.streams.audio else None
        voice = None if sound is None else target.add_stream("aac", rate=sound.rate, layout="stereo")
        places, count, held = _Places(rate), 0, None
        for frame in _picture_first(_frames(movie, pictures, sound, cancelled)):
            if isinstance(frame, av.AudioFrame):
                assert voice is not None
                frame.pts = None
                target.mux(voice.encode(frame))
                continue
            scaled = shaper.shape(frame)
            if count == 0:
                encoder.width, encoder.height = scaled.width, scaled.height
                _save_thumbnail(_as_picture(scaled), thumbnail)
            own = places.of(frame)
            for place in own:
                shown = scaled if held is None or place == own[-1] else held
                shown.pts, shown.time_base = place, 1 / rate
                target.mux(encoder.encode(shown))
                count = place + 1
            held = scaled
        if count == 0:
            raise UnreadableMediaError("Not one frame of the movie could be decoded.")
        for stream in (encoder, voice):
            if stream is not None:
                target.mux(stream.encode(None))
    meta = {
        "frameIn": 0,
        "frameOut": count - 1,
        "frameRate": float(rate),
        "width": encoder.width,
        "height": encoder.height,
    }
    return Encoded("movie", meta)


def _picture_first(frames: Iterator[av.VideoFrame | av.AudioFrame]) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Yield the frames with the first picture before all sound: it says the size, which the first packet needs."""
    import av

    earlier: list[av.VideoFrame | av.AudioFrame] = []
    for frame in frames:
        if isinstance(frame, av.VideoFrame):
            yield frame
            break
        earlier.append(frame)
    else:
        return
    yield from earlier
    yield from frames


def _rate_of(pictures: av.VideoStream) -> Fraction:
    """Return the frames per second: of frames that are shown for unequal times, the rate of the shortest."""
    rates = [Fraction(rate) for rate in (pictures.average_rate, pictures.guessed_rate) if rate]
    return max((rate for rate in rates if rate <= _FASTEST), default=max(rates, default=Fraction(24)))


class _Places:
    """The places of frames in a movie of constant rate, so that every frame stays where it was in time.

    Args:
        rate: Frames per second of the movie that is made.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate, self._next = rate, 0
        self._begin: Fraction | None = None

    def of(self, frame: av.VideoFrame) -> range:
        """Return the places up to the frame's own that are not yet filled; none if its own is taken.

        A frame without a time comes directly after the one before it, and so does one after a gap of over
        ten minutes: that is a jump of the clock, not a pause.
        """
        place = self._next
        if frame.pts is not None and frame.time_base is not None:
            at = frame.pts * frame.time_base
            self._begin = at if self._begin is None else self._begin
            place = round((at - self._begin) * self._rate)
            if place - self._next > 600 * self._rate:
                self._begin = at - self._next / self._rate
                place = self._next
        places = range(self._next, place + 1)
        self._next = max(self._next, place + 1)
        return places


class _Shaper:
    """Brings frames of a movie upright, to square pixels and to the size that is encoded.

    Args:
        pictures: The stream that the frames come from.
    """

    def __init__(self, pictures: av.VideoStream) -> None:
        self._aspect = pictures.sample_aspect_ratio or Fraction(1)
        self._size: tuple[int, int] | None = None

    def shape(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the picture of the frame, as the encoder takes it."""
        import av
        from PIL import Image

        turns = round(frame.rotation / 90) % 4
        if self._size is None:
            shown = max(1, round(frame.width * self._aspect)), frame.height
            self._size = _fitting(*(shown[::-1] if turns % 2 else shown))
        if turns:
            methods = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
            turned = _as_picture(frame).transpose(methods[turns - 1])
            frame = av.VideoFrame.from_image(turned)  # type: ignore[no-untyped-call]  # PyAV does not annotate it
        return frame.reformat(width=self._size[0], height=self._size[1], format="yuv420p")


def _frames(
    movie: av.container.InputContainer,
    pictures: av.VideoStream,
    sound: av.AudioStream | None,
    cancelled: Callable[[], bool],
) -> Iterator[av.VideoFrame | av.AudioFrame]:
    """Yield the frames of both streams, the sound ready for the encoder."""
    import av

    resampler = None if sound is None else av.AudioResampler(format="fltp", layout="stereo", rate=sound.rate)
    for frame in movie.decode([stream for stream in (pictures, sound) if stream is not None]):
        if cancelled():
            raise CancelledError
        if isinstance(frame, av.AudioFrame):
            assert resampler is not None
            yield from resampler.resample(frame)
        elif isinstance(frame, av.VideoFrame):
            yield frame


def _fitting(width: int, height: int) -> tuple[int, int]:
    """Return the size at which to encode: at most 1080 lines, both sides even."""
    scale = min(1.0, MAXIMUM_HEIGHT / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _as_picture(frame: av.VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]  # PyAV does not annotate it
    return picture


def _save_thumbnail(picture: Image.Image, path: Path) -> None:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    small.convert("RGB").save(path, format="JPEG", quality=85)
