"""Text in pixels: letters of any script, on one line, shortened where there is no room."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from callboard.studio.media.slate.fonts import font_for, load_font

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

_DOTS = "…"
#: Characters of a part of a line that are kept at least.
_SHORTEST = 5
_BETWEEN = " | "
#: Characters that are not seen and yet belong to a word: they join letters.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Letters:
    """The typesetting of a text.

    Attributes:
        size: Of the letters, in pixels.
        font: A font's file that comes before the others; empty: none.
    """

    size: int
    font: str = ""


def on_one_line(text: str) -> str:
    """Return a text with line breaks and what cannot be drawn as single spaces, and its letters composed."""
    spoken = (
        character if character in _JOINERS or unicodedata.category(character)[0] not in "CZ" else " "
        for character in unicodedata.normalize("NFC", text)
    )
    return " ".join("".join(spoken).split())


@lru_cache(maxsize=4096)
def measure(text: str, letters: Letters) -> float:
    """Return the width of a text in pixels."""
    return sum(face.getlength(run) for face, run in _runs(text, letters))


def draw_text(
    canvas: ImageDraw.ImageDraw, place: tuple[float, float], text: str, letters: Letters, fill: int | tuple[int, ...]
) -> None:
    """Draw a text from the left at the height of its middle.

    Args:
        canvas: What is drawn on.
        place: Pixels from the left and from the top: of the text's left end, and of the middle of its capitals.
        text: One line.
        letters: How it is set.
        fill: The colour.
    """
    left, middle = place
    baseline = middle + letters.size * 0.36
    for face, run in _runs(text, letters):
        canvas.text((left, baseline), run, fill=fill, font=face, anchor="ls")
        left += face.getlength(run)


def _runs(text: str, letters: Letters) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    """Yield the parts of a text, each with the one font that has all of it."""
    for file, run in groupby(_with_fonts(text, letters.font), key=lambda each: each[1]):
        yield load_font(file, letters.size), "".join(character for character, _ in run)


def _with_fonts(text: str, font: str) -> Iterator[tuple[str, str]]:
    """Yield each character with its font; marks and spaces stay with the letter before them."""
    file = ""
    for character in text:
        stays = file and (character.isspace() or character in _JOINERS or unicodedata.combining(character))
        file = file if stays else font_for(character, font)
        yield character, file


def fit_text(text: str, room: float, letters: Letters) -> str:
    """Return a text that fits: the longest of its parts, between bars, are shortened in their middle.

    Args:
        text: One line, such as ``project | shot | artist``.
        room: Pixels that it may be wide.
        letters: How it is set.
    """
    parts = text.split(_BETWEEN)
    while measure(_BETWEEN.join(parts), letters) > room:
        longest = max(range(len(parts)), key=lambda place: len(parts[place]))
        if len(parts[longest]) <= _SHORTEST:
            return _shorten_whole(_BETWEEN.join(parts), room, letters)
        parts[longest] = shorten(parts[longest], max(_SHORTEST, len(parts[longest]) * 15 // 16 - 1))
    return _BETWEEN.join(parts)


def _shorten_whole(text: str, room: float, letters: Letters) -> str:
    for length in range(len(text) - 1, 0, -1):
        if measure(shorten(text, length), letters) <= room:
            return shorten(text, length)
    return ""


def shorten(text: str, length: int) -> str:
    """Return a text of at most so many characters: its beginning and its end, with dots between them."""
    if len(text) <= length:
        return text
    head = text[: length // 2].rstrip()
    tail = text[len(text) - (length - 1 - length // 2) :].lstrip() if length > 2 else ""
    while tail and unicodedata.combining(tail[0]):
        tail = tail[1:]
    return f"{head.rstrip(_DOTS)}{_DOTS}{tail.lstrip(_DOTS)}"


def wrap(text: str, room: float, letters: Letters) -> list[str]:
    """Return a text in lines that fit, broken between words, and within a word that is longer than a line."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in on_one_line(paragraph).split():
            joined = f"{line} {word}".strip()
            if measure(joined, letters) <= room:
                line = joined
                continue
            if line:
                lines.append(line)
            line = fit_text(word, room, letters)
        lines.append(line)
    return lines


def draw_luma(text: str, letters: Letters, height: int, shades: tuple[int, int]) -> Image.Image:
    """Return a text on a bar of its own width.

    Args:
        text: One line.
        letters: How it is set.
        height: Of the bar.
        shades: The bar's and the text's, 0 to 255.
    """
    from PIL import Image, ImageDraw

    margin = letters.size // 2
    image = Image.new("L", (max(1, round(measure(text, letters))) + 2 * margin, height), shades[0])
    draw_text(ImageDraw.Draw(image), (margin, height / 2), text, letters, shades[1])
    return image
