"""Creates real movies and pictures for the demo."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

_SIZE = (640, 360)


def make_movie(path: Path, title: str, *, seconds: float = 2, rate: Fraction = Fraction(24), hue: int = 0) -> None:
    """Write a small H.264 movie: a moon that crosses the sky, and *title* on it.

    Args:
        path: The file; its extension selects the container.
        title: Text burned into the picture.
        seconds: Length.
        rate: Frames per second.
        hue: 0-255, so that movies are easy to tell apart.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(seconds * rate)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "20"})
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(count):
            picture = draw_frame(title, number / count, hue)
            for packet in stream.encode(av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def draw_frame(title: str, moment: float, hue: int = 0) -> Image.Image:
    """Return one picture of the movie; *moment* runs from 0 to 1."""
    width, height = _SIZE
    sky = np.zeros((height, width, 3), np.uint8)
    sky[..., 0] = hue
    sky[..., 1] = 120
    sky[..., 2] = np.linspace(40, 150, height, dtype=np.uint8)[:, None]
    picture = Image.fromarray(sky, "HSV").convert("RGB")
    draw = ImageDraw.Draw(picture)
    x, y = width * (0.1 + 0.8 * moment), height * (0.7 - 1.2 * moment * (1 - moment))
    draw.ellipse((x - 30, y - 30, x + 30, y + 30), fill=(250, 244, 214))
    draw.text((20, 20), title, fill="white", font_size=28)
    return picture
