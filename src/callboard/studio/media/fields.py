"""Interlaced pictures: every other line was taken later, which shows as combs where something moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import av
    from av.filter import Graph

#: The word that counts on which pictures are interlaced: each picture's, or the file's with its earlier field, or none.
Fields = Literal["each", "top", "bottom", ""]
#: Makes one picture of two fields.
_FILTERS = {
    "each": "mode=send_frame:parity=auto:deint=interlaced",
    "top": "mode=send_frame:parity=tff:deint=all",
    "bottom": "mode=send_frame:parity=bff:deint=all",
}
#: Decoders that do not know of fields, or mean something else, as PNG does: the file's own word counts.
_SILENT = {"hap", "png", "qtrle", "r10k", "r210", "v308", "v408", "v410"}
#: FFmpeg's numbers for the field that is shown first, as a file says it.
_ORDERS: dict[int, Fields] = {2: "top", 3: "bottom", 4: "bottom", 5: "top"}
#: Lines and pixels that the filter needs, also of colour, which may have half as many.
_FEWEST = 8


def fields_of(track: av.VideoStream) -> Fields:
    """Return whose word counts on which pictures of a track are interlaced."""
    if track.codec_context.name not in _SILENT:
        return "each"
    return _ORDERS.get(track.codec_context.field_order, "")


def is_woven(frame: av.VideoFrame, fields: Fields) -> bool:
    """Return whether a picture is made of two fields."""
    return fields in {"top", "bottom"} or (fields == "each" and frame.interlaced_frame)


class Deinterlacer:
    """Makes whole pictures of interlaced ones; others, in mixed movies too, come through untouched.

    Attributes:
        count: Pictures that were interlaced.

    Args:
        fields: Whose word counts on which these are.
    """

    def __init__(self, fields: Fields) -> None:
        self.count = 0
        self._fields = fields
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
            has_fields = is_woven(frame, self._fields) and min(frame.width, frame.height) >= _FEWEST
            self.count += has_fields
            if self._graph is not None and shape != self._shape:
                yield from self._end()
            if self._graph is None and has_fields:
                self._graph, self._shape = _graph(frame, _FILTERS[self._fields]), shape
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


def _graph(frame: av.VideoFrame, how: str) -> Graph:
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    graph.link_nodes(source, graph.add("bwdif", how), graph.add("buffersink")).configure()
    return graph


def _ready(graph: Graph) -> Iterator[av.VideoFrame]:
    import av

    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
