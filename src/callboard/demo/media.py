"""Real movies and pictures for the demo."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenImageIO
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


def make_render(pattern: Path, *, frames: int = 12) -> None:
    """Write an EXR sequence in ACEScg: the moon as bright as it is, forty times white.

    Args:
        pattern: Where, such as ``shot.%04d.exr``; frames count from 1001.
        frames: How many.
    """
    pattern.parent.mkdir(parents=True, exist_ok=True)
    width, height = _SIZE
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    sky = np.stack([0.02 + 0.04 * y / height, 0.05 + 0.06 * y / height, 0.18 + 0.1 * y / height], -1)
    for step in range(frames):
        distance = np.hypot(x - width * (0.3 + 0.4 * step / frames), y - height * 0.35)
        light = sky + 40 * np.exp(-((distance / 26) ** 2))[..., None] * (1.0, 0.85, 0.6)
        path = str(pattern) % (1001 + step)
        output = OpenImageIO.ImageOutput.create(path)
        assert output is not None  # there is a writer for every EXR
        output.open(path, OpenImageIO.ImageSpec(width, height, 3, "half"))
        output.write_image(light.astype(np.float32))
        output.close()


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
