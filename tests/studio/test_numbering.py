from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.errors import Refused
from callboard.studio.paths.numbering import shot_names


@pytest.mark.parametrize(
    ("expression", "incremental", "names"),
    [
        ("####", "10-20:10", ["0010", "0020"]),
        ("####", "10-25:10", ["0010", "0020"]),
        ("SH###_v", "1-3:1", ["SH001_v", "SH002_v", "SH003_v"]),
        ("#", "9-11", ["9", "10", "11"]),
        ("SH##", "100-100:5", ["SH100"]),
        ("  sh##  ", " 1 - 2 : 1 ", ["sh01", "sh02"]),
    ],
)
def test_both_ends_count_and_the_text_around_the_padding_stays(
    expression: str, incremental: str, names: list[str]
) -> None:
    assert shot_names(expression, incremental, at_most=10) == names


def test_a_prefix_stands_before_every_name() -> None:
    assert shot_names("####", "10-20:10", at_most=10, prefix="001") == ["001_0010", "001_0020"]


@pytest.mark.parametrize(
    ("expression", "incremental", "mistake"),
    [
        ("####", "10-20:0", "a step of 0"),
        ("####", "20-10:10", "ends below its start"),
        ("####", "ten", "is not START-END:STEP"),
        ("####", "", "is not START-END:STEP"),
        ("####", "1-2:3:4", "is not START-END:STEP"),
        ("####", "-5-10:5", "is not START-END:STEP"),
        ("####", "\u0661-\u0662:\u0661", "is not START-END:STEP"),
        ("####", "1-99999999999:1", "is not START-END:STEP"),
        ("SH", "1-2:1", "has no #"),
        ("", "1-2:1", "has no #"),
        ("##_##", "1-2:1", "has 2 runs of #"),
        ("####", "1-11:1", "gives 11 shots; at most 10"),
        ("####", "1-999999999:1", "at most 10"),
    ],
)
def test_what_is_wrong_is_named(expression: str, incremental: str, mistake: str) -> None:
    with pytest.raises(Refused, match=mistake):
        shot_names(expression, incremental, at_most=10)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 500), st.integers(1, 6))
def test_every_name_is_one_number_of_the_range_and_no_two_are_equal(
    start: int, length: int, step: int, padding: int
) -> None:
    names = shot_names(f"a{'#' * padding}b", f"{start}-{start + length}:{step}", at_most=10_000)
    assert [int(name[1:-1]) for name in names] == list(range(start, start + length + 1, step))
    assert all(len(name[1:-1]) >= padding for name in names)
    assert len(set(names)) == len(names)
