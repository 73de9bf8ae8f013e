"""Durations as people write them: ``90s``, ``45m``, ``24h``, ``2d``, ``1h30m``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"(\d+)\s*([wdhms])\s*")


def read_duration(value: object) -> timedelta:
    """Turn text such as ``24h`` into a duration.

    Raises:
        ValueError: The text is not a duration, or is longer than a thousand years.
    """
    if isinstance(value, timedelta):
        return value
    text = value.strip().lower() if isinstance(value, str) else ""
    if not text or _PART.sub("", text):
        raise ValueError(
            f"{value!r} is not a duration; write a number and w, d, h, m or s in quotes, such as '24h' or '2d'"
        )
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if seconds > 1000 * 366 * 86400:
        raise ValueError(f"{value!r} is longer than a thousand years")
    return timedelta(seconds=seconds)


def write_duration(duration: timedelta) -> str:
    """Return the shortest text that :func:`read_duration` reads as *duration*, in whole seconds."""
    rest = int(duration.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, _SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


#: A setting that is a duration; in the file it is text.
Duration = Annotated[
    timedelta, BeforeValidator(read_duration), PlainSerializer(write_duration, return_type=str, when_used="json")
]
