"""Times, amounts and sizes as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def moment(value: datetime | float | str) -> datetime:
    """Return a point in time: from a datetime with its zone, seconds since 1970, or ISO 8601."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)


def age(seconds: float) -> str:
    """Return how long ago something was, or how long it takes until then (less than 0), in one unit."""
    words = duration(abs(seconds))
    return "now" if abs(seconds) < 1 else f"{words} ago" if seconds > 0 else f"in {words}"


def duration(seconds: float) -> str:
    """Return a length of time as people say it: ``80 ms``, ``2.5 s``, ``40 s``, ``3 min``, ``5 h``, ``2 d``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR:.0f} h"
    return f"{seconds // _DAY:.0f} d"


def clock(value: datetime, zone: tzinfo, now: datetime) -> str:
    """Return a time on the studio's clock: the hour alone if it is today, else with its day."""
    local, today = value.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M:%S")
    return local.strftime("%a %d %b %H:%M" if local.year == today.year else "%d %b %Y %H:%M")


def amount(value: float) -> str:
    """Return a number with thin spaces between its thousands."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def size(octets: float) -> str:
    """Return a size of data in bytes, KB, MB or GB of 1000."""
    for unit in ("bytes", "KB", "MB"):
        if octets < 1000:
            return f"{octets:.0f} {unit}" if unit == "bytes" or octets >= 10 else f"{octets:.1f} {unit}"
        octets /= 1000
    return f"{octets:.1f} GB"
