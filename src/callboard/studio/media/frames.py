"""The pictures of stills and sequences, in order, each as it is to be shown; read ahead of what encodes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Self

from callboard.studio.media.colour.baked import baked
from callboard.studio.media.colour.choice import Transform
from callboard.studio.media.failures import explained
from callboard.studio.media.probe import Media
from callboard.studio.media.slate import draw_mark
from callboard.studio.media.stills.pixels import read_picture

if TYPE_CHECKING:
    import av
    import numpy as np

#: Pictures that are read before they are wanted: one is ready while the next one is made.
_AHEAD = 2
#: What a movie says of its colours, by words in the display's name, as H.273 numbers primaries and transfers.
_PRIMARIES = (("2020", 9), ("2100", 9), ("p3", 12))
_TRANSFERS = (("pq", 16), ("2084", 16), ("hlg", 18), ("1886", 1), ("2.2", 4), ("2.6", 17))
_BT709, _SRGB = 1, 13


def read_frames(media: Media) -> Iterator[av.VideoFrame]:
    """Yield the pictures of a still, or one for each frame from the first to the last of a sequence.

    A frame that a step leaves out shows the frame before it; a missing one too, or a mark, as *media* says. Only a few
    pictures are held, whatever the length.

    Args:
        media: A still or a sequence.

    Yields:
        Frames in 8-bit RGB without a time, upright, as wide as they are stored, tagged with their colours.

    Raises:
        Refused: A file is damaged, cut off or unlike the first one, or the colour transform cannot be made.
    """
    source = media.source
    shown: np.ndarray | None = None
    held = ""
    with _ReadAhead(media) as pictures:
        for number in range(source.first, source.last + 1):
            file = source.file_at(number) if source.is_sequence else source.real
            if file is None and (media.missing == "mark" or shown is None):
                shown, held = _mark(media, number), ""
            elif file is not None and file != held:
                shown, held = pictures.take(file), file
            assert shown is not None  # the first frame is either there or marked
            yield _as_frame(shown, media.transform)


class _ReadAhead:
    """Reads the files of a sequence in order, on a thread of its own."""

    def __init__(self, media: Media) -> None:
        self._media = media
        source = media.source
        folder = Path(source.real).parent
        self._files = iter([str(folder / frame.name) for frame in source.files] or [source.real])
        self._coming: deque[tuple[str, Future[np.ndarray]]] = deque()
        self._thread = ThreadPoolExecutor(1, "frames")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def take(self, file: str) -> np.ndarray:
        """Return a file's picture, as it is shown; the files come in order."""
        while len(self._coming) <= _AHEAD and (coming := next(self._files, None)) is not None:
            self._coming.append((coming, self._thread.submit(_read, coming, self._media)))
        wanted, picture = self._coming.popleft()
        assert wanted == file  # both follow the sequence
        return picture.result()


def _read(file: str, media: Media) -> np.ndarray:
    assert media.still is not None  # only movies have none
    with explained(file):
        picture = read_picture(file, media.still, is_light=media.transform is not None)
        return picture if media.transform is None else baked(media.transform)(picture)


def _as_frame(picture: np.ndarray, transform: Transform | None) -> av.VideoFrame:
    import av

    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    display = "" if transform is None else transform.display.lower()
    frame.color_primaries = next((number for word, number in _PRIMARIES if word in display), _BT709)
    frame.color_trc = next((number for word, number in _TRANSFERS if word in display), _SRGB)
    return frame


def _mark(media: Media, number: int) -> np.ndarray:
    import numpy as np

    assert media.still is not None  # only movies have none
    width, height = media.still.stored
    if media.still.orientation in {5, 6, 7, 8}:
        width, height = height, width
    return np.asarray(draw_mark(number, Path(media.source.path).name, (width, height)))
