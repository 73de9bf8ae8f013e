"""Sequences as movies: every frame in its place, gaps as they were asked for, rates as headers mean them."""

from __future__ import annotations

import resource
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.stills import Part, write, write_sequence

from callboard.errors import Refused
from callboard.studio.media import Media, MissingFrames, Slate, make_reviewable, probe
from callboard.studio.media.frames import read_frames
from callboard.studio.media.stills import pixels


def probed(path: Path, written: str = "", **how: Any) -> Media:
    return probe(f"{path}{written}", [str(path.parent)], **how)


def greys(media: Media) -> list[int]:
    """Return each picture's grey in its middle."""
    return [int(frame.to_ndarray()[24, 32, 1]) for frame in read_frames(media)]


def pictures(file: Path) -> list[np.ndarray]:
    with av.open(str(file)) as movie:
        return [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]


def test_frames_are_held_where_a_step_leaves_them_out(tmp_path: Path) -> None:
    whole = write_sequence(tmp_path, range(1001, 1008))
    seven = greys(probed(whole))
    media = probed(whole, " 1001-1007x3")
    assert greys(media) == [seven[0]] * 3 + [seven[3]] * 3 + [seven[6]]
    assert (media.first_frame, media.count) == (1001, 7)


def test_a_missing_frame_is_the_one_before_when_it_is_to_be_held(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, [1, 2, 5])
    with pytest.raises(MissingFrames, match="3-4 are missing"):
        probed(path)
    first, second, fifth = greys(probed(path, " 1,2,5"))[:2] + greys(probed(path, " 5"))
    assert greys(probed(path, missing="hold")) == [first, second, second, second, fifth]


def test_a_missing_frame_is_marked_in_red_when_it_is_to_be_marked(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, [1, 3])
    made = make_reviewable(probed(path, missing="mark"), tmp_path)
    reds = [float((picture[..., 0].astype(int) - picture[..., 1]).mean()) for picture in pictures(made.file)]
    assert [red > 20 for red in reds] == [False, True, False]
    assert (made.meta["frameIn"], made.meta["frameOut"]) == (1, 3)


@pytest.mark.parametrize("missing", ["hold", "mark"])
def test_what_comes_before_the_first_frame_is_marked(tmp_path: Path, missing: str) -> None:
    path = write_sequence(tmp_path, [3, 4])
    frames = list(read_frames(probed(path, " 1-4", missing=missing)))
    is_red = [int(frame.to_ndarray()[0, 0, 0]) > int(frame.to_ndarray()[0, 0, 1]) + 20 for frame in frames]
    assert is_red == [True, True, False, False]


@pytest.mark.parametrize("first", [-5, 0, 1, 1001, 86400])
def test_frames_keep_their_numbers_wherever_they_begin(tmp_path: Path, first: int) -> None:
    made = make_reviewable(probed(write_sequence(tmp_path, range(first, first + 4), "a.%d.exr")), tmp_path)
    assert (made.meta["frameIn"], made.meta["frameOut"]) == (first, first + 3)
    assert len(pictures(made.file)) == 4


def test_the_slate_frame_stands_before_the_first_one(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, range(1001, 1004))
    plain = pictures(make_reviewable(probed(path), tmp_path).file)
    slate = Slate("HERON | SH010", "2026-11-27", (("Shot", "SH010"), ("Note", "x" * 300)), "line\none", has_frame=True)
    made = make_reviewable(probed(path), tmp_path, slate=slate)
    assert (made.meta["frameIn"], made.meta["frameOut"]) == (1000, 1003)
    slated = pictures(made.file)
    assert len(slated) == 4
    assert slated[0][20, 32].tolist() == pytest.approx([24, 26, 30], abs=12)
    for before, after in zip(plain, slated[1:], strict=True):
        assert after[10, 32].tolist() == pytest.approx(before[10, 32].tolist(), abs=3)
    again = probe(str(made.file), [str(tmp_path)])
    assert (again.first_frame, again.count) == (1000, 4)


@pytest.mark.parametrize(
    ("ending", "header", "wanted"),
    [
        (".dpx", {"dpx:FrameRate": 23.976}, Fraction(24000, 1001)),
        (".dpx", {"dpx:FrameRate": 23.98}, Fraction(24000, 1001)),
        (".dpx", {"dpx:TemporalFrameRate": 29.97}, Fraction(30000, 1001)),
        (".dpx", {"dpx:FrameRate": 25.0}, Fraction(25)),
        (".dpx", {"dpx:FrameRate": 0.04}, Fraction(30)),
        (".dpx", {"dpx:FrameRate": 1000.0}, Fraction(30)),
        (".dpx", {"dpx:FrameRate": float("nan")}, Fraction(30)),
        (".dpx", {"dpx:FrameRate": float("inf")}, Fraction(30)),
        (".dpx", {"dpx:FrameRate": -24.0}, Fraction(30)),
        (".exr", {"FramesPerSecond": ("rational", 24000, 1001)}, Fraction(24000, 1001)),
        (".exr", {"FramesPerSecond": ("rational", 23976, 1000)}, Fraction(24000, 1001)),
        (".exr", {"FramesPerSecond": ("rational", 0, 0)}, Fraction(30)),
        (".exr", {"framesPerSecond": 24.000001}, Fraction(24)),
        (".exr", {}, Fraction(30)),
    ],
)
def test_a_headers_rate_is_the_standard_one_or_the_studios(
    tmp_path: Path, ending: str, header: dict[str, Any], wanted: Fraction
) -> None:
    kind = "uint16" if ending == ".dpx" else "half"
    path = write_sequence(tmp_path, [1, 2], f"a.%04d{ending}", Part(kinds=(kind,), header=header))
    assert probed(path, rate=Fraction(30)).rate == wanted


def test_a_frame_unlike_the_first_is_named(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, [1, 2, 3])
    write(tmp_path / "shot.0002.exr", Part(("Z",), (1.0,)))
    with pytest.raises(Refused, match=r"shot\.0002\.exr has no layer RGB, unlike the first frame"):
        list(read_frames(probed(path)))


def test_data_windows_may_change_from_frame_to_frame(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, [1, 2], part=Part())
    write(tmp_path / "shot.0002.exr", Part(data=(30, 20, 4, 8), display=(0, 0, 64, 48)))
    first, second = greys(probed(path))
    assert first == second > 60


def test_a_frame_that_goes_away_is_named(tmp_path: Path) -> None:
    path = write_sequence(tmp_path, range(1, 9))
    media = probed(path)
    (tmp_path / "shot.0006.exr").unlink()
    with pytest.raises(Refused, match=r"shot\.0006\.exr disappeared"):
        list(read_frames(media))


def test_frames_are_read_ahead_on_another_thread_and_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    read = pixels.read_picture

    def spy(path: str, *more: Any, **others: Any) -> np.ndarray:
        threads.append((threading.current_thread().name, Path(path).name))
        return read(path, *more, **others)

    monkeypatch.setattr("callboard.studio.media.frames.read_picture", spy)
    frames = read_frames(probed(write_sequence(tmp_path, range(1, 9))))
    next(frames)
    frames.close()  # type: ignore[attr-defined]  # it is a generator
    assert {name.partition("_")[0] for name, _ in threads} == {"frames"}
    assert len(threads) <= 4, "no more than a few are read before they are wanted"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("frames")]


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    one = write(tmp_path / "one.exr", Part(data=(0, 0, 256, 256)))
    for number in range(1, 301):
        (tmp_path / f"long.{number:04d}.exr").hardlink_to(one)
    frames = read_frames(probed(tmp_path / "long.%04d.exr"))
    for _ in range(50):
        next(frames)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in frames) == 250
    # 250 pictures would be 48 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 12_000
