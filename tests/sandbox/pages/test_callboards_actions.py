"""Callboard's own actions by hand: its server runs beside the sandbox, and a person clicks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import page_of
from tests.sandbox.pages.conftest import Visitor
from tests.sandbox.pages.test_actions import open_menu
from tests.waiting import until

from callboard.demo.media import make_movie
from callboard.demo.processes import Process
from ftrack_sandbox.testing import SandboxFactory, SandboxServer

pytestmark = pytest.mark.timeout(180)

_CONFIGURATION = """
[ftrack]
server = {studio}
api_user = "admin"
api_key = {key}
[review_ftrack]
server = {clients}
api_user = "admin"
api_key = {clients_key}
[studio]
media_roots = [{media}]
project_root = {media}
[database]
url = {database}
[dashboard]
port = 0
"""


@dataclass(frozen=True)
class Studio:
    """A studio with Callboard at work.

    Attributes:
        server: Its ftrack.
        clients: The ftrack of its clients.
        media: The folder that Upload Media reads.
        browser: The browser.
    """

    server: SandboxServer
    clients: SandboxServer
    media: Path
    browser: Browser

    @contextmanager
    def page(self, user: str = "admin", **options: Any) -> Iterator[Page]:
        cookies = Visitor(self.server.url, user).session.cookies
        with page_of(self.browser, base_url=self.server.url, **options) as page:
            for each in cookies:
                page.context.add_cookies([{"name": each.name, "value": str(each.value), "url": self.server.url}])
            yield page


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    servers = SandboxFactory()
    server, clients = servers(), servers("studio")
    values = {
        "studio": server.url,
        "key": server.api_key,
        "clients": clients.url,
        "clients_key": clients.api_key,
        "media": str(folder),
        "database": f"sqlite:///{folder}/callboard.db",
    }
    configuration = folder / "callboard.toml"
    configuration.write_text(_CONFIGURATION.format(**{name: json.dumps(value) for name, value in values.items()}))
    callboard = Process(["callboard", "run", "-c", str(configuration)], folder / "callboard.log")
    yield Studio(server, clients, folder, browser)
    assert callboard.stop() == 0
    servers.close()


def test_a_batch_created_by_hand(studio: Studio) -> None:
    session = studio.server.session()
    project = session.query("Project where name is harbour").one()
    with studio.page("nadia.okoro") as page:
        open_menu(page, f"show:{project['id']}")
        offer = page.get_by_role("button", name="Batch Create")
        expect(offer.locator("img")).to_have_js_property("complete", value=True)
        assert offer.locator("img").evaluate("image => image.naturalWidth") > 0
        offer.click()
        page.get_by_label("Number of tasks").fill("2")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Sequence name").fill("GULL")
        page.get_by_label("Expression").fill("GULL_####")
        page.get_by_label("Incremental").fill("10-30:10")
        page.get_by_label("Task 1: Type").select_option("Animation")
        page.get_by_label("Task 2: Type").select_option("Compositing")
        page.get_by_label("Task 2: Bid (hours)").fill("-1")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("is not a number")).to_be_visible()
        page.get_by_label("Task 2: Bid (hours)").fill("8")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Will be created:")).to_be_visible()
        page.get_by_role("button", name="Create").click()
        expect(page.get_by_text("GULL is being created; its Job shows the progress.")).to_be_visible()

    def made() -> list[str]:
        session.reset()
        tasks = session.query("select parent.name, name, bid from Task where parent.parent.name is GULL").all()
        return sorted(f"{task['parent']['name']} {task['name']} {task['bid'] / 3600:g}" for task in tasks)

    until(lambda: len(made()) == 6, 30, "the batch")
    assert made() == [
        f"GULL_{shot:04} {task}" for shot in (10, 20, 30) for task in ("Animation 0", "Compositing 8")
    ]  # fmt: skip


def test_from_a_movie_to_the_clients_feedback_by_hand(studio: Studio) -> None:
    session = studio.server.session()
    task = session.query('Task where parent.name is "LAMP_0010" and name is Animation').one()
    movie = studio.media / "LAMP_0010_v001.mov"
    make_movie(movie, "lamp", seconds=0.5, rate=Fraction(24))
    with studio.page("nadia.okoro") as page:
        open_menu(page, f"task:{task['id']}")
        page.get_by_role("button", name="Upload Media").click()
        page.get_by_label("File path").fill(str(studio.media / "none.mov"))
        page.get_by_role("button", name="Upload").click()
        expect(page.locator(".label-item strong")).to_contain_text("none.mov")
        page.get_by_label("File path").fill(str(movie))
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_text("is being uploaded to Animation")).to_be_visible()
        page.goto("/jobs")
        expect(page.get_by_text("Made version 1 of ReviewAsset")).to_be_visible(timeout=60_000)
        version = session.query(f"AssetVersion where task_id is {task['id']}").one()
        review = session.create("ReviewSession", {"name": "Lamp", "project": task["project"]})
        session.create("ReviewSessionObject", {"review_session": review, "asset_version": version})
        session.commit()
        _launch(page, review, "Client Review Sync")
        expect(page.get_by_text("1 sent, 1 added")).to_be_visible(timeout=60_000)
        _approve(studio)
        _launch(page, review, "Client Feedback Sync")
        expect(page.get_by_text("Imported 1 note and 1 decision.")).to_be_visible(timeout=60_000)
        page.goto(f"/version/{version['id']}")
        expect(page.locator(".set-status .badge")).to_have_text("Approved")
        expect(page.get_by_text("Marta: Lovely.")).to_be_visible()


def _launch(page: Page, review: Any, label: str) -> None:
    """Launch an action on a review, and go where its progress is."""
    page.goto(f"/review/{review['id']}")
    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("button", name=label).click()
    expect(page.get_by_text("the Job shows the progress")).to_be_visible()
    page.get_by_role("link", name="Jobs").click()


def _approve(studio: Studio) -> None:
    """Approve what is in the clients' ftrack, with a note, as a client whom the studio invites there."""
    clients = Visitor(studio.clients.url)
    [review] = studio.clients.session().query("ReviewSession")
    invited = clients.post(f"/review/{review['id']}", do="invite", name="Marta", email="marta@client.example")
    [link] = [part.partition('"')[0] for part in invited.text.split('href="') if "/client/" in part.partition('"')[0]]
    with page_of(studio.browser) as page:
        page.goto(link)
        page.get_by_label("Note", exact=True).fill("Lovely.")
        page.get_by_role("button", name="Send note").click()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("You said: approved")).to_be_visible()


def test_a_movie_set_and_the_queue_cleared_by_hand(studio: Studio) -> None:
    session = studio.server.session()
    version = session.query("AssetVersion where asset.parent.name is STORM_0020").first()
    movie = studio.media / "STORM_0020_v001.mov"
    make_movie(movie, "storm", seconds=0.5, rate=Fraction(24))
    user = session.query('User where username is "sam.dlamini"').one()
    session.create("Job", {"user": user, "status": "running", "data": json.dumps({"description": "Stuck"})})
    session.commit()
    with studio.page("sam.dlamini") as page:
        open_menu(page, f"assetversion:{version['id']}")
        page.get_by_role("button", name="Update RV Component").click()
        page.get_by_label("File path").fill(str(movie))
        page.get_by_role("button", name="Update").click()
        expect(page.get_by_text("1 version will get another movie")).to_be_visible()
        page.goto("/jobs")
        expect(page.get_by_text("Set the movie of 1 version.")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Actions").click()
        page.get_by_role("button", name="Clear Job Queue").click()
        expect(page.get_by_text("Cleared 1 job from the queue.")).to_be_visible()
        page.get_by_role("link", name="Back to").click()
        expect(page.get_by_text("Sam Dlamini cleared it from the queue.")).to_be_visible()


@pytest.mark.parametrize(
    ("on", "offered"),
    [
        ("AssetVersion", {"Update RV Component"}),
        ("ReviewSession", {"Client Review Sync", "Client Feedback Sync"}),
        ("User", {"Clear Job Queue"}),
    ],
)
def test_what_is_offered_where(studio: Studio, on: str, offered: set[str]) -> None:
    entity = studio.server.session().query(on).first()
    with studio.page() as page:
        open_menu(page, f"{on.lower()}:{entity['id']}")
        expect(page.locator(".offer").first).to_be_visible()
        assert offered <= set(page.locator(".offer strong").all_inner_texts())
