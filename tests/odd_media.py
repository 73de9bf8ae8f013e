"""Movies that are legal, or nearly, and that few people have ever met."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition

#: The picture of each of these has a red quarter at the upper left, and a blue one at the upper right.
_RED, _BLUE, _GREY = (200, 0, 0), (0, 0, 200), (128, 128, 128)
#: What QuickTime says about how a picture lies: what x and y become, in 16.16 fixed point.
MATRICES = {
    "as it is": (1, 0, 0, 1),
    "turned clockwise": (0, 1, -1, 0),
    "upside down": (-1, 0, 0, -1),
    "turned counterclockwise": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "flipped": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transposed the other way": (0, -1, -1, 0),
}


def quarters(width: int = 64, height: int = 48) -> np.ndarray:
    """A picture whose upper left quarter is red and upper right one blue; the rest is grey."""
    pixels = np.full((height, width, 3), _GREY, np.uint8)
    pixels[: height // 2, : width // 2] = _RED
    pixels[: height // 2, width // 2 :] = _BLUE
    return pixels


def colour_at(x: float, y: float) -> tuple[int, int, int]:
    """Return the colour of quarters at a place, from 0 to 1 across and down."""
    return _GREY if y > 0.5 else _RED if x < 0.5 else _BLUE


def where(matrix: Sequence[int], place: tuple[float, float]) -> tuple[float, float]:
    """Return where a place of the stored picture is shown, both from 0 to 1 across and down."""
    a, b, c, d = matrix
    x, y = place[0] - 0.5, place[1] - 0.5
    return a * x + c * y + 0.5, b * x + d * y + 0.5


def placed(path: Path, matrix: Sequence[int], size: tuple[int, int] = (64, 48), aspect: Fraction | int = 1) -> Path:
    """Write a movie of quarters that players are told to place by a matrix of a, b, c and d."""
    a, b, c, d = (each << 16 for each in matrix)
    with av.open(str(path), "w") as target:
        stream = _picture(target, *(("ffv1", "bgr0") if path.suffix == ".mkv" else ("png", "rgb24")), size)
        stream.codec_context.sample_aspect_ratio = Fraction(aspect)
        stream.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
        _encode(target, stream, [quarters(*size)])
    return path


def with_cover(path: Path, *, alone: bool = False) -> Path:
    """Write an MP4 with a cover picture as the first track, and a movie behind it."""
    with av.open(str(path), "w") as target:
        cover = _picture(target, "mjpeg", "yuvj420p", (32, 32))
        cover.disposition = Disposition.attached_pic
        movie = None if alone else _picture(target, "mpeg4", "yuv420p")
        _encode(target, cover, [np.full((32, 32, 3), 200, np.uint8)])
        if movie is not None:
            _encode(target, movie, greys(12))
    return path


def of_two_tracks(path: Path) -> Path:
    """Write a movie of ten frames of 64x48 beside a track of twenty of 64x96."""
    with av.open(str(path), "w") as target:
        tracks = [_picture(target, "mpeg2video", "yuv420p", (64, 48 * each)) for each in (1, 2)]
        for number in range(20):
            for place, track in enumerate(tracks):
                if place or number < 10:
                    pixels = np.full((48 + 48 * place, 64, 3), 40 + 8 * number, np.uint8)
                    target.mux(track.encode(_frame(pixels, "yuv420p")))
        for track in tracks:
            target.mux(track.encode(None))
    return path


def changing_size(path: Path) -> Path:
    """Write a movie whose pictures get larger after eight frames."""
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg2video", rate=25)
        for part, (width, height) in enumerate([(64, 48), (96, 64)]):
            encoder: Any = av.CodecContext.create("mpeg2video", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.framerate, encoder.time_base = Fraction(25), Fraction(1, 25)
            frames = [_frame(pixels, "yuv420p") for pixels in greys(8, (width, height))]
            for packet in [packet for frame in [*frames, None] for packet in encoder.encode(frame)]:
                packet.stream = stream
                packet.pts = packet.dts = packet.pts + 8 * part
                target.mux(packet)
    return path


def with_matrix(path: Path, codec: str, pixels: str, matrix: int, *, primaries: int = 1, transfer: int = 1) -> Path:
    """Write a movie that says how its colours were made of red, green and blue, and of which, as H.273 counts."""
    with av.open(str(path), "w") as target:
        stream = _picture(target, codec, pixels)
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = matrix, primaries, transfer
        for each in greys(3):
            frame = _frame(each, pixels)
            frame.colorspace, frame.color_primaries, frame.color_trc = matrix, primaries, transfer
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def patched(path: Path, atom: bytes, place: int, value: int) -> Path:
    """Put a number of 32 bits into the first *atom* of a QuickTime file, so many bytes behind its name."""
    content = bytearray(path.read_bytes())
    start = content.index(atom) + 4 + place
    content[start : start + 4] = struct.pack(">I", value)
    path.write_bytes(content)
    return path


def greys(count: int, size: tuple[int, int] = (64, 48)) -> Iterable[np.ndarray]:
    """Pictures that get brighter."""
    return (np.full((size[1], size[0], 3), 40 + 8 * number % 200, np.uint8) for number in range(count))


def _picture(target: Any, codec: str, pixels: str, size: tuple[int, int] = (64, 48)) -> Any:
    stream = target.add_stream(codec, rate=25)
    stream.width, stream.height, stream.pix_fmt = (*size, pixels)
    return stream


def _frame(pixels: np.ndarray, form: str) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format=form)


def _encode(target: Any, stream: Any, pictures: Iterable[np.ndarray]) -> None:
    for number, pixels in enumerate(pictures):
        frame = _frame(pixels, stream.pix_fmt)
        frame.pts, frame.time_base = number, Fraction(1, 25)
        target.mux(stream.encode(frame))
    target.mux(stream.encode(None))
