"""The sound of an encoded movie, at its distance to the first picture."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.filter import Graph

#: Frames of sound that are kept while no picture has come; what comes before the first picture is not heard anyway.
_KEPT = 4096
#: Samples per second that AAC knows.
_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


class Voice:
    """Encodes sound in stereo: later after silence, or without what comes before the first picture.

    Args:
        sound: The source's stream.
        target: The movie that is written.
    """

    def __init__(self, sound: av.AudioStream, target: av.container.OutputContainer) -> None:
        rate = next((each for each in _RATES if 0 < sound.rate <= each), _RATES[-1])
        self._target = target
        self._stream = target.add_stream("aac", rate=rate, layout="stereo")
        self._early: deque[av.AudioFrame] = deque(maxlen=_KEPT)
        self._begin: Fraction | None = None
        self._graph: Graph | None = None
        self._kind: tuple[str, str, int] | None = None

    def begin(self, at: Fraction) -> None:
        """Take the time of the first picture, in the source's seconds."""
        self._begin = at
        while self._early:
            self.add(self._early.popleft())

    def add(self, frame: av.AudioFrame) -> None:
        """Take the next frame of sound; what is of another kind than the first one is left out."""
        if self._begin is None:
            self._early.append(frame)
            return
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if self._graph is None:
            self._kind, self._graph = kind, self._filters(frame)
        if kind != self._kind:
            return
        if frame.pts is not None and frame.time_base is not None:
            frame.pts = round((frame.pts * frame.time_base - self._begin) * frame.sample_rate)
            frame.time_base = Fraction(1, frame.sample_rate)
        self._graph.push(frame)
        self._encode_ready()

    def finish(self) -> None:
        """Encode the rest."""
        if self._graph is None:
            return
        self._graph.push(None)
        self._encode_ready()
        self._target.mux(self._stream.encode(None))

    def _filters(self, frame: av.AudioFrame) -> Graph:
        """Return the filters that fill gaps with silence, and cut off or fill up the beginning."""
        from av.filter import Graph

        graph, rate = Graph(), frame.sample_rate
        source = graph.add_abuffer(
            sample_rate=rate, format=frame.format.name, layout=frame.layout.name, time_base=Fraction(1, rate)
        )
        placed = graph.add("aresample", f"{self._stream.rate}:async=1:first_pts=0")
        stereo = graph.add("aformat", f"sample_fmts=fltp:channel_layouts=stereo:sample_rates={self._stream.rate}")
        graph.link_nodes(source, placed, stereo, graph.add("abuffersink")).configure()
        return graph

    def _encode_ready(self) -> None:
        import av

        assert self._graph is not None
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, av.AudioFrame)
            self._target.mux(self._stream.encode(frame))
