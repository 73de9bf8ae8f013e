"""The shape of a movie's picture: upright, of square pixels, with even sides, and nothing left out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import odd_media
from tests.studio.media.shown import encoded, pictures

LYING = {"turned clockwise", "turned counterclockwise", "transposed", "transposed the other way"}


@settings(max_examples=60)
@given(
    size=st.tuples(st.integers(8, 90), st.integers(8, 90)),
    aspect=st.fractions(Fraction(1, 4), 4, max_denominator=20),
    place=st.sampled_from(sorted(odd_media.MATRICES)),
)
def test_a_picture_of_any_size_is_shown_whole(
    tmp_path_factory: pytest.TempPathFactory, size: tuple[int, int], aspect: Fraction, place: str
) -> None:
    folder = tmp_path_factory.mktemp("geometry")
    made = encoded(odd_media.placed(folder / "a.mov", odd_media.MATRICES[place], size, aspect), folder / "out")
    width, height = round(size[0] * aspect), size[1]
    if place in LYING:
        width, height = height, width
    wanted = max(2, width // 2 * 2), max(2, height // 2 * 2)
    assert (made.meta["width"], made.meta["height"]) == wanted
    [frame] = pictures(made.file)
    assert (frame.width, frame.height) == wanted
    if min(*size, *wanted) >= 16:
        shown = frame.to_ndarray(format="rgb24").astype(int)
        for x, y in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
            column, line = odd_media.where(odd_media.MATRICES[place], (x, y))
            got = shown[int(line * wanted[1]), int(column * wanted[0])]
            assert got == pytest.approx(odd_media.colour_at(x, y), abs=40), (x, y)
