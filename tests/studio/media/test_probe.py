"""What a source is said to be."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest
from tests import media

from callboard.errors import Refused
from callboard.studio.media import Media, probe


def probed(path: Path) -> Media:
    return probe(str(path), [str(path.parent)])


def test_a_movie_keeps_its_exact_rate(tmp_path: Path) -> None:
    found = probed(media.movie(tmp_path / "a.mov", rate=media.NTSC_FILM, frames=6, sound=True))
    assert found.kind == "movie"
    assert found.rate == Fraction(24000, 1001)
    assert (found.width, found.height, found.count, found.first_frame) == (64, 48, 6, 0)
    assert found.sound is not None
    assert found.sound.rate == 48_000


def test_a_timecode_is_the_first_frame(tmp_path: Path) -> None:
    assert probed(media.movie(tmp_path / "a.mov", timecode="00:00:41:17")).first_frame == 1001
    dropped = media.movie(tmp_path / "b.mov", rate=Fraction(30000, 1001), timecode="00:01:00;02")
    assert probed(dropped).first_frame == 1800


def test_a_variable_rate_becomes_the_rate_between_held_frames(tmp_path: Path) -> None:
    times = [Fraction(number, 24) for number in (0, 1, 2, 6, 7, 8)]
    found = probed(media.movie(tmp_path / "a.mp4", times=times, codec="libx264"))
    assert (found.rate, found.count) == (Fraction(24), 9)


@pytest.mark.parametrize(("rotation", "size"), [(90, (48, 64)), (180, (64, 48)), (-90, (48, 64))])
def test_a_rotated_movie_has_the_size_that_is_shown(tmp_path: Path, rotation: int, size: tuple[int, int]) -> None:
    found = probed(media.movie(tmp_path / "a.mp4", codec="libx264", rotation=rotation))
    assert (found.width, found.height) == size
    assert found.rotation == rotation % 360


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif", ".dpx", ".exr"])
def test_stills_and_sequences_of_every_format(tmp_path: Path, ending: str) -> None:
    still = probed(media.still(tmp_path / f"one{ending}"))
    assert (still.kind, still.width, still.height, still.first_frame) == ("still", 64, 48, 0)
    several = probed(media.sequence(tmp_path / "frames", f"shot.%04d{ending}"))
    assert (several.kind, several.first_frame, several.count) == ("sequence", 1001, 4)


def test_a_sequence_without_a_rate_has_the_studios(tmp_path: Path) -> None:
    path = media.sequence(tmp_path, "shot.%04d.png")
    assert probe(str(path), [str(tmp_path)], rate=Fraction(25)).rate == 25


def test_what_is_no_media_inside_is_refused_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "text.mov").write_text("This is a letter.\n" * 50)
    (tmp_path / "empty.mov").write_bytes(b"")
    (tmp_path / "playlist.mov").write_text(f"#EXTM3U\n#EXTINF:10,\n{tmp_path}/a.mp4\n")
    (tmp_path / "text.exr").write_text("This is a letter.\n" * 50)
    media.still(tmp_path / "one.png")
    shutil.copy(tmp_path / "one.png", tmp_path / "wrong.mov")
    for name in ("text.mov", "empty.mov", "playlist.mov", "wrong.mov", "text.exr"):
        with pytest.raises(Refused, match=rf"{name} is not (a movie|an image) that can be read"):
            probed(tmp_path / name)


def test_a_movie_without_its_index_is_refused(tmp_path: Path) -> None:
    whole = media.movie(tmp_path / "a.mov", frames=24).read_bytes()
    (tmp_path / "b.mov").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Refused, match="cut off, or not yet written in full"):
        probed(tmp_path / "b.mov")
