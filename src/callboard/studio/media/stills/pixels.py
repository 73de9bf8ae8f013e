"""The pixels of a still: what is in the display window, upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callboard.errors import Refused
from callboard.studio.media.stills.files import explain, opened
from callboard.studio.media.stills.header import Still, check_size

if TYPE_CHECKING:
    import numpy as np
    import OpenImageIO


def read_picture(path: str, still: Still, *, is_light: bool) -> np.ndarray:
    """Return the picture of a still (height, width, 3), upright; pixels are as wide as they are stored.

    The picture is the display window: what the file stores outside of it is left out, what it does not store is black.

    Args:
        path: The file, or a frame of the sequence that *still* is of.
        still: What was found in the header; of the sequence's first frame.
        is_light: Whether values are needed as they are, as halfs; else in 8 bits.

    Raises:
        Refused: The file is damaged or cut off, or is not like the first frame.
    """
    with opened(path) as image:
        spec = image.spec(still.layer.part, 0)
        channels = list(spec.channelnames)
        if not set(still.layer.channels) <= set(channels):
            raise Refused(f"{path} has no layer {still.layer.name}, unlike the first frame.")
        size = check_size(path, spec)
        if size != still.stored:
            first = f"{still.stored[0]}x{still.stored[1]}"
            raise Refused(f"{path} changes its size from {first} to {size[0]}x{size[1]} partway through.")
        places = [channels.index(name) for name in still.layer.channels]
        stored = _read(path, image, still, places, "half" if is_light else "uint8")
        return _upright(_crop_to_window(stored, spec, size), still.orientation)


def _read(path: str, image: OpenImageIO.ImageInput, still: Still, places: list[int], kind: str) -> np.ndarray:
    """Return what is stored of some channels (lines, pixels, 3)."""
    import numpy as np

    first, last = min(places), max(places) + 1
    part = still.layer.part
    is_deep = image.spec(part, 0).deep
    pixels = _flatten(path, still, kind) if is_deep else image.read_image(part, 0, first, last, kind)
    if pixels is None or image.has_error:
        raise Refused(explain(path, image.geterror()))
    order = [place - first for place in places]
    if order != list(range(3)):
        pixels = np.ascontiguousarray(pixels[..., order if len(order) == 3 else order * 3])
    return pixels


def _flatten(path: str, still: Still, kind: str) -> np.ndarray | None:
    """Return the channels of a deep picture from the layer's first to its last, what lies behind merged into one."""
    import OpenImageIO

    flat = OpenImageIO.ImageBufAlgo.flatten(OpenImageIO.ImageBuf(path, still.layer.part, 0))
    if flat.has_error:
        raise Refused(f"{path} holds deep pixels that cannot be merged into a picture; upload a flattened one.")
    names = list(flat.spec().channelnames)
    places = [names.index(name) for name in still.layer.channels]
    region = flat.roi
    region.chbegin, region.chend = min(places), max(places) + 1
    return flat.get_pixels(kind, region)


def _crop_to_window(stored: np.ndarray, spec: OpenImageIO.ImageSpec, size: tuple[int, int]) -> np.ndarray:
    """Return what lies in the display window, black where nothing does."""
    import numpy as np

    width, height = size
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    if (left, top, spec.width, spec.height) == (0, 0, width, height):
        return stored
    picture = np.zeros((height, width, 3), stored.dtype)
    columns = slice(max(left, 0), max(0, min(left + spec.width, width)))
    lines = slice(max(top, 0), max(0, min(top + spec.height, height)))
    if columns.start < columns.stop and lines.start < lines.stop:
        picture[lines, columns] = stored[
            lines.start - top : lines.stop - top, columns.start - left : columns.stop - left
        ]
    return picture


def _upright(picture: np.ndarray, orientation: int) -> np.ndarray:
    """Return a picture turned and mirrored as Exif's numbers mean it."""
    import numpy as np

    if orientation in {5, 6, 7, 8}:
        picture = picture.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        picture = picture[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        picture = picture[::-1]
    return np.ascontiguousarray(picture)
