"""Interlaced movies: no combs in what is shown, and nothing changed where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import media
from tests.studio.media.shown import encoded, pictures

from callboard.studio.media import Slate, probe

FORMATS = [
    ("a.mpg", "mpeg2video", "yuv420p"),
    ("a.mxf", "mpeg2video", "yuv422p"),
    ("a.mov", "prores_ks", "yuv422p10le"),
    ("a.mov", "v210", "yuv422p10le"),
    ("a.mp4", "libx264", "yuv420p"),
    ("a.mov", "rawvideo", "uyvy422"),
    ("a.mov", "qtrle", "rgb24"),
]


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize(("name", "codec", "pixels"), FORMATS)
def test_combs_are_gone_and_every_frame_is_there(tmp_path: Path, name: str, codec: str, pixels: str, top: bool) -> None:
    source = media.interlaced(tmp_path / name, codec, pixels, top=top)
    assert max(media.combs(frame) for frame in pictures(source)) > 20
    assert probe(str(source), [str(tmp_path)]).is_interlaced
    made = encoded(source, tmp_path / "out")
    frames = pictures(made.file)
    assert (len(frames), made.meta["frameOut"], made.deinterlaced) == (8, 7, 8)
    assert max(media.combs(frame) for frame in frames) < 3
    # Each shows its earlier field, whichever that is; the first one has no neighbour to be judged by.
    assert [media.left_edge(frame) for frame in frames[1:6]] == pytest.approx([20, 32, 44, 56, 68], abs=2)


def test_what_is_not_marked_is_left_alone(tmp_path: Path) -> None:
    source = media.interlaced(tmp_path / "a.mov", "prores_ks", "yuv422p10le", top=True, marked=False)
    made = encoded(source, tmp_path / "out")
    assert made.deinterlaced == 0
    assert not probe(str(source), [str(tmp_path)]).is_interlaced
    assert min(media.combs(frame) for frame in pictures(made.file)) > 20


def test_progressive_frames_of_a_mixed_movie_keep_each_line(tmp_path: Path) -> None:
    source = media.mixed(tmp_path / "a.ts")
    made = encoded(source, tmp_path / "out")
    frames = pictures(made.file)
    assert (len(frames), made.deinterlaced) == (16, 8)
    assert min(media.combs(frame) for frame in frames[:8]) > 20, "lines that are meant"
    assert max(media.combs(frame) for frame in frames[9:]) < 3


def test_a_slate_frame_shows_no_combs(tmp_path: Path) -> None:
    source = media.interlaced(tmp_path / "a.mpg", "mpeg2video", "yuv420p", top=True)
    made = encoded(source, tmp_path / "out", Slate("a line", "2024-05-01", has_frame=True))
    assert (made.meta["frameIn"], made.meta["frameOut"], len(pictures(made.file))) == (-1, 7, 9)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_the_smallest_pictures_come_through(tmp_path: Path, size: int) -> None:
    source = media.interlaced(tmp_path / "a.mov", "v210", "yuv422p10le", top=True, size=size)
    assert len(pictures(encoded(source, tmp_path / "out").file)) == 8


def test_pngs_that_appear_step_by_step_are_not_interlaced(tmp_path: Path) -> None:
    # FFmpeg marks Adam7's way of storing a whole picture as if it were fields.
    source = media.interlaced(tmp_path / "a.mov", "png", "rgb24", top=True, marked=False, encoder=media.WOVEN)
    assert pictures(source)[0].interlaced_frame
    made = encoded(source, tmp_path / "out")
    assert made.deinterlaced == 0
    assert not probe(str(source), [str(tmp_path)]).is_interlaced
