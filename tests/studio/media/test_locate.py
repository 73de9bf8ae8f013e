"""From a File path to files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from callboard.errors import Refused, TryAgain
from callboard.studio.media import Source, locate


def frames(folder: Path, *numbers: int, name: str = "shot.%04d.exr") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / (name % number)).write_bytes(b"12345")
    return folder / name


def refusal(text: str | Path, root: Path) -> str:
    with pytest.raises(Refused) as refused:
        locate(str(text), [str(root)])
    return str(refused.value)


def found(text: str | Path, root: Path) -> Source:
    return locate(str(text), [str(root)])


@pytest.mark.parametrize(
    "written", ["shot.%04d.exr", "shot.####.exr", "shot.#.exr", "shot.1002.exr", " shot.1004.exr "]
)
def test_every_way_to_write_a_sequence_means_all_of_its_frames(tmp_path: Path, written: str) -> None:
    pattern = frames(tmp_path, 1001, 1002, 1003, 1004)
    source = found(f"{tmp_path}/{written.strip()}", tmp_path)
    assert (source.path, source.first, source.last, source.padding, source.size) == (str(pattern), 1001, 1004, 4, 20)
    assert list(source.frames())[1] == ("1002", str(tmp_path / "shot.1002.exr"))


@pytest.mark.parametrize("written", ["shot.####.dpx 1002-1003", "shot.%04d.dpx [1002-1003]"])
def test_a_range_behind_the_path_chooses_frames(tmp_path: Path, written: str) -> None:
    frames(tmp_path, 1001, 1002, 1003, 1009, name="shot.%04d.dpx")
    source = found(tmp_path / written, tmp_path)
    assert (source.first, source.last) == (1002, 1003)
    assert found(source.text, tmp_path) == source


def test_missing_frames_are_named(tmp_path: Path) -> None:
    pattern = frames(tmp_path, 1001, 1002, 1005, 1006, 1008)
    assert "1003-1004,1007 are missing (3 in all)" in refusal(pattern, tmp_path)
    assert "1009-1010" in refusal(f"{pattern} 1008-1010", tmp_path)
    assert "no frame of" in refusal(tmp_path / "other.%04d.exr", tmp_path)
    assert "is not a range" in refusal(f"{pattern} 1008-1001", tmp_path)


def test_a_still_with_a_number_and_no_neighbour_is_a_still(tmp_path: Path) -> None:
    frames(tmp_path, 1007)
    frames(tmp_path, 1, 2, name="concept_v%02d.png")
    assert not found(tmp_path / "shot.1007.exr", tmp_path).is_sequence
    assert found(tmp_path / "shot.1007.exr", tmp_path).first == 1007
    assert not found(tmp_path / "concept_v01.png", tmp_path).is_sequence


def test_a_file_named_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "take #2.mov").write_bytes(b"1")
    assert found(tmp_path / "take #2.mov", tmp_path).path.endswith("take #2.mov")


def test_numbers_of_other_lengths_belong_to_other_sequences(tmp_path: Path) -> None:
    frames(tmp_path, 8, 9, 10, name="shot.%02d.png")
    frames(tmp_path, 9, name="shot.%04d.png")
    source = found(tmp_path / "shot.%02d.png", tmp_path)
    assert (source.first, source.last) == (8, 10)


def test_a_path_that_leads_out_is_refused_after_resolving_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    frames(outside, 1001, 1002)
    (outside / "secret.mov").write_bytes(b"1")
    (root / "link.mov").symlink_to(outside / "secret.mov")
    (root / "folder").symlink_to(outside)
    for path in (
        outside / "secret.mov",
        root / "link.mov",
        root / "folder" / "secret.mov",
        root / ".." / "outside" / "secret.mov",
        root / "folder" / "shot.%04d.exr",
    ):
        assert "lies outside" in refusal(path, root)


def test_one_frame_that_is_a_link_to_the_outside_refuses_the_sequence(tmp_path: Path) -> None:
    root = tmp_path / "root"
    pattern = frames(root, 1001, 1002)
    (tmp_path / "other.exr").write_bytes(b"1")
    (root / "shot.1003.exr").symlink_to(tmp_path / "other.exr")
    assert "shot.1003.exr lies outside" in refusal(pattern, root)


def test_a_link_inside_is_followed_and_the_path_stays_as_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.mov").write_bytes(b"1")
    (tmp_path / "show").symlink_to(tmp_path / "real")
    source = found(tmp_path / "show" / "a.mov", tmp_path)
    assert source.path == str(tmp_path / "show" / "a.mov")
    assert source.real == str(tmp_path / "real" / "a.mov")


def test_what_is_no_path_of_media_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "folder.mov").mkdir()
    os.mkfifo(tmp_path / "pipe.mov")
    cases = {
        "": "File path is empty",
        "shot.mov": "not an absolute path",
        f"{tmp_path}/a\0b.mov": "characters that no file name can have",
        f"{tmp_path}/none.mov": "There is no file",
        f"{tmp_path}/notes.txt": ".txt files are not supported; supported are movies: .avi",
        f"{tmp_path}/movie.r3d": ".r3d files are not supported",
        f"{tmp_path}/noending": "Files without an ending are not supported",
        f"{tmp_path}/folder.mov": "is not a file",
        f"{tmp_path}/pipe.mov": "is not a file",
        f"{tmp_path}/shot.%04d.mov": "only stills make a sequence",
        f"{tmp_path}/{'n' * 300}.mov": "cannot be read",
    }
    for written, sentence in cases.items():
        assert sentence in refusal(written, tmp_path)


def test_no_media_roots_means_no_media(tmp_path: Path) -> None:
    (tmp_path / "a.mov").write_bytes(b"1")
    with pytest.raises(Refused, match=r"studio\.media_roots"):
        locate(str(tmp_path / "a.mov"), [])


def test_a_storage_that_is_away_may_come_back(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="mount its storage"):
        locate(str(tmp_path / "away" / "a.mov"), [str(tmp_path / "away")])
