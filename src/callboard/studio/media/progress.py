"""The progress of reading a movie, and what is missing at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from callboard.studio.media.tracks import declared_end

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

#: Seconds that a movie may end before the length it declares, when its rate varies, or not all that is in it is read:
#: tracks rarely end together.
_SHORTFALL = Fraction(1, 4)
#: Seconds by which the steps of a constant rate differ where times are whole milliseconds.
_ROUNDING = Fraction(2, 1000)
#: The part of a movie's steps that are alike when its rate is constant.
_STEADY = Fraction(9, 10)


class Progress:
    """The progress of reading a movie.

    Attributes:
        count: Pictures so far.
        is_damaged: Whether a part was read that is known to be wrong.
    """

    def __init__(self) -> None:
        self.count = 0
        self.is_damaged = False
        self._reached: dict[int, Fraction] = {}
        self._shown: Fraction | None = None
        self._steps: Counter[Fraction] = Counter()

    def add(self, packet: av.Packet[Any]) -> None:
        """Take note of when what a packet holds is over, and whether it is whole."""
        self.is_damaged = packet.is_corrupt
        at = packet.dts if packet.pts is None else packet.pts
        if at is not None and packet.time_base is not None:
            end = Fraction((at + (packet.duration or 0)) * packet.time_base)
            self._reached[packet.stream.index] = max(self._reached.get(packet.stream.index, end), end)

    def show(self, frame: av.VideoFrame) -> None:
        """Take note of how long the picture before was shown."""
        self.count += 1
        if frame.pts is not None and frame.time_base is not None:
            at = Fraction(frame.pts * frame.time_base)
            if self._shown is not None:
                self._steps[at - self._shown] += 1
            self._shown = at

    def missing(self, container: InputContainer, streams: Sequence[av.VideoStream | av.AudioStream]) -> Fraction:
        """Return seconds that are missing at the end of what was read; 0 where it may be meant."""
        usual = self._usual_step()
        # Not every format says how long the last picture is shown; at a constant rate it is as long as any other.
        step = usual * Fraction(3, 2) if usual is not None else _SHORTFALL
        ends = [declared_end(stream) for stream in streams]
        if None not in ends:
            found = [
                missing
                for stream, end in zip(streams, ends, strict=True)
                if end is not None
                and (missing := end - self._reached.get(stream.index, Fraction(0)))
                > (step if stream.type == "video" else _SHORTFALL)
            ]
            return max(found, default=Fraction(0))
        end = Fraction((container.start_time or 0) + (container.duration or 0), 1_000_000)
        missing = end - max(self._reached.values(), default=Fraction(0))
        allowed = step if len(streams) == len(container.streams) else _SHORTFALL
        return missing if missing > allowed else Fraction(0)

    def _usual_step(self) -> Fraction | None:
        """Return the seconds from picture to picture, or None where they vary; a cut-off end may lack some pictures."""
        if not self._steps:
            return None
        [(usual, _)] = self._steps.most_common(1)
        like_it = sum(count for step, count in self._steps.items() if abs(step - usual) <= _ROUNDING)
        return usual if like_it >= _STEADY * self._steps.total() else None
