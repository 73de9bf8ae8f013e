"""TIFF's compression, since FFmpeg shows one that it cannot decode as black instead of saying so."""

from __future__ import annotations

import struct
from pathlib import Path

from callboard.errors import Refused

_COMPRESSION = 259
#: Old and new JPEG inside TIFF, as TIFF's specification numbers them.
_JPEG = {6, 7}


def check_compression(path: Path) -> None:
    """Refuse a TIFF that is compressed as JPEG.

    Args:
        path: A file that should be a TIFF; one that is none is left to the decoder.

    Raises:
        Refused: It is such a TIFF.
    """
    with path.open("rb") as file:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(file.read(4))
        if order is None:
            return
        try:
            [start] = struct.unpack(order + "I", file.read(4))
            file.seek(start)
            [count] = struct.unpack(order + "H", file.read(2))
            tags = [struct.unpack(order + "HHIH2x", file.read(12)) for _ in range(count)]
        except struct.error:
            return
    if any(tag == _COMPRESSION and value in _JPEG for tag, _, _, value in tags):
        raise Refused(f"{path} is a TIFF with JPEG inside, which cannot be read; save it uncompressed, or with LZW.")
