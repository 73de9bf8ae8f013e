"""The picture that ftrack shows for entities without a thumbnail.

Its address is fixed: ftrack's own widgets ask their server for /img/thumbnail2.png.
"""

from __future__ import annotations

import functools
import struct
import zlib
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PATH: Final = "/img/thumbnail2.png"
_SIZE: Final = (300, 169)
_DARK: Final = (38, 42, 48)
_LIGHT: Final = (84, 92, 102)


def _answer(_request: Request) -> Response:
    """Answer without asking for credentials, as for any picture of a web page."""
    return Response(_picture(), media_type="image/png", headers={"Cache-Control": "max-age=86400"})


@functools.cache
def _picture() -> bytes:
    """Return a dark PNG with the outline of a film frame."""
    width, height = _SIZE
    rows = b"".join(b"\0" + bytes(_is_drawn(x, y) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", bytes(_DARK + _LIGHT)), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _is_drawn(x: int, y: int) -> bool:
    """Return whether a place belongs to the frame, or to the triangle in it."""
    in_frame = 100 <= x < 200 and 50 <= y < 119
    in_window = 104 <= x < 196 and 54 <= y < 115
    in_triangle = 138 <= x <= 168 and abs(y - 84) * 30 <= 18 * (168 - x)
    return (in_frame and not in_window) or in_triangle


ROUTES = [Route(PATH, _answer)]
