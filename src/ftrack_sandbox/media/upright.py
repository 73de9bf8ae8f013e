"""Frames of movies as players show them: upright, of square pixels, without combs, at the size that is encoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av
    from av.filter import Graph

MAXIMUM_HEIGHT, _MAXIMUM_WIDTH = 1080, 16_384
#: Makes one picture of two fields, of each that is marked as interlaced; it needs so many lines, also of colour.
_WHOLE, _FEWEST_LINES = ("bwdif", "mode=send_frame:deint=interlaced"), 8
#: Filters that bring a picture upright, by where its matrix sends the directions to the right and down.
_TURNS: dict[tuple[int, int, int, int], list[tuple[str, str | None]]] = {
    (-1, 0, 0, 1): [("hflip", None)],
    (1, 0, 0, -1): [("vflip", None)],
    (-1, 0, 0, -1): [("hflip", None), ("vflip", None)],
    (0, 1, -1, 0): [("transpose", "clock")],
    (0, -1, 1, 0): [("transpose", "cclock")],
    (0, 1, 1, 0): [("transpose", "cclock_flip")],
    (0, -1, -1, 0): [("transpose", "clock_flip")],
}


class Shaper:
    """Shapes the frames of one movie.

    Args:
        pictures: The stream that the frames come from.
    """

    def __init__(self, pictures: av.VideoStream) -> None:
        self._aspect = pictures.sample_aspect_ratio or Fraction(1)
        # FFmpeg marks Adam7's way of storing a whole picture as if it were fields.
        self._is_png = pictures.codec_context.name == "png"
        self._size: tuple[int, int] | None = None
        self._graph: Graph | None = None
        self._key: tuple[Any, ...] = ()
        self._is_woven = False

    def shape(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Yield the pictures that are ready, as the encoder takes them; None: those that are still to come."""
        if frame is None:
            yield from self._end()
            return
        turns = _TURNS.get(_directions(frame), [])
        if self._size is None:
            shown = max(1, round(frame.width * self._aspect)), frame.height
            self._size = _fitting(*(shown[::-1] if turns and turns[0][0] == "transpose" else shown))
        has_fields = frame.interlaced_frame and not self._is_png
        self._is_woven |= has_fields and min(frame.width, frame.height) >= _FEWEST_LINES
        filters = [*([_WHOLE] if self._is_woven else []), *turns]
        key = frame.width, frame.height, frame.format.name, tuple(filters)
        if key != self._key:
            yield from self._end()
            self._key, self._graph = key, _graph(frame, filters) if filters else None
        if self._graph is None:
            yield self._scaled(frame)
        else:
            self._graph.vpush(frame)
            yield from self._ready()

    def _end(self) -> Iterator[av.VideoFrame]:
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        import av

        assert self._graph is not None
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            yield self._scaled(frame)

    def _scaled(self, frame: av.VideoFrame) -> av.VideoFrame:
        assert self._size is not None
        return frame.reformat(width=self._size[0], height=self._size[1], format="yuv420p")


def _graph(frame: av.VideoFrame, filters: list[tuple[str, str | None]]) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(source, *(graph.add(*each) for each in filters), graph.add("buffersink")).configure()
    return graph


def _directions(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """Return where the display matrix sends the directions to the right and down, as signs."""
    matrix: Any = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return (1, 0, 0, 1)
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    lying = abs(b) + abs(c) > abs(a) + abs(d)
    x, y, z, w = (0, b, c, 0) if lying else (a, 0, 0, d)
    return tuple((each > 0) - (each < 0) for each in (x, y, z, w))  # type: ignore[return-value]  # four of them


def _fitting(width: int, height: int) -> tuple[int, int]:
    """Return the size at which to encode: at most 1080 lines, both sides even."""
    scale = min(1.0, MAXIMUM_HEIGHT / height, _MAXIMUM_WIDTH / width)
    return max(2, int(width * scale / 2) * 2), max(2, int(height * scale / 2) * 2)
