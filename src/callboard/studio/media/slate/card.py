"""Whole pictures: the slate frame before the first one, and the mark in place of a missing frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.studio.media.slate.content import Slate
from callboard.studio.media.slate.text import Letters, draw_text, fit_text, measure, on_one_line, wrap

if TYPE_CHECKING:
    from PIL import Image

_GROUND, _PANEL, _NAME, _VALUE = (24, 26, 30), (40, 44, 50), (150, 160, 172), (236, 238, 240)
_MARK_GROUND, _MARK_STRIPE = (70, 16, 16), (96, 22, 22)
_SMALLEST = 8
#: Lines of a value, and of a note, at most.
_VALUE_LINES, _NOTE_LINES = 2, 4


def draw_slate_frame(slate: Slate, size: tuple[int, int], thumbnail: Image.Image | None) -> Image.Image:
    """Return the frame that stands before the first picture.

    Args:
        slate: What it says.
        size: Width and height.
        thumbnail: A picture to show beside the text.
    """
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.new("RGB", size, _GROUND)
    canvas = ImageDraw.Draw(image)
    margin = min(width, height) // 18
    lines = len(slate.rows) + (_NOTE_LINES if slate.note else 0) + 2
    pitch = max(_SMALLEST + 2, (height - 2 * margin) // max(lines, 10))
    letters = Letters(max(_SMALLEST, min(round(pitch * 0.56), width // 36)), slate.font)
    if thumbnail is not None and width >= 240:
        _paste(image, thumbnail, margin)
    room = (width // 2 if thumbnail is not None and width >= 240 else width) - 2 * margin
    names = max((measure(name, letters) for name, _ in slate.rows), default=0) + letters.size
    top: float = margin + pitch / 2
    for name, value in slate.rows:
        draw_text(canvas, (margin, top), name, letters, _NAME)
        for line in wrap(on_one_line(value), room - names, letters)[:_VALUE_LINES]:
            draw_text(canvas, (margin + names, top), line, letters, _VALUE)
            top += pitch
    top += pitch / 2
    for line in wrap(slate.note, width - 2 * margin, letters)[:_NOTE_LINES]:
        draw_text(canvas, (margin, top), line, letters, _VALUE)
        top += pitch
    return image


def _paste(image: Image.Image, thumbnail: Image.Image, margin: int) -> None:
    """Put the picture on the right half, framed by a panel."""
    small = thumbnail.copy()
    small.thumbnail((image.width // 2 - 2 * margin, image.height // 2))
    left = image.width - margin - small.width
    border = max(1, margin // 8)
    image.paste(_PANEL, (left - border, margin - border, left + small.width + border, margin + small.height + border))
    image.paste(small, (left, margin))


def draw_mark(number: int, name: str, size: tuple[int, int]) -> Image.Image:
    """Return a picture that cannot be mistaken for a rendered one, in place of a missing frame.

    Args:
        number: The frame's.
        name: The sequence's name.
        size: Width and height.
    """
    from PIL import Image, ImageDraw

    width, height = size
    image = Image.new("RGB", size, _MARK_GROUND)
    canvas = ImageDraw.Draw(image)
    step = max(8, height // 8)
    for left in range(-height, width, 2 * step):
        canvas.polygon(
            [(left, height), (left + height, 0), (left + height + step, 0), (left + step, height)], _MARK_STRIPE
        )
    type_size = max(_SMALLEST, min(height // 9, width // 16))
    for place, text in enumerate((f"frame {number} is missing", on_one_line(name))):
        own = Letters(type_size if place == 0 else max(_SMALLEST, type_size // 2))
        shown = fit_text(text, width - 2 * own.size, own)
        start = (width - measure(shown, own)) / 2
        draw_text(canvas, (start, height / 2 + (place - 0.5) * 1.6 * type_size), shown, own, _VALUE)
    return image
