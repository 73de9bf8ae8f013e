"""When pictures are shown and sound is heard: as the source has it, whatever begins first, at any rate."""

from __future__ import annotations

from bisect import bisect
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import media, odd_media
from tests.studio.media.shown import encoded, heard, pictures

from callboard.errors import Refused
from callboard.studio.media import make_reviewable, probe

RATES = [Fraction(1, 25), 1, 12, 15, 18, Fraction(120_000, 1001), 240, 300, 1000]
#: Seconds by which a container's clock, in milliseconds, may miss.
CLOCK = Fraction(2, 1000)


def numbers(file: Path) -> list[int]:
    """Return which frame of :func:`tests.media.movie` each picture shows."""
    return [round((media.brightness(frame) - 40) / 8) for frame in pictures(file)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["a.mov", "a.mp4"])
def test_any_rate_keeps_its_frames(tmp_path: Path, name: str, rate: Fraction | int) -> None:
    made = encoded(media.movie(tmp_path / name, rate=rate, frames=6, codec="libx264"), tmp_path / "out")
    assert numbers(made.file) == list(range(6))
    assert made.meta["frameRate"] == pytest.approx(float(rate))
    with av.open(str(made.file)) as container:
        assert container.streams.video[0].average_rate == rate


@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mkv", "a.avi", "a.mxf", "a.mpg"])
def test_one_frame_is_a_movie(tmp_path: Path, name: str) -> None:
    codec = "mpeg2video" if name in {"a.mxf", "a.mpg"} else "mpeg4"
    assert numbers(encoded(media.movie(tmp_path / name, frames=1, codec=codec), tmp_path / "out").file) == [0]


@pytest.mark.parametrize("length", [1, 0xFFFFFF00])
def test_a_rate_that_cannot_be_meant_is_the_studios(tmp_path: Path, length: int) -> None:
    source = odd_media.patched(media.movie(tmp_path / "a.mov"), b"stts", 12, length)
    made = encoded(source, tmp_path / "out")
    assert (made.meta["frameRate"], numbers(made.file)) == (24, list(range(12)))


def test_times_that_hide_frames_are_refused(tmp_path: Path) -> None:
    source = odd_media.patched(media.movie(tmp_path / "a.mov"), b"mdhd", 12, 1)
    with pytest.raises(Refused, match="broken time stamps: of 12 frames only 1 can be shown"):
        encoded(source, tmp_path / "out")


@settings(max_examples=40)
@given(
    steps=st.lists(st.integers(1, 5), min_size=1, max_size=10),
    rate=st.sampled_from([12, 24, 25, Fraction(24_000, 1001), Fraction(30_000, 1001), 60]),
    late=st.integers(0, 30),
    ending=st.sampled_from([".mov", ".mp4", ".mkv"]),
)
def test_every_picture_is_shown_when_it_was(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], rate: Fraction | int, late: int, ending: str
) -> None:
    folder = tmp_path_factory.mktemp("timing")
    times = [Fraction(late, 24) + at / Fraction(rate) for at in accumulate(steps, initial=0)]
    source = media.movie(folder / f"a{ending}", rate=rate, times=times, codec="libx264")
    made = encoded(source, folder / "out")
    shown, starts = numbers(made.file), [at - times[0] for at in times]
    own = Fraction(made.meta["frameRate"]).limit_denominator(1001)
    for place, number in enumerate(shown):
        at, half = place / own, 1 / own / 2 + CLOCK
        earliest, latest = (bisect(starts, each) - 1 for each in (max(at - half, Fraction(0)), at + half))
        assert earliest <= number <= latest, (place, shown)
    if own >= rate:
        assert set(shown) == set(range(len(times))), "none is lost"


@settings(max_examples=25)
@given(
    picture_at=st.fractions(0, 2, max_denominator=24),
    sound_at=st.fractions(0, 2, max_denominator=50),
    ending=st.sampled_from([".mov", ".mkv", ".ts"]),
)
def test_sound_keeps_its_distance_wherever_both_begin(
    tmp_path_factory: pytest.TempPathFactory, picture_at: Fraction, sound_at: Fraction, ending: str
) -> None:
    folder = tmp_path_factory.mktemp("sound")
    times = [picture_at + Fraction(number, 24) for number in range(24)]
    source = media.movie(
        folder / f"a{ending}", times=times, sound=True, sound_for=1, sound_at=sound_at, codec="libx264"
    )
    distance = float(sound_at - picture_at)
    made = encoded(source, folder / "out")
    assert numbers(made.file)[:24] == list(range(24))
    if distance > -0.9:
        begins, ends = heard(made.file)
        assert (begins, ends) == pytest.approx((max(0, distance), distance + 1), abs=0.06)


@pytest.mark.parametrize(("ending", "codec"), [(".mov", "mpeg4"), (".mkv", "mpeg4"), (".ts", "libx264")])
@pytest.mark.parametrize(("seconds", "count"), [(3, 24), (1, 48)])
def test_a_track_that_ends_before_the_other_is_not_cut_off(
    tmp_path: Path, ending: str, codec: str, seconds: int, count: int
) -> None:
    source = media.movie(tmp_path / f"a{ending}", frames=count, codec=codec, sound=True, sound_for=seconds)
    made = encoded(source, tmp_path / "out")
    assert numbers(made.file)[:20] == list(range(20))
    assert len(pictures(made.file)) == count
    assert heard(made.file)[1] == pytest.approx(seconds, abs=0.05)


def test_avi_keeps_the_order_of_its_frames(tmp_path: Path) -> None:
    source = media.movie(tmp_path / "a.avi", frames=24, codec="libx264", encoder={"bf": "3"})
    assert numbers(encoded(source, tmp_path / "out").file) == list(range(24))


def test_avi_holds_a_frame_where_none_is_stored(tmp_path: Path) -> None:
    times = [Fraction(number, 24) for number in (0, 1, 2, 6, 7)]
    source = media.movie(tmp_path / "a.avi", times=times, clock=24)
    assert numbers(encoded(source, tmp_path / "out").file) == [0, 1, 2, 2, 2, 2, 3, 4]


@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mxf", "a.avi", "a.mkv"])
@pytest.mark.parametrize(
    ("rate", "timecode", "frame"),
    [
        (24, "00:00:41:17", 1001),
        (25, "10:00:00:05", 900_005),
        (Fraction(24_000, 1001), "01:00:00:00", 86_400),
        (Fraction(30_000, 1001), "00:00:59;29", 1799),
        (Fraction(30_000, 1001), "00:01:00;02", 1800),
        (Fraction(30_000, 1001), "00:10:00;00", 17_982),
        (Fraction(30_000, 1001), "00:10:00:00", 18_000),
        (Fraction(60_000, 1001), "00:01:00;04", 3600),
    ],
)
def test_a_timecode_is_the_first_frames_number(
    tmp_path: Path, name: str, rate: Fraction | int, timecode: str, frame: int
) -> None:
    codec = "mpeg2video" if name == "a.mxf" else "mpeg4"
    path = media.movie(tmp_path / name, frames=2, rate=rate, codec=codec, timecode=timecode)
    assert probe(str(path), [str(tmp_path)]).first_frame == frame


@pytest.mark.parametrize("written", ["99:00:00:00", "00:00:00:24", "00:61:00:00", "x", "", "1:2:3", "²²:00:00:00"])
def test_a_timecode_that_cannot_be_meant_is_passed_over(tmp_path: Path, written: str) -> None:
    path = media.movie(tmp_path / "a.mkv", frames=2, metadata={"timecode": written})
    assert probe(str(path), [str(tmp_path)]).first_frame == 0


def test_a_pause_is_encoded_frame_by_frame_and_may_be_given_up(tmp_path: Path) -> None:
    source = media.movie(tmp_path / "a.mkv", times=[Fraction(0), Fraction(1, 24), Fraction(8)])
    (tmp_path / "out").mkdir()
    seen: list[int] = []
    make_reviewable(probe(str(source), [str(tmp_path)]), tmp_path / "out", watch=seen.append)
    assert seen == list(range(1, 194))


@pytest.mark.parametrize("ending", [".mkv", ".mov"])
def test_a_pause_that_cannot_be_meant_is_refused(tmp_path: Path, ending: str) -> None:
    times = [*(Fraction(number, 24) for number in range(48)), Fraction(3600)]
    source = media.movie(tmp_path / f"a{ending}", times=times)
    with pytest.raises(Refused, match=rf"a\{ending} has broken time stamps after frame 48"):
        encoded(source, tmp_path / "out")
