"""Frames per second, exactly."""

from __future__ import annotations

from fractions import Fraction

_SLOWEST, _FASTEST = 1, 480


def exact_rate(value: object) -> Fraction:
    """Turn ``25``, ``23.976`` or ``24000/1001`` into frames per second; 23.976 is 24000/1001.

    Raises:
        ValueError: It is something else.
    """
    try:
        rate = Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not _SLOWEST <= rate <= _FASTEST:
        raise ValueError(
            f"{value!r} is not a number of frames per second; write one such as '25', '23.976' or '24000/1001'"
        )
    # The rates of television are thousandths below whole ones, and written with two or three digits.
    exact = Fraction(round(rate * Fraction(1001, 1000)) * 1000, 1001)
    return exact if abs(rate - exact) < Fraction(1, 200) else rate
