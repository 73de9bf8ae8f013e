"""The page of jobs: how far they are, their media's frame, and cancelling them on whichever server they run."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient
from tests.browser import assert_readable, page_of
from tests.dashboard.site import csrf_of
from tests.engine.job_server import JobServer
from tests.waiting import until

from callboard.dashboard import Dashboard, create_app
from callboard.engine.store.job_views import read_jobs, read_picture, time_left
from callboard.forms import Launch, Message, StartJob
from callboard.jobs import Job
from callboard.registry import Action, Registry
from callboard.settings.models import ActionSettings, DashboardSettings
from ftrack_sandbox.testing import SandboxServer

OPEN = threading.Event()


def encode_work(job: Job, _arguments: dict[str, Any]) -> str:
    """Shows a frame, is a quarter done, and waits until it may end."""
    frame = io.BytesIO()
    Image.new("RGB", (32, 18), "teal").save(frame, "JPEG")
    job.show(frame.getvalue())
    job.progress("Encoding SH010.mov: 25 %", 0.25)
    while not OPEN.wait(0.02):
        job.check()
    job.progress("Sending SH010.mov", 0.9)
    return "Published version 3."


def encode(_launch: Launch, _settings: ActionSettings) -> StartJob:
    return StartJob(encode_work, {}, "It waits.", Message("It has started."))


@pytest.fixture(scope="module")
def sandbox(ftrack_sandbox_session: SandboxServer) -> SandboxServer:
    return ftrack_sandbox_session


@pytest.fixture
def server(sandbox: SandboxServer, database: str) -> Iterator[JobServer]:
    """What carries out jobs."""
    OPEN.clear()
    registry = Registry()
    registry.add(Action("encode", encode, "Encode Media", ("Task",), ActionSettings))
    with JobServer(sandbox, registry, database).started() as server:
        own = DashboardSettings(port=0)
        server.settings = server.settings.model_copy(update={"dashboard": own})
        yield server
        OPEN.set()


@pytest.fixture
def address(server: JobServer) -> Iterator[str]:
    dashboard = Dashboard(server.settings, server.registry)
    dashboard.start()
    yield dashboard.address
    dashboard.stop()


def far(server: JobServer) -> float | None:
    [job] = read_jobs(server.store, ["encode"], over=1)
    return job.done


def test_a_job_is_followed_and_cancelled(browser: Browser, server: JobServer, address: str) -> None:
    with page_of(browser, base_url=address) as page:
        page.goto("/jobs")
        expect(page.get_by_text("No job runs or waits.")).to_be_visible()
        job = server.submit("encode")
        bar = page.get_by_role("progressbar")
        expect(bar).to_have_attribute("value", "0.25", timeout=20_000)
        expect(page.get_by_text("Encoding SH010.mov: 25 %")).to_be_visible()
        assert page.get_by_role("img", name="A frame of the media").evaluate("each => each.naturalWidth") == 32
        assert_readable(page)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("this machine cancelled it on the dashboard.")).to_be_visible(timeout=20_000)
        until(lambda: server.job(job)[0] == "failed", what="the Job that is cancelled in ftrack")
    assert server.run()["state"] == "failed"


def test_a_job_that_is_over_stays_with_how_it_ended(server: JobServer) -> None:
    server.submit("encode")
    until(lambda: far(server) == 0.25, what="a quarter")
    client = TestClient(create_app(server.settings, server.registry, server.store), base_url="http://127.0.0.1")
    secret = csrf_of(client, "/jobs")
    OPEN.set()
    until(lambda: server.run()["state"] == "done", what="the end")
    text = client.get("/jobs").text
    assert "Published version 3." in text
    [job] = read_jobs(server.store, ["encode"], over=5)
    picture = client.get(f"/jobs/{job.run}/picture")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content == read_picture(server.store, job.run)
    assert client.get("/jobs/4711/picture").status_code == 404
    again = client.post(f"/jobs/{job.run}/cancel", data={"csrf": secret})
    assert (again.status_code, "since it is over" in again.text) == (400, True)


def test_a_job_that_waits_is_cancelled_before_it_begins(sandbox: SandboxServer, database: str) -> None:
    registry = Registry()
    registry.add(Action("encode", encode, "Encode Media", ("Task",), ActionSettings))
    waiting = JobServer(sandbox, registry, database)
    waiting.submit("encode")
    app = create_app(waiting.settings, registry, waiting.store)
    client = TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)
    [job] = read_jobs(waiting.store, ["encode"], over=0)
    assert client.post(f"/jobs/{job.run}/cancel", data={"csrf": csrf_of(client, "/jobs")}).status_code == 303
    assert "being cancelled" in client.get("/jobs").text
    OPEN.set()
    with waiting.started():
        until(lambda: waiting.run()["state"] == "failed", what="the end of the job")
        assert waiting.run()["error"] == "this machine cancelled it on the dashboard."


@pytest.mark.parametrize(
    ("done", "began", "told", "moment", "left"),
    [
        (0.25, 0, 10, 10, 30),
        (0.25, 0, 10, 12, 28),
        (1.0, 0, 10, 12, 0),
        (None, 0, 10, 12, None),
        (0.0, 0, 10, 12, None),
        (0.5, 9.5, 10, 12, None),
        (0.5, None, None, 12, None),
    ],
)
def test_the_time_left_is_what_the_rest_takes_at_the_same_speed(
    done: float | None, began: float | None, told: float | None, moment: float, left: float | None
) -> None:
    assert time_left(done, began, told, moment) == left
