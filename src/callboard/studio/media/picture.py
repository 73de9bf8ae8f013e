"""From a decoded frame to the picture that is encoded: upright, square pixels, even sides, 8-bit 4:2:0."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from callboard.errors import Refused
from callboard.studio.media.probe import Media

if TYPE_CHECKING:
    import av
    from PIL import Image

#: Pixels across that an encoder takes.
_WIDEST = 16384
#: How colours may be made of what is stored, as H.273 numbers it: what FFmpeg can turn into others, and what it cannot.
_UNSAID = 2
_MATRICES = {0, 1, _UNSAID, 4, 5, 6, 7, 9}
_UNKNOWN = {
    8: "YCgCo",
    10: "BT.2020 with constant luminance",
    11: "SMPTE ST 2085",
    12: "a matrix of its own primaries",
    13: "a matrix of its own primaries with constant luminance",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
#: What brings a picture upright: filters with their arguments, by its rotation and whether it is mirrored.
_TURNS: dict[tuple[int, bool], list[tuple[str, str]]] = {
    (0, False): [],
    (90, False): [("transpose", "cclock")],
    (180, False): [("hflip", ""), ("vflip", "")],
    (270, False): [("transpose", "clock")],
    (0, True): [("vflip", "")],
    (90, True): [("transpose", "clock_flip")],
    (180, True): [("hflip", "")],
    (270, True): [("transpose", "cclock_flip")],
}


def fitting(width: int, height: int, lines: int) -> tuple[int, int]:
    """Return the largest size of the same shape with at most *lines* lines and even sides; never enlarged."""
    scale = min(Fraction(1), Fraction(lines, height), Fraction(_WIDEST, width))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def as_image(picture: av.VideoFrame) -> Image.Image:
    """Return the picture as Pillow has it."""
    image: Image.Image = picture.to_image()  # type: ignore[no-untyped-call]  # PyAV does not annotate it
    return image


class Shaper:
    """Turns, scales and converts frames of one source.

    A frame that is right already comes back as it is, so that a plain movie costs nothing.

    Args:
        media: Where the frames come from.
        size: Width and height to make.
    """

    def __init__(self, media: Media, size: tuple[int, int]) -> None:
        from av.video.reformatter import VideoReformatter

        self._media = media
        self._size = size
        self._stored: tuple[int, int] | None = None
        self._reformatter = VideoReformatter()
        self._turn: _Turn | None = None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the picture of a frame.

        Raises:
            Refused: The frame has another size than the first one.
        """
        self._stored = self._stored or (frame.width, frame.height)
        if (frame.width, frame.height) != self._stored:
            raise Refused(
                f"{self._media.source.path} changes its size from {self._stored[0]}x{self._stored[1]} to "
                f"{frame.width}x{frame.height} partway through."
            )
        if steps := _TURNS[self._media.rotation, self._media.mirrored]:
            self._turn = self._turn or _Turn(frame, steps)
            frame = self._turn(frame)
        return self._reformat(frame)

    def _reformat(self, frame: av.VideoFrame) -> av.VideoFrame:
        from av.video.reformatter import ColorRange, Colorspace

        if frame.colorspace in _UNKNOWN:
            raise Refused(
                f"{self._media.source.path} stores its colours as {_UNKNOWN[frame.colorspace]}, which cannot be shown; "
                f"save it as ProRes or H.264 in Rec. 709."
            )
        if frame.colorspace not in _MATRICES:
            frame.colorspace = _UNSAID
        if (
            frame.format.name == "yuv420p"
            and (frame.width, frame.height) == self._size
            and frame.color_range != ColorRange.JPEG
        ):
            return frame
        # A picture without luma has no matrix yet; HD's is what players assume.
        is_rgb = frame.format.is_rgb or frame.format.name.startswith(("gray", "ya", "mono", "pal"))
        return self._reformatter.reformat(
            frame,
            *self._size,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709 if is_rgb else None,
            src_color_range=ColorRange.JPEG if is_rgb else None,
            dst_color_range=ColorRange.MPEG,
        )


class _Turn:
    """Turns frames by FFmpeg's filters."""

    def __init__(self, frame: av.VideoFrame, steps: Sequence[tuple[str, str]]) -> None:
        from av.filter import Graph

        self._graph = Graph()
        source = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        )
        filters = [self._graph.add(name, argument or None) for name, argument in steps]
        nodes = [source, *filters, self._graph.add("buffersink")]
        for node, following in pairwise(nodes):
            node.link_to(following)
        self._graph.configure()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._graph.vpush(frame)
        return self._graph.vpull()
