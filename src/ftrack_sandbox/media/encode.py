"""Encoding of media for browsers: H.264 movies and JPEG images, with PyAV and Pillow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftrack_sandbox.media.movies import encode_movie
from ftrack_sandbox.media.stills import read_still
from ftrack_sandbox.media.upright import MAXIMUM_HEIGHT

if TYPE_CHECKING:
    import av
    from PIL import Image

THUMBNAIL_SIZE = 600


@dataclass(frozen=True)
class Encoded:
    """The encoded files.

    Attributes:
        kind: ``movie`` or ``image``.
        meta: What review players want to know, as ``ftr_meta`` holds it.
    """

    kind: str
    meta: dict[str, Any]


def encode(source: Path, review: Path, thumbnail: Path, *, cancelled: Callable[[], bool]) -> Encoded:
    """Make review media and a thumbnail of a movie or an image.

    Args:
        source: The file to read; it is not changed.
        review: Where to write the MP4, or the JPEG if the source is an image.
        thumbnail: Where to write a small JPEG.
        cancelled: Asked between frames whether to give up.

    Raises:
        UnreadableMediaError: The source is not media.
        CancelledError: ``cancelled`` said so.
    """
    picture = read_still(source)
    if picture is None:

        def save(first: av.VideoFrame) -> None:
            _save_thumbnail(first.to_image(), thumbnail)  # type: ignore[no-untyped-call]  # PyAV does not annotate it

        return Encoded("movie", encode_movie(source, review, save, cancelled))
    picture.thumbnail((MAXIMUM_HEIGHT * 16 // 9, MAXIMUM_HEIGHT))
    picture.save(review, format="JPEG", quality=90)
    meta = {"format": "image", "width": picture.width, "height": picture.height}
    _save_thumbnail(picture, thumbnail)
    return Encoded("image", meta)


def _save_thumbnail(picture: Image.Image, path: Path) -> None:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    small.convert("RGB").save(path, format="JPEG", quality=85)
