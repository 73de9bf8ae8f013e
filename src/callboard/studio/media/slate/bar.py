"""The bar along the foot of the picture that says what one looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.studio.media.slate.content import Slate
from callboard.studio.media.slate.text import Letters, draw_luma, fit_text, measure, on_one_line

if TYPE_CHECKING:
    import av
    import numpy as np

#: Luma of the bar and of its text, in video range.
_BAR, _TEXT = 24, 225
_NEUTRAL = 128
#: Type of fewer pixels cannot be read.
_SMALLEST = 8
#: The bar is this part of the height, and of the width where that is more: wide pictures are shown smaller.
_OF_HEIGHT, _OF_WIDTH = 20, 100


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
        self._font = slate.font
        wanted = min(max(height // _OF_HEIGHT, width // _OF_WIDTH), height // 4)
        self._bar = min(height, max(12, wanted // 2 * 2))
        self._width = width
        self._size = max(_SMALLEST, round(self._bar * 0.6))
        self._number_width = self._room_for_numbers()
        room = width - self._number_width
        self._still = self._line(on_one_line(f"{slate.line} | {slate.date}"), room)[:, :room]

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
        digits = self._numbers(number)[:, -self._number_width :] if self._number_width else self._numbers(number)[:, :0]
        foot[:, self._width - digits.shape[1] :] = digits
        for plane in chroma:
            plane[(picture.height - self._bar) // 2 : picture.height // 2] = _NEUTRAL

    def _room_for_numbers(self) -> int:
        """Return the width of the widest number, but no more than three fifths of the picture's."""
        if self._last_frame is None:
            return 0
        while self._size > _SMALLEST and self._numbers(self._last_frame).shape[1] > self._width // 2:
            self._size -= 1
        wanted = self._numbers(self._last_frame).shape[1] + self._size // 2
        return int(min(self._width * 3 // 5, wanted)) // 2 * 2

    def _numbers(self, number: int) -> np.ndarray:
        with_last = f"{number} / {self._last_frame}"
        # There is no room for two numbers on a small picture.
        fits = measure(with_last, Letters(self._size, self._font)) + self._size <= self._width * 3 // 5
        return self._drawn(with_last if fits else str(number), self._size)

    def _line(self, text: str, room: int) -> np.ndarray:
        """Return the text in the largest type that fits, shortened where even small type does not."""
        size, smallest = self._size, max(_SMALLEST, round(self._size * 0.5))
        while size > smallest and measure(text, Letters(size, self._font)) + size > room:
            size -= 1
        return self._drawn(fit_text(text, room - size, Letters(size, self._font)), size)

    def _drawn(self, text: str, size: int) -> np.ndarray:
        import numpy as np

        return np.asarray(draw_luma(text, Letters(size, self._font), self._bar, (_BAR, _TEXT)))
