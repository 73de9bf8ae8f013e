"""Shot names from an expression and a range of numbers: ``SH####`` and ``10-50:10``."""

from __future__ import annotations

import re

from callboard.errors import Refused

_RANGE = re.compile(r"\s*([0-9]{1,9})\s*-\s*([0-9]{1,9})\s*(?::\s*([0-9]{1,9})\s*)?", re.ASCII)
_PADDING = re.compile(r"#+")


def shot_names(expression: str, incremental: str, *, at_most: int, prefix: str = "") -> list[str]:
    """Return a name for every number of a range, in order.

    Args:
        expression: Text with one run of ``#``, which stands for the number padded to as many digits; a longer number
            is written in full. The text around it stays.
        incremental: ``START-END:STEP``; both ends count if the steps meet them, and the step defaults to 1.
        at_most: The maximum number of names.
        prefix: Put before every name, with ``_`` between.

    Raises:
        Refused: The expression or the range is wrong, or gives too many names. The message says which.
    """
    numbers = _numbers(incremental)
    if len(numbers) > at_most:
        raise Refused(
            f"Incremental {incremental.strip()} gives {len(numbers):,} shots; at most {at_most:,} are allowed."
        )
    runs = _PADDING.findall(expression)
    if len(runs) != 1:
        found = "no #" if not runs else f"{len(runs)} runs of #"
        raise Refused(f"Expression {expression!r} has {found}; write one run where the number goes, such as SH####.")
    before, after = expression.strip().split(runs[0])
    start = f"{prefix}_{before}" if prefix else before
    return [f"{start}{number:0{len(runs[0])}d}{after}" for number in numbers]


def _numbers(incremental: str) -> range:
    match = _RANGE.fullmatch(incremental)
    if match is None:
        raise Refused(f"Incremental {incremental!r} is not START-END:STEP, such as 10-50:10.")
    start, end, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0:
        raise Refused(f"Incremental {incremental!r} has a step of 0; a step is 1 or more.")
    if end < start:
        raise Refused(f"Incremental {incremental!r} ends below its start; write the lower number first.")
    return range(start, end + 1, step)
