"""The web server: it listens, serves icons to everybody, and stops."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr
from tests.dashboard.site import Site

from callboard.dashboard import Dashboard
from callboard.dashboard.icons import ICONS
from callboard.errors import CallboardError


@pytest.fixture
def closed(tmp_path: Path) -> Site:
    """A site whose pages nobody may see without a password."""
    site = Site(f"sqlite:///{tmp_path}/callboard.db", password="secret")
    site.store.prepare()
    return site


@pytest.fixture
def dashboard(closed: Site) -> Iterator[Dashboard]:
    dashboard = Dashboard(closed.settings, closed.registry)
    dashboard.start()
    yield dashboard
    dashboard.stop()


def test_every_icon_is_served_to_everybody(dashboard: Dashboard) -> None:
    icons = sorted(ICONS.glob("*.png"))
    assert icons
    for icon in icons:
        answer = requests.get(f"{dashboard.address}/icons/{icon.name}", timeout=5)
        assert answer.headers["content-type"] == "image/png"
        assert answer.content == icon.read_bytes()


@pytest.mark.parametrize(
    "name", ["nothing.png", "../py.typed", "..%2Fpy.typed", "%2e%2e/app.py", "x" * 500 + ".png", ""]
)
def test_nothing_else_is_an_icon(dashboard: Dashboard, name: str) -> None:
    answer = requests.get(f"{dashboard.address}/icons/{name}", timeout=5, allow_redirects=False)
    assert answer.status_code in (303, 404)


def test_a_taken_port_is_one_sentence(dashboard: Dashboard, closed: Site) -> None:
    port = int(dashboard.address.rpartition(":")[2])
    settings = closed.settings.model_copy(
        update={"dashboard": closed.settings.dashboard.model_copy(update={"port": port})}
    )
    with pytest.raises(CallboardError, match=f"cannot listen on 127.0.0.1, port {port}: another program uses it"):
        Dashboard(settings, closed.registry).start()


def test_after_stop_the_port_is_free_again_though_somebody_listens(dashboard: Dashboard, closed: Site) -> None:
    port = int(dashboard.address.rpartition(":")[2])
    dashboard.stop()
    own = closed.settings.dashboard.model_copy(update={"port": port, "password": SecretStr("")})
    again = Dashboard(closed.settings.model_copy(update={"dashboard": own}), closed.registry)
    again.start()
    listening = requests.get(f"{again.address}/live", stream=True, timeout=10)
    assert next(listening.iter_lines()) == b"retry: 2000"
    thread = threading.Thread(target=listening.raw.read, daemon=True)
    thread.start()
    again.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_browsers_open_the_public_address(tmp_path: Path) -> None:
    site = Site(f"sqlite:///{tmp_path}/callboard.db", public_url="https://callboard.studio.example/")
    dashboard = Dashboard(site.settings, site.registry)
    dashboard.start()
    dashboard.stop()
    assert dashboard.address == "https://callboard.studio.example"
