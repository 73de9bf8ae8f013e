"""The pictures that the sandbox's encode makes: upright, square pixels, in time, with greys that are grey."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from PIL import Image
from tests import media, odd_media, stills
from tests.studio.media.shown import heard

from ftrack_sandbox.media.encode import encode
from ftrack_sandbox.media.errors import UnreadableMediaError
from ftrack_sandbox.media.thumbnails import _draw
from ftrack_sandbox.media.voice import Voice

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


@pytest.mark.parametrize("name", odd_media.MATRICES)
def test_a_movie_is_placed_as_its_matrix_says(tmp_path: Path, name: str) -> None:
    matrix = odd_media.MATRICES[name]
    frames, meta = encoded(odd_media.placed(tmp_path / "a.mov", matrix), tmp_path)
    shown = frames[-1].to_ndarray(format="rgb24").astype(int)
    assert shown.shape[:2] == (meta["height"], meta["width"])
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
        column, line = odd_media.where(matrix, (x, y))
        got = shown[int(line * shown.shape[0]), int(column * shown.shape[1])]
        assert got == pytest.approx(odd_media.colour_at(x, y), abs=40), (x, y)


@pytest.mark.parametrize("top", [True, False])
def test_interlaced_frames_show_no_combs(tmp_path: Path, top: bool) -> None:
    frames, meta = encoded(media.interlaced(tmp_path / "a.mpg", "mpeg2video", "yuv420p", top=top), tmp_path)
    assert meta["frameOut"] == 7
    assert max(media.combs(frame) for frame in frames) < 3
    assert [media.left_edge(frame) for frame in frames[1:6]] == pytest.approx([20, 32, 44, 56, 68], abs=2)


def test_whole_frames_of_a_mixed_movie_keep_each_line(tmp_path: Path) -> None:
    frames, _ = encoded(media.mixed(tmp_path / "a.ts"), tmp_path)
    assert len(frames) == 16
    assert min(media.combs(frame) for frame in frames[:8]) > 20
    assert max(media.combs(frame) for frame in frames[9:]) < 3


@pytest.mark.parametrize("ending", [".mov", ".mkv"])
@pytest.mark.parametrize(
    ("picture_at", "sound_at"),
    [(Fraction(0), Fraction(1, 2)), (Fraction(1, 2), Fraction(0)), (Fraction(1, 4), Fraction(3, 4))],
)
def test_sound_keeps_its_distance_to_the_first_picture(
    tmp_path: Path, picture_at: Fraction, sound_at: Fraction, ending: str
) -> None:
    times = [picture_at + Fraction(number, 24) for number in range(24)]
    source = media.movie(tmp_path / f"a{ending}", frames=24, times=times, sound=True, sound_at=sound_at)
    encoded(source, tmp_path)
    begins, ends = heard(tmp_path / "review.mp4")
    distance = float(sound_at - picture_at)
    assert (begins, ends) == pytest.approx((max(0.0, distance), distance + 1), abs=0.05)


def test_sound_of_an_hour_before_the_picture_is_not_kept(tmp_path: Path) -> None:
    with (
        av.open(str(media.movie(tmp_path / "a.mov", sound=True))) as source,
        av.open(str(tmp_path / "b.mp4"), "w") as target,
    ):
        voice = Voice(source.streams.audio[0], target)
        [frame, *_] = source.decode(audio=0)
        for _ in range(200_000):
            voice.add(frame)
        assert len(voice._early) < 10_000


@pytest.mark.parametrize("rate", [5512, 192_000])
def test_sound_of_any_rate_is_heard(tmp_path: Path, rate: int) -> None:
    encoded(media.movie(tmp_path / "a.mov", sound=True, voice=("pcm_s16le", rate)), tmp_path)
    assert heard(tmp_path / "review.mp4")[1] == pytest.approx(0.5, abs=0.05)


def test_words_in_the_header_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = media.movie(tmp_path / "a.mov", frames=2, metadata={"title": "M" * 8})
    path.write_bytes(path.read_bytes().replace(b"M" * 8, b"M\xfcller\xff\xfe"))
    assert len(encoded(path, tmp_path)[0]) == 2


@pytest.mark.parametrize(
    "part",
    [
        stills.Part(),
        stills.Part(data=(100, 100, 64, 48)),
        stills.Part(channels=("beauty.R", "beauty.G", "beauty.B")),
        stills.Part(channels=("Z", "R", "G", "B"), values=(5, 0.18, 0.18, 0.18)),
    ],
)
def test_an_exr_is_an_image_of_its_colours(tmp_path: Path, part: stills.Part) -> None:
    source = stills.write(tmp_path / "a.exr", part).rename(tmp_path / "component")
    made = encode(source, tmp_path / "review.jpg", tmp_path / "thumbnail.jpg", cancelled=lambda: False)
    assert made.kind == "image"
    with Image.open(tmp_path / "review.jpg") as picture:
        assert picture.size == (64, 48)
        assert picture.convert("L").getpixel((32, 24)) == pytest.approx(118, abs=2), "18 % grey, as sRGB has it"


@pytest.mark.parametrize(("name", "sentence"), [("a.exr", "An EXR"), ("a.dpx", "A DPX")])
def test_what_needs_openimageio_says_so_where_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    source = stills.write(tmp_path / name)
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)
    with pytest.raises(UnreadableMediaError, match=f"{sentence} needs OpenImageIO, which is not installed"):
        encode(source, tmp_path / "review.jpg", tmp_path / "thumbnail.jpg", cancelled=lambda: False)


def test_an_exr_of_depth_alone_is_not_shown(tmp_path: Path) -> None:
    source = stills.write(tmp_path / "a.exr", stills.Part(channels=("Z",), values=(1,)))
    with pytest.raises(UnreadableMediaError, match="An EXR without red, green and blue"):
        encode(source, tmp_path / "review.jpg", tmp_path / "thumbnail.jpg", cancelled=lambda: False)
