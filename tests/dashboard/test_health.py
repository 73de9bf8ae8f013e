"""The health check and the figures for Prometheus."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.dashboard.site import PASSWORD, VIEWER_PASSWORD, Site

from callboard.dashboard import create_app
from callboard.dashboard.health import Condition
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.servers import sign_in


def figures(text: str) -> dict[str, float]:
    """Every figure, by its name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"prometheus:{password}".encode()).decode()}


def of_condition(site: Site, condition: Condition) -> TestClient:
    app = create_app(site.settings, site.registry, site.store, condition=lambda: condition)
    return TestClient(app, base_url="http://127.0.0.1")


def test_a_ready_server_says_what_it_counts(site: Site) -> None:
    sign_in(site.store, "s1", "connected", [], None)
    answer = site.client().get("/healthz")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["ready"], found["alive"], found["why"], found["stuck"]) == (True, True, [], [])
    assert (found["waiting"], found["running"], found["failed"], found["done"]) == (3, 0, 3, 0)
    assert (found["hub"], found["oldest_waiting"]) == ("connected", "2026-03-02T12:00:03+00:00")
    assert found["reading"] is None


@pytest.mark.parametrize(
    ("condition", "ready", "alive"),
    [(Condition(ready=False, why=["It begins."]), 503, 200), (Condition(alive=False, why=["It is stuck."]), 503, 503)],
)
def test_a_server_that_cannot_work_says_why(site: Site, condition: Condition, ready: int, alive: int) -> None:
    client = of_condition(site, condition)
    answer = client.get("/healthz")
    assert answer.status_code == ready
    assert answer.json()["why"] == condition.why
    assert answer.json()["failed"] == 3
    assert client.get("/healthz/alive").status_code == alive


def test_without_a_database_it_is_alive_and_not_ready(away: Site) -> None:
    client = away.client()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert (answer.json()["alive"], answer.json()["ready"]) == (True, False)
    assert answer.json()["why"][0].startswith("The database cannot be used")
    assert client.get("/healthz/alive").status_code == 200
    assert client.get("/metrics", headers=basic(PASSWORD)).status_code == 503


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Site]:
    """A dashboard whose database is away."""
    site = Site(f"sqlite:///{tmp_path}/nowhere/callboard.db", password=PASSWORD)
    yield site
    site.store.close()


def test_figures_are_what_happened(site: Site) -> None:
    lanes = Lanes(site.store, "s1")
    lanes.take_named("watch")
    sign_in(site.store, "s1", "connected", ["It waits for a drive."], None, echo_age=4)
    found = figures(site.client().get("/metrics", headers=basic(VIEWER_PASSWORD)).text)
    assert found["callboard_runs['create_task_folder', 'failed']"] == 1
    assert found["callboard_runs['create_task_folder', 'waiting']"] == 1
    assert found["callboard_hub_connected[]"] == found["callboard_watch_held[]"] == found["callboard_stuck[]"] == 1
    [echo] = [value for name, value in found.items() if name.startswith("callboard_server_echo_age_seconds")]
    assert 4 <= echo < 60
    assert found["callboard_oldest_waiting_seconds[]"] == pytest.approx(time.time() - 1772452803, abs=60)
    assert found["callboard_runs_finished_total['done', 'status_handler']"] == 0


@pytest.mark.parametrize(
    "headers",
    [{}, basic("wrong"), basic(""), {"Authorization": "Basic ???"}, {"Authorization": "Basic /w=="},
     {"Authorization": f"Bearer {PASSWORD}"}, {"Authorization": "\xff"}],
)  # fmt: skip
def test_figures_need_a_password_where_pages_do(site: Site, headers: dict[str, str]) -> None:
    client = site.client()
    answer = client.get(
        "/metrics", headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    )
    assert answer.status_code == 401
    assert "callboard_runs" not in answer.text


def test_figures_are_open_where_pages_are_and_to_nobody_who_guesses(site: Site, open_site: Site) -> None:
    assert open_site.client().get("/metrics").status_code == 200
    assert open_site.client().get("/metrics", headers={"Host": "evil.example"}).status_code == 403
    client = site.client()
    for _ in range(5):
        client.get("/metrics", headers=basic("wrong"))
    assert client.get("/metrics", headers=basic(PASSWORD)).status_code == 429
