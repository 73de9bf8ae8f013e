"""The picture that ftrack shows for what has no thumbnail.

Clients know its address by heart: the official widgets of ftrack ask for /img/thumbnail2.png at their server.
"""

from __future__ import annotations

import functools
import io
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
    """Return a dark picture with the outline of a film frame."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", _SIZE, _DARK)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((100, 50, 199, 118), outline=_LIGHT, width=4)
    draw.polygon(((138, 66), (138, 102), (168, 84)), fill=_LIGHT)
    target = io.BytesIO()
    picture.save(target, format="PNG", optimize=True)
    return target.getvalue()


ROUTES = [Route(PATH, _answer)]
