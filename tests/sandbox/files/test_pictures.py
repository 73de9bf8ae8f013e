"""The pictures that the sandbox's encode makes: upright, square pixels, in time, with greys that are grey."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image
from tests import media

from ftrack_sandbox.media.encode import encode
from ftrack_sandbox.media.thumbnails import _draw

if TYPE_CHECKING:
    from pathlib import Path


def encoded(source: Path, folder: Path) -> tuple[list[av.VideoFrame], dict[str, object]]:
    review = folder / "review.mp4"
    made = encode(source, review, folder / "thumbnail.jpg", cancelled=lambda: False)
    with av.open(str(review)) as movie:
        return list(movie.decode(video=0)), made.meta


def test_a_rotated_movie_stands_upright(tmp_path: Path) -> None:
    # Players turn this one a quarter counterclockwise: its dark left half ends up at the foot.
    frames, meta = encoded(media.movie(tmp_path / "a.mp4", codec="libx264", rotation=90, frames=4), tmp_path)
    picture = frames[-1].to_ndarray(format="rgb24")
    assert picture.shape == (64, 48, 3)
    assert (meta["width"], meta["height"]) == (48, 64)
    assert picture[50, 24, 0] > picture[50, 24, 1] + 80, "the foot is red"
    with Image.open(tmp_path / "thumbnail.jpg") as thumbnail:
        assert thumbnail.size == (48, 64)


def test_a_movie_whose_pixels_are_wide_is_shown_wide(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2)
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    frames, _ = encoded(path, tmp_path)
    assert (frames[0].width, frames[0].height) == (128, 48)


def test_frames_of_a_variable_rate_keep_their_times(tmp_path: Path) -> None:
    times = [Fraction(number, 24) for number in (0, 1, 2, 6, 7, 8)]
    source = media.movie(tmp_path / "a.mp4", times=times, codec="libx264")
    frames, meta = encoded(source, tmp_path)
    numbers = [round((media.brightness(frame) - 40) / 8) for frame in frames]
    assert numbers == [0, 1, 2, 2, 2, 2, 3, 4, 5]
    assert (meta["frameOut"], meta["frameRate"]) == (8, 24)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_grey_of_16_bits_stays_grey(tmp_path: Path, ending: str) -> None:
    source = tmp_path / f"grey{ending}"
    Image.fromarray(np.full((48, 64), 0x8080, np.uint16)).save(source)
    encode(source, tmp_path / "review.jpg", tmp_path / "thumbnail.jpg", cancelled=lambda: False)
    _draw(source, tmp_path / "drawn.png", 32)
    for made in ("review.jpg", "thumbnail.jpg", "drawn.png"):
        with Image.open(tmp_path / made) as picture:
            assert picture.convert("L").getpixel((10, 10)) == pytest.approx(128, abs=2)
