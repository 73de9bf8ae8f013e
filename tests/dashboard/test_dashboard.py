from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from callboard.dashboard import Dashboard
from callboard.dashboard.app import ICONS
from callboard.errors import CallboardError
from callboard.settings.models import DashboardSettings


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    dashboard = Dashboard(DashboardSettings(port=0), health=lambda: {"hub": "connected"})
    dashboard.start()
    yield dashboard
    dashboard.stop()


def test_every_icon_is_served(dashboard: Dashboard) -> None:
    icons = sorted(ICONS.glob("*.png"))
    assert icons
    for icon in icons:
        answer = requests.get(f"{dashboard.address}/icons/{icon.name}", timeout=5)
        assert answer.headers["content-type"] == "image/png"
        assert answer.content == icon.read_bytes()


@pytest.mark.parametrize(
    "name", ["nothing.png", "../py.typed", "..%2Fpy.typed", "%2e%2e/app.py", "x" * 500 + ".png", ""]
)
def test_nothing_else_is_served(dashboard: Dashboard, name: str) -> None:
    answer = requests.get(f"{dashboard.address}/icons/{name}", timeout=5)
    assert answer.status_code == 404


def test_health_is_what_the_server_says(dashboard: Dashboard) -> None:
    answer = requests.get(f"{dashboard.address}/healthz", timeout=5)
    assert answer.status_code == 200
    assert answer.json() == {"hub": "connected"}


def test_a_taken_port_is_one_sentence(dashboard: Dashboard) -> None:
    port = int(dashboard.address.rpartition(":")[2])
    with pytest.raises(CallboardError, match=f"cannot listen on 127.0.0.1, port {port}: another program uses it"):
        Dashboard(DashboardSettings(port=port)).start()


def test_after_stop_the_port_is_free_again(dashboard: Dashboard) -> None:
    port = int(dashboard.address.rpartition(":")[2])
    dashboard.stop()
    again = Dashboard(DashboardSettings(port=port))
    again.start()
    again.stop()


def test_browsers_are_told_the_public_address() -> None:
    settings = DashboardSettings(port=0, public_url="https://callboard.studio.example/")
    dashboard = Dashboard(settings)
    dashboard.start()
    dashboard.stop()
    assert dashboard.address == "https://callboard.studio.example"
