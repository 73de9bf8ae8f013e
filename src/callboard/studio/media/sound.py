"""The sound beside the picture: it keeps its distance to the first picture, whatever the source begins with."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.audio.resampler import AudioResampler

#: Samples per second that AAC knows, up to what reviewers hear.
_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
#: Seconds by which a frame's time may differ from where the one before ended; more is a gap, or an overlap.
_JITTER = Fraction(1, 10)
#: Seconds of a gap, beyond which a time stamp is broken.
_LONGEST_GAP = 3600
#: Frames of sound that are kept while no picture has come.
_KEPT = 4096


class SoundTrack:
    """The sound track of a movie that is being written; nothing of it is kept but what comes before the first picture.

    Sound from before the first picture is cut off, gaps become silence.

    Args:
        stream: The encoder's stream.
        target: The movie.
        delay: Seconds that sound and picture begin later: the slate frame's.
    """

    def __init__(self, stream: av.AudioStream, target: av.container.OutputContainer, delay: Fraction) -> None:
        self._stream, self._target, self._delay = stream, target, delay
        self._rate, self._layout = stream.rate, stream.layout
        self._resampler: AudioResampler | None = None
        self._kind: tuple[str, str, int] | None = None
        self._start: Fraction | None = None
        self._early: deque[av.AudioFrame] = deque(maxlen=_KEPT)
        self._written = 0

    def begin(self, start: Fraction) -> None:
        """Take the time of the first picture, in the source's seconds."""
        self._start = start
        while self._early:
            self.add(self._early.popleft())

    def add(self, frame: av.AudioFrame) -> None:
        """Take the next decoded frame."""
        if self._start is None:
            self._early.append(frame)
            return
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind != self._kind:
            self._change(kind)
        at = self._time_of(frame)
        frame.pts = None
        self._resample(frame, at)

    def _change(self, kind: tuple[str, str, int]) -> None:
        """Take samples of another kind from here on: tracks may change theirs partway."""
        from av.audio.resampler import AudioResampler

        self._resample(None, None)
        self._resampler = AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        self._kind = kind

    def _resample(self, frame: av.AudioFrame | None, at: Fraction | None) -> None:
        if self._resampler is not None:
            for each in self._resampler.resample(frame):
                self._place(each.to_ndarray(), at)
                at = None

    def _time_of(self, frame: av.AudioFrame) -> Fraction | None:
        """Return when a frame is heard, from the first picture on; None where the source does not say."""
        if frame.pts is None or frame.time_base is None or self._start is None:
            return None
        return Fraction(frame.pts * frame.time_base) - self._start + self._delay

    def _place(self, samples: np.ndarray, at: Fraction | None) -> None:
        """Write samples where they belong: later after silence, or without what comes too early."""
        import numpy as np

        place = self._written if at is None else round(at * self._rate)
        away = place - self._written
        if abs(away) <= (_JITTER * self._rate if self._written else 0) or away > _LONGEST_GAP * self._rate:
            away = 0
        while away > 0:
            silence = min(away, self._rate)
            self._write(np.zeros((samples.shape[0], silence), np.float32))
            away -= silence
        self._write(samples[:, -away:] if away else samples)

    def _write(self, samples: np.ndarray) -> None:
        import av
        import numpy as np

        if not samples.shape[1]:
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=self._layout.name)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
        self._written += samples.shape[1]
        self._target.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Empty resampler and encoder."""
        self._resample(None, None)
        if self._written:
            self._target.mux(self._stream.encode(None))


def rate_for(rate: int) -> int:
    """Return samples per second for a source's, which is 0 where its header does not say."""
    return next((each for each in _RATES if 0 < rate <= each), _RATES[-1])
