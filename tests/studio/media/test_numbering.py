"""How frames are numbered, in names and in what people write behind them."""

from __future__ import annotations

import shutil
import unicodedata
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.errors import Refused
from callboard.studio.media import MissingFrames, Source, locate
from callboard.studio.media.locate import Frame
from callboard.studio.media.numbering import read_ranges, write_ranges

NUMBERS = st.builds(
    lambda first, steps: {first + step for step in steps},
    st.sampled_from([-30, 0, 1, 98, 990, 1001, 9990, 86400, 99_990]),
    st.sets(st.integers(0, 30), min_size=1, max_size=8),
)
HEADS = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="/#@%$<>\\[]0123456789"), min_size=1, max_size=12
).map(lambda text: text + ".")


def touch(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def found(written: str, folder: Path) -> Source:
    return locate(f"{folder}/{written}", [str(folder)], missing="hold")


@given(numbers=NUMBERS, head=HEADS, padding=st.sampled_from([0, 2, 4, 7]))
def test_a_sequence_is_found_whole_however_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, numbers: set[int], head: str, padding: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "numbered"
    shutil.rmtree(folder, ignore_errors=True)
    wanted = {number: f"{head}{number:0{padding}d}.exr" for number in sorted(numbers)}
    touch(folder, *wanted.values())
    hashes, ats = ("#" * padding, "@" * padding) if padding else ("@", "@")
    for place in (f"%0{padding}d" if padding else "%d", hashes, ats, f"$F{padding or ''}"):
        source = found(f"{head}{place}.exr", folder)
        assert {frame.number: frame.name for frame in source.files} == wanted
        assert (source.first, source.last) == (min(numbers), max(numbers))
        assert set(source.missing) == set(range(min(numbers), max(numbers) + 1)) - numbers
        assert locate(source.text, [str(folder)], missing="hold") == source


@given(st.sets(st.integers(-200, 200), min_size=1))
def test_ranges_are_read_as_they_are_written(numbers: set[int]) -> None:
    assert set(chain.from_iterable(read_ranges(write_ranges(numbers)))) == numbers


@given(numbers=st.sets(st.integers(0, 40), min_size=1), data=st.data())
def test_every_frame_shows_its_own_file_or_the_one_before(numbers: set[int], data: st.DataObject) -> None:
    wanted = sorted(data.draw(st.sets(st.integers(0, 40), min_size=1)) | {min(numbers)})
    files = tuple((number, str(number), f"{number}.exr") for number in sorted(numbers & set(wanted)))
    missing = tuple(number for number in wanted if number not in numbers)
    source = Source("/a/%d.exr", "/a/%d.exr", wanted[0], wanted[-1], 0, 0, 0, tuple(map(Frame._make, files)), missing)
    for number in range(source.first, source.last + 1):
        meant = max(each for each in wanted if each <= number)
        assert source.file_at(number) == (f"/a/{meant}.exr" if meant in numbers else None)


def test_frames_of_mixed_padding_are_one_sequence(tmp_path: Path) -> None:
    touch(tmp_path, "a.98.exr", "a.99.exr", "a.0100.exr", "a.101.exr", "b.0999.exr", "b.1000.exr", "b.10000.exr")
    for written in ("a.%02d.exr", "a.98.exr", "a.101.exr"):
        source = found(written, tmp_path)
        assert [frame.name for frame in source.files] == ["a.98.exr", "a.99.exr", "a.0100.exr", "a.101.exr"]
        assert [number for number, _ in source.frames()] == ["98", "99", "0100", "101"]
    assert [frame.number for frame in found("b.####.exr 999-1000", tmp_path).files] == [999, 1000]


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("shot.7.exr", ["shot.8.exr"]),
        ("0001.png", ["0002.png"]),
        ("render0001.png", ["render0002.png"]),
        ("shot-1001.exr", ["shot-1002.exr"]),
        ("shot.-1.exr", ["shot.0.exr", "shot.1.exr"]),
        ("shot_86400.dpx", ["shot_86401.dpx"]),
        ("shot.0.exr", ["shot.1.exr"]),
    ],
)
def test_one_frame_stands_for_its_sequence(tmp_path: Path, name: str, others: list[str]) -> None:
    touch(tmp_path, name, *others)
    assert sorted(frame.name for frame in found(name, tmp_path).files) == sorted([name, *others])


@pytest.mark.parametrize(
    ("name", "other"), [("a_v001.png", "a_v002.png"), ("a_2.png", "a_3.png"), ("V7.png", "V8.png")]
)
def test_versions_and_takes_are_stills(tmp_path: Path, name: str, other: str) -> None:
    touch(tmp_path, name, other)
    assert not found(name, tmp_path).is_sequence


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("shot.####.exr 1-9x2", [1, 3, 5, 7, 9]),
        ("shot.####.exr [2-4]", [2, 3, 4]),
        ("shot.####.exr 1,4-6,9", [1, 4, 5, 6, 9]),
        ("shot.2-8x3####.exr", [2, 5, 8]),
        ("shot.%04d.exr\u30005-6", [5, 6]),
    ],
)
def test_a_range_chooses_frames(tmp_path: Path, written: str, numbers: list[int]) -> None:
    touch(tmp_path, *(f"shot.{number:04d}.exr" for number in range(10)))
    source = found(written, tmp_path)
    assert ([frame.number for frame in source.files], source.missing) == (numbers, ())


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("shot.<UDIM>.exr", "UDIM tiles"),
        ("shot.$UDIM.exr", "UDIM tiles"),
        ("shot.%(UDIM)d.exr", "UDIM tiles"),
        ("shot.####.exr 9-1", "9-1 is not a range of frames"),
        ("shot.####.exr 1-9x0", "1-9x0 is not a range of frames"),
        ("shot.####.exr 0-999999999999", "more frames than the 1,000,000"),
        ("shot.####.%04d.exr", "several places for the frame number"),
        ("shot.####.exr 100-200", "no frame of .* in 100-200"),
        ("none.####.exr", "no frame of"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(tmp_path: Path, written: str, sentence: str) -> None:
    touch(tmp_path, "shot.0001.exr")
    with pytest.raises(Refused, match=sentence):
        found(written, tmp_path)


def test_missing_frames_are_a_refusal_of_their_own(tmp_path: Path) -> None:
    touch(tmp_path, "shot.0001.exr", "shot.0004.exr")
    with pytest.raises(MissingFrames, match=r"the frames 2-3 are missing \(2 in all\)"):
        locate(f"{tmp_path}/shot.####.exr", [str(tmp_path)])
    assert found("shot.####.exr", tmp_path).missing == (2, 3)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (unicodedata.normalize("NFC", "Szene_é.mov"), unicodedata.normalize("NFD", "Szene_é.mov")),
        (unicodedata.normalize("NFD", "ガ.mov"), unicodedata.normalize("NFC", "ガ.mov")),
        ("take one.mov", "take\u3000one.mov"),
        ("take\u00a0one.mov", "take one.mov"),
        ("\uff33\uff28\uff10\uff11\uff10.mov", "SH010.mov"),
        ("take\u202fone\u200e.mov", "take one.mov"),
        ("take.mov", "take\u200b.mov"),
        ("take one.mov", "take\none.mov"),
        ("\u0645\u06cc\u200c\u062e.mov", "\u0645\u06cc\u062e.mov"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(tmp_path: Path, typed: str, stored: str) -> None:
    folder = touch(tmp_path / unicodedata.normalize("NFD", "Übung"), stored)
    source = locate(f"{tmp_path}/{unicodedata.normalize('NFC', 'Übung')}/{typed}", [str(tmp_path)])
    assert source.path == str(folder / stored)


@pytest.mark.parametrize(
    "name", ["take\none.mov", "\ttake.mov", "a\u202eb.mov", "👩\u200d🎨.mov", " .mov", "-.mov", "%.mov"]
)
def test_an_unusual_name_is_found_as_it_is(tmp_path: Path, name: str) -> None:
    assert locate(f"\u202a{touch(tmp_path, name)}/{name}", [str(tmp_path)]).path == str(tmp_path / name)


def test_frames_with_a_line_break_in_their_name_are_a_sequence(tmp_path: Path) -> None:
    touch(tmp_path, "a\nb.0001.exr", "a\nb.0002.exr")
    for typed in ("a\nb.####.exr", "a\nb.0001.exr", "a\nb.%04d.exr 1-2"):
        assert [frame.number for frame in found(typed, tmp_path).files] == [1, 2]


def test_a_name_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "M\udcfcller.mov")
    with pytest.raises(Refused, match=r"M\?ller\.mov has a name that is not UTF-8"):
        found("M\udcfcller.mov", tmp_path)


def test_names_that_read_the_same_are_not_guessed_between(tmp_path: Path) -> None:
    touch(tmp_path, "take\u3000one.mov", "take\u00a0one.mov")
    with pytest.raises(Refused, match="There is no file"):
        found("take one.mov", tmp_path)


def test_frames_spelled_in_two_ways_are_one_sequence(tmp_path: Path) -> None:
    touch(tmp_path, unicodedata.normalize("NFC", "é.0001.exr"), unicodedata.normalize("NFD", "é.0002.exr"))
    assert [frame.number for frame in found(unicodedata.normalize("NFC", "é.####.exr"), tmp_path).files] == [1, 2]


def test_digits_of_other_scripts_are_letters(tmp_path: Path) -> None:
    touch(tmp_path, "shot.\u0661\u0660\u0660\u0661.exr", "shot.\u0661\u0660\u0660\u0662.exr")
    assert not found("shot.\u0661\u0660\u0660\u0661.exr", tmp_path).is_sequence
