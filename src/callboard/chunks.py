"""Long lists in parts that one statement or request can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
    """Give a list's items in parts of *size* at most, in their order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
