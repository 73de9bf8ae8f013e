"""A line of the table that ``make bench`` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One claim, what was measured for it, and whether it holds.

    Attributes:
        claim: What is measured.
        measured: The figure with its unit.
        aim: What it should be, or "" for a figure that is only reported.
        holds: Whether the aim is met; None without an aim.
        note: How it was measured, or why the aim was missed.
    """

    claim: str
    measured: str
    aim: str = ""
    holds: bool | None = None
    note: str = ""
