"""Charts as SVG, drawn by the server: nothing to load, and colours come from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640, 160, 44, 20, 8


@dataclass(frozen=True)
class Series:
    """One line or row of bars.

    Attributes:
        name: What it shows.
        values: One for each step; None where there is none.
        style: ``first``, ``second`` or ``third``: a colour of the style sheet.
    """

    name: str
    values: Sequence[float | None]
    style: str = "first"


def bars(label: str, steps: Sequence[str], series: Series, *, unit: str = "") -> Markup:
    """Return a chart with a bar for each step.

    Args:
        label: What it shows, in a sentence for those who cannot see it.
        steps: What each step is, such as a time; the first, the middle and the last are written below.
        series: The values, not below zero.
        unit: Written behind the highest value of the axis.
    """
    top = _top([series])
    wide = (_WIDTH - _LEFT) / max(len(series.values), 1)
    drawn = [
        Markup(
            '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {:g} {}</title></rect>'
        ).format(
            series.style,
            _LEFT + number * wide,
            _y(value, top),
            max(wide - 1, 0.5),
            _y(0, top) - _y(value, top),
            steps[number],
            value,
            unit,
        )
        for number, value in enumerate(series.values)
        if value
    ]
    return _chart(label, steps, top, unit, drawn)


def lines(label: str, steps: Sequence[str], series: Sequence[Series], *, unit: str = "") -> Markup:
    """Return a chart with a line for each series, in the steps that :func:`bars` has."""
    top = _top(series)
    drawn = []
    for each in series:
        wide = (_WIDTH - _LEFT) / max(len(each.values), 1)
        points = [
            None if value is None else (_LEFT + (number + 0.5) * wide, _y(value, top))
            for number, value in enumerate(each.values)
        ]
        drawn.append(
            Markup('<path class="{}" d="{}"><title>{}</title></path>').format(each.style, _path(points), each.name)
        )
        drawn += [
            Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2"><title>{}, {}: {:g} {}</title></circle>').format(
                each.style, *point, each.name, steps[number], each.values[number], unit
            )
            for number, point in enumerate(points)
            if point is not None
        ]
    return _chart(label, steps, top, unit, drawn)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return the way of a pen along the points; it is lifted where one is missing."""
    way, down = [], False
    for point in points:
        if point is not None:
            way.append(f"{'L' if down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        down = point is not None
    return " ".join(way)


def _top(series: Sequence[Series]) -> float:
    """Return a round number that no value exceeds."""
    most = max((value for each in series for value in each.values if value is not None), default=0)
    step = 1.0
    while step < most:
        for factor in (2, 5, 10):
            if step * factor >= most:
                return step * factor
        step *= 10
    return step


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _BOTTOM - _TOP) * (1 - value / top)


def _chart(label: str, steps: Sequence[str], top: float, unit: str, drawn: Sequence[Markup]) -> Markup:
    axis = Markup("").join(
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>'
            '<text x="{}" y="{:.1f}" class="up">{:g}{}</text>'
        ).format(
            _LEFT,
            _WIDTH,
            _LEFT - 6,
            _y(value, top) + 4,
            value,
            f" {unit}" if value == top and unit else "",
            y=_y(value, top),
        )
        for value in (0, top / 2, top)
    )
    named = {0: "start", len(steps) // 2: "middle", len(steps) - 1: "end"} if steps else {}
    wide = (_WIDTH - _LEFT) / max(len(steps), 1)
    below = Markup("").join(
        Markup('<text class="{}" x="{:.1f}" y="{}">{}</text>').format(
            anchor,
            {"start": _LEFT, "middle": _LEFT + (number + 0.5) * wide, "end": _WIDTH}[anchor],
            _HEIGHT - 4,
            steps[number],
        )
        for number, anchor in named.items()
    )
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
        _WIDTH, _HEIGHT, label, axis, Markup("").join(drawn), below
    )
