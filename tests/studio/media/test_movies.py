"""Movies of unusual build: shown as players show them, or refused with a sentence about the cause."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests import media, odd_media
from tests.studio.media.shown import encoded, heard, pictures

from callboard.errors import Refused
from callboard.studio.media import probe


def brightnesses(file: Path) -> list[int]:
    """Return which of :func:`tests.odd_media.greys` each frame shows."""
    return [round((int(frame.to_ndarray(format="gray").mean()) - 40) / 8) for frame in pictures(file)]


@pytest.mark.parametrize("ending", [".mov", ".mkv"])
@pytest.mark.parametrize("name", odd_media.MATRICES)
def test_a_movie_is_placed_as_its_matrix_says(tmp_path: Path, name: str, ending: str) -> None:
    matrix = odd_media.MATRICES[name]
    made = encoded(odd_media.placed(tmp_path / f"a{ending}", matrix), tmp_path / "out")
    shown = pictures(made.file)[-1].to_ndarray(format="rgb24").astype(int)
    for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
        column, line = odd_media.where(matrix, (x, y))
        got = shown[int(line * made.meta["height"]), int(column * made.meta["width"])]
        assert got == pytest.approx(odd_media.colour_at(x, y), abs=30), (x, y)


def test_a_matrix_of_zeros_turns_nothing(tmp_path: Path) -> None:
    made = encoded(odd_media.placed(tmp_path / "a.mp4", (0, 0, 0, 0)), tmp_path / "out")
    assert (made.meta["width"], made.meta["height"]) == (64, 48)


def test_a_cover_is_passed_over(tmp_path: Path) -> None:
    made = encoded(odd_media.with_cover(tmp_path / "a.mp4"), tmp_path / "out")
    assert (made.meta["width"], made.meta["height"]) == (64, 48)
    assert brightnesses(made.file) == list(range(12))
    with pytest.raises(Refused, match=r"b\.mp4 has no moving picture, only a cover\."):
        encoded(odd_media.with_cover(tmp_path / "b.mp4", alone=True), tmp_path / "cover")


@pytest.mark.parametrize("ending", [".mov", ".mkv", ".ts"])
def test_the_first_of_several_tracks_is_shown_to_its_own_end(tmp_path: Path, ending: str) -> None:
    made = encoded(odd_media.of_two_tracks(tmp_path / f"a{ending}"), tmp_path / "out")
    assert (made.meta["height"], brightnesses(made.file)) == (48, list(range(10)))


@pytest.mark.parametrize("ending", [".ts", ".mkv"])
def test_a_movie_that_changes_its_size_is_refused(tmp_path: Path, ending: str) -> None:
    with pytest.raises(Refused, match="changes its size from 64x48 to 96x64 partway through"):
        encoded(odd_media.changing_size(tmp_path / f"a{ending}"), tmp_path / "out")


def test_words_in_the_header_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = media.movie(tmp_path / "a.mov", frames=2, metadata={"title": "M" * 8})
    path.write_bytes(path.read_bytes().replace(b"M" * 8, b"M\xfcller\xff\xfe"))
    assert len(pictures(encoded(path, tmp_path / "out").file)) == 2


@pytest.mark.parametrize(("matrix", "name"), [(8, "YCgCo"), (14, "ICtCp")])
@pytest.mark.parametrize(("codec", "pixels"), [("libx264", "yuv420p"), ("prores_ks", "yuv422p10le")])
def test_colours_that_cannot_be_shown_are_named(
    tmp_path: Path, codec: str, pixels: str, matrix: int, name: str
) -> None:
    path = odd_media.with_matrix(tmp_path / "a.mov", codec, pixels, matrix)
    with pytest.raises(Refused, match=rf"a\.mov stores its colours as {name}, which cannot be shown"):
        encoded(path, tmp_path / "out")


def test_a_matrix_that_does_not_exist_is_passed_over(tmp_path: Path) -> None:
    path = odd_media.with_matrix(tmp_path / "a.mov", "prores_ks", "yuv422p10le", 3)
    assert brightnesses(encoded(path, tmp_path / "out").file) == [0, 1, 2]


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"a\.mov has no moving picture, only sound"):
        encoded(media.sound(tmp_path / "a.mov"), tmp_path / "out")


@pytest.mark.parametrize("rate", [5512, 11_025, 44_100, 96_000, 192_000])
def test_sound_of_any_rate_is_heard(tmp_path: Path, rate: int) -> None:
    source = media.movie(tmp_path / "a.mov", frames=12, sound=True, voice=("pcm_s16le", rate))
    made = encoded(source, tmp_path / "out")
    begins, ends = heard(made.file)
    assert (begins, ends) == pytest.approx((0, 0.5), abs=0.05)


@pytest.mark.parametrize("codec", ["rawvideo"])
def test_pixels_that_nobody_knows_are_named(tmp_path: Path, codec: str) -> None:
    source = media.movie(tmp_path / "a.mov", frames=2, codec=codec, pixels="gbrpf32le")
    with pytest.raises(Refused, match=r"a\.mov holds rawvideo pictures of a kind that cannot be decoded here; save"):
        encoded(source, tmp_path / "out")


def test_a_picture_as_wide_as_a_wall_fits(tmp_path: Path) -> None:
    source = media.movie(tmp_path / "a.mov", frames=1, size=(16384, 32), codec="png", pixels="rgb24", aspect=2)
    made = encoded(source, tmp_path / "out")
    assert (made.meta["width"], made.meta["height"]) == (16384, 16)


#: Pixel formats that FFV1 and raw video keep, of each family that cameras and renderers write.
PIXELS = [
    *(
        "gray",
        "gray10le",
        "gray16le",
        "ya8",
        "yuv410p",
        "yuv411p",
        "yuv420p10le",
        "yuv422p12le",
        "yuv440p",
        "yuv444p16le",
    ),
    *("yuva420p", "yuva444p16le", "bgr0", "bgra", "rgb48le", "rgba64le", "gbrp10le", "gbrp16le", "gbrap12le"),
]


@pytest.mark.parametrize("pixels", PIXELS)
def test_pixels_of_every_kind_keep_their_light(tmp_path: Path, pixels: str) -> None:
    path = odd_media.with_matrix(tmp_path / "a.mkv", "ffv1", pixels, 0 if "rgb" in pixels or "gbr" in pixels else 1)
    assert brightnesses(encoded(path, tmp_path / "out").file) == [0, 1, 2]


def test_what_a_movie_says_of_its_colours_is_said_of_the_result(tmp_path: Path) -> None:
    path = odd_media.with_matrix(tmp_path / "a.mov", "libx265", "yuv420p10le", 9, primaries=9, transfer=16)
    [frame, *_] = pictures(encoded(path, tmp_path / "out").file)
    assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (9, 9, 16)


@pytest.mark.parametrize("ending", [".ts", ".m2ts", ".mkv", ".mov"])
def test_a_picture_that_comes_a_minute_late_is_found(tmp_path: Path, ending: str) -> None:
    times = [60 + Fraction(number, 24) for number in range(24)]
    source = media.movie(tmp_path / f"a{ending}", times=times, sound=True, sound_for=61, codec="libx264")
    found = probe(str(source), [str(tmp_path)])
    assert found.count == pytest.approx(24, abs=1)
    made = encoded(source, tmp_path / "out")
    assert len(pictures(made.file)) == 24
    assert heard(made.file)[1] == pytest.approx(1, abs=0.06)
