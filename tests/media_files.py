"""Small media made for tests."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def movie(
    path: Path,
    *,
    frames: int = 12,
    size: tuple[int, int] = (160, 90),
    rate: Fraction | int = 24,
    sound: bool = False,
) -> Path:
    """Write a movie whose picture changes from frame to frame."""
    with av.open(str(path), "w") as target:
        stream = target.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = (*size, "yuv420p")
        voice = target.add_stream("aac", rate=48_000, layout="stereo") if sound else None
        for number in range(frames):
            picture = Image.new("RGB", size, (number * 20 % 256, 80, 160))
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]  # PyAV does not annotate it
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        if voice is not None:
            silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
            silence.sample_rate = 48_000
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            target.mux(voice.encode(silence))
            target.mux(voice.encode(None))
    return path


def image(path: Path, *, size: tuple[int, int] = (64, 48), color: str = "teal") -> Path:
    """Write a still image in the format that the file's name asks for."""
    Image.new("RGB", size, color).save(path)
    return path
