"""The content of a slate."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Slate:
    """The content of the bar and the slate frame.

    Attributes:
        line: ``project | shot | task | version | artist``: the bar's.
        date: The day, as it is to be read.
        rows: What the slate frame says, in order: names such as *Shot*, and their values.
        note: What the artist says, on the slate frame.
        font: A font's file that comes before the others; empty: none.
        has_frame: Whether a slate frame stands before the first picture.
    """

    line: str
    date: str
    rows: tuple[tuple[str, str], ...] = field(default=())
    note: str = ""
    font: str = ""
    has_frame: bool = False
