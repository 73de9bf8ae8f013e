from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard import Refused
from callboard.studio.paths.names import check_name, fold, why_not


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "tab\t", "\x7f", "\ud800"),
        *("CON", "con", "Con.nk", "PRN", "AUX", "NUL", "nul.txt", "COM1", "lpt9", "COM¹", "CONIN$", "con .nk"),
        *("SH010.", "SH010 ", "x" * 256, "ä" * 128, "a:b", "a?", "a*", 'a"', "a<b", "a>b", "a|b"),
    ],
)
def test_a_name_that_some_file_system_cannot_hold_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(
        Refused, match=r"^The name of the shot, .* cannot be a folder or file: .*; rename it\.$"
    ) as caught:
        check_name(name, "shot")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "name", ["SH010", "sh 010", ".hidden", "a.b", "ßÄ日本", "x" * 255, "conference", "com10", "a'b", "~"]
)
def test_a_name_that_every_file_system_holds_is_taken_as_it_is(name: str) -> None:
    assert check_name(name, "shot") == name


def test_names_that_differ_by_case_or_by_composition_fold_to_the_same() -> None:
    assert fold("SH010") == fold("sh010")
    assert fold("\u00e9") == fold("e\u0301")
    assert fold("SH010") != fold("SH011")


@given(st.text(max_size=300))
def test_what_is_accepted_can_be_a_folder_right_where_it_is_made(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    if why_not(name) is None:
        base = tmp_path_factory.getbasetemp() / "accepted"
        base.mkdir(exist_ok=True)
        (base / name).mkdir(exist_ok=True)
        assert Path(os.path.realpath(base / name)).parent == base.resolve()
