"""Interlaced pictures: every other line was taken later, which shows as combs where something moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.filter import Graph

#: Makes one picture of two fields, of each that is marked as interlaced, in the order that it is marked with.
_FILTER = ("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
#: Lines and pixels that the filter needs, also of colour, which may have half as many.
_FEWEST = 8


class Deinterlacer:
    """Makes whole pictures of interlaced ones; others, in mixed movies too, come through untouched.

    Attributes:
        count: Pictures that were interlaced.
    """

    def __init__(self) -> None:
        self.count = 0
        self._graph: Graph | None = None
        self._shape: tuple[int, int, str] | None = None

    def apply(self, frames: Iterator[av.VideoFrame | av.AudioFrame]) -> Iterator[av.VideoFrame | av.AudioFrame]:
        """Yield decoded frames; from the first interlaced picture on, each picture waits for the one after it."""
        import av

        for frame in frames:
            if not isinstance(frame, av.VideoFrame):
                yield frame
                continue
            shape = frame.width, frame.height, frame.format.name
            is_woven = frame.interlaced_frame and min(frame.width, frame.height) >= _FEWEST
            self.count += is_woven
            if self._graph is not None and shape != self._shape:
                yield from self._end()
            if self._graph is None and is_woven:
                self._graph, self._shape = _graph(frame), shape
            if self._graph is None:
                yield frame
            else:
                self._graph.vpush(frame)
                yield from _ready(self._graph)
        yield from self._end()

    def _end(self) -> Iterator[av.VideoFrame]:
        if self._graph is not None:
            self._graph.vpush(None)
            yield from _ready(self._graph)
            self._graph = None


def _graph(frame: av.VideoFrame) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(source, graph.add(*_FILTER), graph.add("buffersink")).configure()
    return graph


def _ready(graph: Graph) -> Iterator[av.VideoFrame]:
    import av

    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
