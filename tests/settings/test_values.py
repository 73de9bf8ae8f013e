from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.settings.addresses import absolute_path, is_loopback, web_address
from callboard.settings.durations import read_duration, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("45m", 2700), ("24h", 86400), ("2d", 172800), ("1w", 604800), ("1h 30m", 5400), (" 2D ", 172800)],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert read_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "h", "24", "1.5h", "-2d", "2 days", 24, None, "99999999w"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|thousand years"):
        read_duration(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_written_duration_reads_as_itself(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert read_duration(write_duration(duration)) == duration


@pytest.mark.parametrize("url", ["studio.ftrackapp.com", "ftp://x", "http://", "https:///x", "http://[", ""])
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        web_address(url)


def test_paths_begin_at_the_root() -> None:
    assert absolute_path("/data") == "/data"
    with pytest.raises(ValueError, match="not an absolute path"):
        absolute_path("../data")


def test_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert not is_loopback("0.0.0.0")  # noqa: S104 - that is the point
    assert not is_loopback("localhost.evil.example")
