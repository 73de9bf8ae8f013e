"""The picture for what has no thumbnail."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import requests
from PIL import Image

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer


def test_the_placeholder_that_clients_ask_for_is_a_picture(ftrack_sandbox_session: SandboxServer) -> None:
    response = requests.get(f"{ftrack_sandbox_session.url}/img/thumbnail2.png", timeout=10)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    with Image.open(io.BytesIO(response.content)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert len(picture.getcolors() or []) > 1
    assert len(response.content) < 2000
