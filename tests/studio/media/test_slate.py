"""The slate: letters of every script, names of every length, pictures of every size."""

from __future__ import annotations

import logging
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from callboard.studio.media.slate import Slate, SlateBurner, draw_mark, draw_slate_frame
from callboard.studio.media.slate.fonts import _packaged, font_for
from callboard.studio.media.slate.text import Letters, draw_luma, fit_text, measure, on_one_line, shorten, wrap

LETTERS = Letters(24)


def drawn(text: str) -> np.ndarray:
    return np.asarray(draw_luma(text, LETTERS, 40, (0, 255)))


def burnt(slate: Slate, size: tuple[int, int], number: int = 1001, last: int | None = 1100) -> np.ndarray:
    """Return the luma of a grey picture with the bar on it."""
    image = Image.new("RGB", size, (120, 120, 120))
    picture: av.VideoFrame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV does not annotate it
    picture = picture.reformat(format="yuv420p")
    SlateBurner(slate, *size, last).burn(picture, number)
    return picture.to_ndarray(format="gray").astype(int)


@pytest.mark.parametrize("letters", ["éüßñç", "Łěőșţ", "ΑΒΓδέ", "ЖЙщюя", "山田太郎", "김철수", "かナ"])
def test_letters_of_a_script_are_all_drawn_and_differ(letters: str) -> None:
    pictures = [drawn(letter).tobytes() for letter in letters]
    boxes = drawn("\U0010fffd").tobytes()
    assert len(set(pictures)) == len(letters)
    assert boxes not in pictures


def test_a_name_of_two_scripts_takes_each_letter_from_a_font_that_has_it() -> None:
    assert font_for("é") != font_for("山")
    assert measure("José 山田", LETTERS) == pytest.approx(measure("José ", LETTERS) + measure("山田", LETTERS), abs=1)


def test_a_configured_font_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, other = _packaged()
    assert font_for("a", other) == other
    assert font_for("a") != other
    assert font_for("b", "/nowhere/none.ttf") == font_for("b")


def test_a_letter_that_no_font_has_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        drawn("\U000f1234")
    assert "no font has" in caplog.text
    assert "slate_font" in caplog.text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("shot\nwith\r\nbreaks", "shot with breaks"),
        ("a\u2028b\u2029c\td\x00e\x7ff", "a b c d e f"),
        ("wide\u3000and\u00a0hard", "wide and hard"),
        ("e\u0301", "é"),
        ("  ", ""),
    ],
)
def test_a_line_has_no_breaks(text: str, line: str) -> None:
    assert on_one_line(text) == line


@given(st.text(max_size=80), st.integers(1, 60))
def test_a_shortened_text_keeps_its_ends(text: str, length: int) -> None:
    short = shorten(text, length)
    assert len(short) <= max(length, 1)
    if len(text) > length > 12 and text.isalpha() and text.isascii():
        assert short[0] == text[0]
        assert short[-1] == text[-1]
        assert "…" in short


@given(st.lists(st.text("abcdefgh _é山", min_size=1, max_size=60), min_size=1, max_size=5), st.integers(60, 900))
def test_a_line_fits_its_room(parts: list[str], room: int) -> None:
    assert measure(fit_text(" | ".join(parts), room, LETTERS), LETTERS) <= room


def test_the_longest_name_is_shortened_and_the_others_stay() -> None:
    line = fit_text("HERON | " + "very_long_shot_name_" * 10 + "end | comp | v003", 500, LETTERS)
    assert line.startswith("HERON | very_")
    assert line.endswith("end | comp | v003")
    assert "…" in line


def test_a_note_is_broken_into_lines_that_fit() -> None:
    lines = wrap("Some words and " + "a" * 200 + "\nand a second paragraph", 300, LETTERS)
    assert lines == ["Some words and", lines[1], "and a second paragraph"]
    assert max(measure(line, LETTERS) for line in lines) <= 300


@pytest.mark.parametrize("size", [(64, 48), (64, 16), (256, 144), (640, 360), (606, 1080), (2048, 858), (16384, 1080)])
def test_the_bar_can_be_read_at_every_size(size: tuple[int, int]) -> None:
    picture = burnt(Slate("HERON | Straße_010 | comp | v003 | José Müller", "2026-11-27"), size)
    lines = np.flatnonzero((picture < 60).mean(axis=1) > 0.3)
    bar = picture[lines[0] :]
    assert 12 <= len(bar) <= max(12, size[1] // 4)
    assert len(bar) >= size[0] // 110, "a wide picture is shown small, and its bar with it"
    assert np.abs(picture[: lines[0]] - picture[0, 0]).max() <= 1, "nothing but the bar is touched"
    left, right = bar[:, : size[0] // 3], bar[:, -max(20, size[0] // 12) :]
    assert left.max() > 150
    assert right.max() > 150


@pytest.mark.parametrize("number", [-5, 0, 7, 86400, 12345678])
def test_numbers_of_any_length_are_on_the_bar(number: int) -> None:
    one, other = (burnt(Slate("HERON", "2026-11-27"), (320, 180), each, number + 9) for each in (number, number + 1))
    assert np.abs(one - other).max() > 60


@given(st.text(max_size=200), st.text(max_size=300), st.sampled_from([(64, 48), (200, 100), (640, 360), (100, 600)]))
def test_whatever_is_said_a_slate_frame_and_a_mark_are_drawn(line: str, note: str, size: tuple[int, int]) -> None:
    slate = Slate(line, "2026-11-27", (("Shot", line), ("Task", "comp")), note, has_frame=True)
    assert draw_slate_frame(slate, size, Image.new("RGB", (64, 36), "red")).size == size
    assert draw_mark(-12, line, size).size == size
    assert burnt(slate, size).shape == (size[1], size[0])


def test_a_font_that_is_not_one_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_text("not a font")
    assert font_for("c", str(tmp_path / "broken.ttf")) == font_for("c")
