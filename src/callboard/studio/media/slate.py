"""The slate: a bar along the foot of the picture that says what one looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    import numpy as np
    from PIL import ImageFont

#: Luma of the bar and of its text, in video range.
_BAR, _TEXT = 24, 225
_NEUTRAL = 128
#: Type of fewer pixels cannot be read.
_SMALLEST = 8


@dataclass(frozen=True)
class Slate:
    """What the bar says.

    Attributes:
        line: ``project | shot | task | version | artist``.
        date: The day, as it is to be read.
    """

    line: str
    date: str


class SlateBurner:
    """Writes the bar onto 4:2:0 pictures of one size, touching nothing but the bar.

    Args:
        slate: What it says.
        width: Width of the pictures, even.
        height: Height of the pictures, even.
        last_frame: The number of the last frame, said beside the current one; None for a still, which has no numbers.
    """

    def __init__(self, slate: Slate, width: int, height: int, last_frame: int | None = None) -> None:
        self._last_frame = last_frame
        self._bar = min(height, max(12, height // 24 // 2 * 2))
        self._width = width
        self._size = round(self._bar * 0.6)
        widest = self._numbers(last_frame or 0)
        self._number_width = min(width // 2 // 2 * 2, (widest.shape[1] + self._size) // 2 * 2)
        self._still = self._line(f"{slate.line}   {slate.date}", width - self._number_width)

    def burn(self, picture: av.VideoFrame, number: int) -> None:
        """Write the bar with a frame number onto a ``yuv420p`` picture, in place."""
        import numpy as np

        # The decoder may still need the picture for the frames to come.
        picture.make_writable()
        luma, *chroma = (
            np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[:, : plane.width]
            for plane in picture.planes
        )
        foot = luma[picture.height - self._bar : picture.height]
        foot[:, : self._still.shape[1]] = self._still
        foot[:, self._still.shape[1] :] = _BAR
        digits = self._numbers(number)[:, -self._number_width :]
        foot[:, self._width - digits.shape[1] :] = digits
        for plane in chroma:
            plane[(picture.height - self._bar) // 2 : picture.height // 2] = _NEUTRAL

    def _numbers(self, number: int) -> np.ndarray:
        text = "" if self._last_frame is None else f"{number} / {self._last_frame}"
        return _rendered(text, self._bar, self._size)

    def _line(self, text: str, room: int) -> np.ndarray:
        """Return the text in the largest type that fits, cut off where even the smallest does not."""
        size = self._size
        while size > _SMALLEST and _rendered(text, self._bar, size).shape[1] > room:
            size -= 1
        return _rendered(text, self._bar, size)[:, :room]


def _rendered(text: str, height: int, size: int) -> np.ndarray:
    """Return the text on a bar of its own width, as luma."""
    import numpy as np
    from PIL import Image, ImageDraw

    font = _font(size)
    margin = size // 2
    width = round(font.getlength(text)) + 2 * margin
    image = Image.new("L", (width, height), _BAR)
    ImageDraw.Draw(image).text((margin, height / 2), text, fill=_TEXT, font=font, anchor="lm")
    return np.asarray(image)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels carry FreeType
    return font
