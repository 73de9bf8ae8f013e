"""Timecode: the frame number that a movie begins with, and the timecode of a frame number."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer

_TEXT = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})([:;.,])([0-9]{2,3})")
_DAY = 24 * 3600
#: Numbers of a second that a QuickTime track of timecode can count to.
MOST_NUMBERS = 255


def first_frame(container: InputContainer, rate: Fraction) -> int:
    """Return the frame number that a movie's timecode begins with, or 0 where it has none.

    Args:
        container: The movie.
        rate: Frames per second.
    """
    for metadata in [container.metadata, *(stream.metadata for stream in container.streams)]:
        for name, text in metadata.items():
            # Matroska's tags are written in capitals.
            number = frame_of(text, rate) if name.lower() == "timecode" else None
            if number is not None:
                return number
    return 0


def frame_of(text: str, rate: Fraction) -> int | None:
    """Return the frame number of a timecode, ``00:00:41:17`` at 24 is 1001; None where it cannot be meant.

    With a semicolon, a dot or a comma before the frames it is drop-frame, as SMPTE ST 12-1 has it: at 30 numbers a
    second the first two of each minute do not exist, but for each tenth minute; at 60 the first four.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, number = (int(match[place]) for place in (1, 2, 3, 5))
    nominal = _nominal(rate)
    if hours > 23 or minutes > 59 or seconds > 59 or number >= nominal:
        return None
    dropped = 0
    if match[4] != ":" and nominal % 30 == 0:
        whole = hours * 60 + minutes
        dropped = (whole - whole // 10) * (nominal // 15)
    return (hours * 3600 + minutes * 60 + seconds) * nominal + number - dropped


def timecode_of(frame: int, rate: Fraction) -> str:
    """Return the timecode of a frame number, without dropped numbers; what :func:`frame_of` reads again."""
    nominal = _nominal(rate)
    seconds, number = divmod(frame, nominal)
    seconds %= _DAY
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{number:02d}"


def _nominal(rate: Fraction) -> int:
    """Return how many numbers a second of timecode has."""
    return max(1, round(rate))
