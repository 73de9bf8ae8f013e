"""Draw Callboard's icons: an SVG source and a PNG of each, from one description.

Usage: .venv/bin/python scripts/draw_icons.py

The actions' icons are squares for ftrack's menu; the two thumbnails have the shape of a frame. All are white figures
with one line width on a plain ground, so that they can be told apart at 32 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parents[1] / "src/callboard/icons"
WHITE = "#ffffff"
#: Pictures are drawn this much larger and then shrunk, which smooths their edges.
OVERSAMPLING = 8

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Points joined by strokes with round ends; *closed* fills what they enclose, too."""

    points: Sequence[Point]
    width: float = 5
    closed: bool = False
    color: str = WHITE

    def svg(self) -> str:
        """Return the shape as an SVG element."""
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in self.points)
        kind, fill = ("polygon", self.color) if self.closed else ("polyline", "none")
        return (
            f'<{kind} points="{points}" fill="{fill}" stroke="{self.color}" stroke-width="{self.width}" '
            f'stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def draw(self, draw: ImageDraw.ImageDraw, scale: float) -> None:
        """Return the shape in a picture."""
        points = [(x * scale, y * scale) for x, y in self.points]
        radius = self.width * scale / 2
        if self.closed:
            draw.polygon(points, fill=self.color)
            points.append(points[0])
        draw.line(points, fill=self.color, width=round(radius * 2))
        for x, y in points:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=self.color)


@dataclass(frozen=True)
class Box:
    """A rectangle with round corners, filled, or outlined with *width*."""

    left: float
    top: float
    right: float
    bottom: float
    radius: float = 0
    width: float = 0
    color: str = WHITE

    def svg(self) -> str:
        """Return the shape as an SVG element."""
        # SVG strokes the middle of an outline, Pillow its inside.
        inset = self.width / 2
        size = f'width="{self.right - self.left - self.width}" height="{self.bottom - self.top - self.width}"'
        paint = (
            f'fill="none" stroke="{self.color}" stroke-width="{self.width}"' if self.width else f'fill="{self.color}"'
        )
        return (
            f'<rect x="{self.left + inset}" y="{self.top + inset}" {size} rx="{max(self.radius - inset, 0)}" {paint}/>'
        )

    def draw(self, draw: ImageDraw.ImageDraw, scale: float) -> None:
        """Return the shape in a picture."""
        box = [value * scale for value in (self.left, self.top, self.right - 1 / scale, self.bottom - 1 / scale)]
        if self.width:
            draw.rounded_rectangle(box, self.radius * scale, outline=self.color, width=round(self.width * scale))
        else:
            draw.rounded_rectangle(box, self.radius * scale, fill=self.color)


Shape = Line | Box


@dataclass(frozen=True)
class Icon:
    """A picture: its size in units, how many pixels a unit has, and its shapes from back to front."""

    width: int
    height: int
    scale: int
    shapes: Sequence[Shape]

    def svg(self) -> str:
        """Return the picture as an SVG file."""
        inner = "\n".join(f"  {shape.svg()}" for shape in self.shapes)
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}">\n{inner}\n</svg>\n'

    def png(self) -> Image.Image:
        """Return the picture in pixels."""
        scale = self.scale * OVERSAMPLING
        large = Image.new("RGBA", (self.width * scale, self.height * scale), (0, 0, 0, 0))
        draw = ImageDraw.Draw(large)
        for shape in self.shapes:
            shape.draw(draw, scale)
        return large.resize((self.width * self.scale, self.height * self.scale), Image.Resampling.LANCZOS)


def arc(center: Point, radius: float, start: float, end: float) -> list[Point]:
    """Points of an arc; angles in degrees, clockwise from three o'clock."""
    steps = max(2, round(abs(end - start) / 6))
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(center[0] + radius * math.cos(angle), center[1] + radius * math.sin(angle)) for angle in angles]


def play(x: float, y: float, size: float) -> Line:
    """Return a triangle that points to the right, its center at a point."""
    points = [(x - size * 0.5, y - size * 0.62), (x - size * 0.5, y + size * 0.62), (x + size * 0.62, y)]
    return Line(points, width=3, closed=True)


def arrow(tail: Point, head: Point, size: float = 9) -> list[Shape]:
    """Return a stroke with a head of two strokes."""
    angle = math.atan2(tail[1] - head[1], tail[0] - head[0])
    ends = [(head[0] + size * math.cos(angle + turn), head[1] + size * math.sin(angle + turn)) for turn in (-0.8, 0.8)]
    return [Line([tail, head]), Line([ends[0], head, ends[1]])]


def turning(center: Point, radius: float, start: float, end: float) -> list[Shape]:
    """Return an arc with an arrow head at its end."""
    way = arc(center, radius, start, end)
    head = way[-1]
    angle = math.radians(end - 90 - 14)
    ends = [(head[0] + 8.5 * math.cos(angle + turn), head[1] + 8.5 * math.sin(angle + turn)) for turn in (-0.75, 0.75)]
    return [Line(way), Line([ends[0], head, ends[1]])]


def action(color: str, *shapes: Shape) -> Icon:
    """Return a square icon for the action menu."""
    return Icon(64, 64, 2, [Box(0, 0, 64, 64, radius=14, color=color), *shapes])


def thumbnail(color: str, *shapes: Shape) -> Icon:
    """Return a frame of 16 to 9."""
    return Icon(128, 72, 4, [Box(0, 0, 128, 72, color=color), *shapes])


def batch_create() -> Icon:
    """Three frames, and a fourth to come."""
    frames = [Box(x, y, x + 18, y + 18, radius=4) for x, y in ((12, 12), (34, 12), (12, 34))]
    return action("#2f6fde", *frames, Line([(43, 35), (43, 51)]), Line([(35, 43), (51, 43)]))


def clear_job_queue() -> Icon:
    """Return a list, crossed out."""
    rows = [Line([(13, 17), (51, 17)]), Line([(13, 32), (32, 32)]), Line([(13, 47), (27, 47)])]
    return action("#c8414b", *rows, Line([(39, 36), (52, 49)]), Line([(52, 36), (39, 49)]))


def client_review_sync() -> Icon:
    """Return what can be played, going round."""
    round_about = [*turning((32, 32), 20, 200, 335), *turning((32, 32), 20, 20, 155)]
    return action("#12858a", *round_about, play(32, 32, 12))


def client_feedback_sync() -> Icon:
    """Words, coming in."""
    bubble: list[Shape] = [
        Box(10, 11, 54, 45, radius=8, width=5),
        Line([(21, 45), (21, 54), (31, 45)], closed=True, width=3),
    ]
    return action("#7a4fc4", *bubble, *arrow((43, 28), (22, 28), 8))


def upload_media() -> Icon:
    """Up, out of a tray."""
    tray = Line([(13, 38), (13, 51), (51, 51), (51, 38)])
    return action("#2f9150", tray, *arrow((32, 40), (32, 14), 12))


def update_rv_component() -> Icon:
    """Return a piece of film."""
    color = "#d0722a"
    holes = [Box(x, y, x + 5, y + 5, radius=1.2, color=color) for x in (14.5, 44.5) for y in (16, 25, 34, 43)]
    window = Box(23, 16, 41, 48, radius=2, color=color)
    return action(color, Box(11, 11, 53, 53, radius=5), *holes, window, play(31.5, 32, 9))


def cut() -> Icon:
    """Scissors."""
    handles = [Line([*arc((x, 54), 7.5, 0, 360)], width=5) for x in (50, 78)]
    return thumbnail("#3a3d42", Line([(55, 47), (79, 13)], width=6), Line([(73, 47), (49, 13)], width=6), *handles)


def on_hold() -> Icon:
    """Return a pause."""
    bars = [Box(x, 18, x + 12, 54, radius=4) for x in (47, 69)]
    return thumbnail("#b3801f", *bars)


DRAWN: Sequence[Callable[[], Icon]] = (
    *(batch_create, clear_job_queue, client_review_sync, client_feedback_sync, upload_media, update_rv_component),
    *(cut, on_hold),
)


def main() -> None:
    """Write all icons."""
    FOLDER.mkdir(exist_ok=True)
    for draw in DRAWN:
        icon = draw()
        (FOLDER / f"{draw.__name__}.svg").write_text(icon.svg(), encoding="utf-8")
        icon.png().save(FOLDER / f"{draw.__name__}.png", optimize=True)


if __name__ == "__main__":
    main()
