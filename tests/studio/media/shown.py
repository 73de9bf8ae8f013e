"""What is seen and heard of an encoded movie."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from callboard.studio.media import Reviewable, Slate, make_reviewable, probe


def encoded(path: Path, folder: Path, slate: Slate | None = None) -> Reviewable:
    """Encode a file into a new folder."""
    folder.mkdir()
    return make_reviewable(probe(str(path), [str(path.parent)]), folder, slate=slate)


def pictures(file: Path) -> list[av.VideoFrame]:
    """Return the pictures of a movie, in order."""
    with av.open(str(file)) as container:
        return list(container.decode(container.streams.video[0]))


def heard(file: Path) -> tuple[float, float]:
    """Return the seconds, from the first picture on, between which there is a tone."""
    begins = pictures(file)[0].time or 0.0
    with av.open(str(file)) as container:
        loud = [
            (frame.time or 0.0) - begins + int(index) / frame.sample_rate
            for frame in container.decode(container.streams.audio[0])
            for index in np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.1)
        ]
    return loud[0], loud[-1]
