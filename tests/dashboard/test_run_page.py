"""The page of one run: what happened to it, and what can be done now; with a real server and a sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser import page_of
from tests.dashboard.site import Site, csrf_of
from tests.engine.event_server import EventServer

from callboard.effects import SetMetadata
from callboard.engine.store.history import History
from callboard.engine.store.log import read_entries
from callboard.errors import Refused
from callboard.registry import Trigger
from callboard.settings.models import AutomationSettings
from ftrack_sandbox.testing import SandboxServer


def post(client: Any, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf": csrf_of(client, "/runs/7"), **fields})


def test_it_shows_what_was_done_and_for_what(site: Site) -> None:
    text = site.signed_in().get("/runs/1").text
    for said in ("made the folder SH010/comp", "created", "nadia", "name of one", "What else happened to it"):
        assert said in text
    assert "slideEntityId=e0" in text


def test_there_is_no_such_run(open_site: Site) -> None:
    client = open_site.client()
    for number in ("4711", "99999999999999"):
        assert "There is no run" in client.get(f"/runs/{number}").text


def test_retry_makes_a_failed_run_due_and_nothing_else(site: Site) -> None:
    client = site.signed_in()
    assert post(client, "/runs/7/retry").headers["location"] == "/runs/7"
    assert History(site.store).runs(ids=[7])[0]["state"] == "waiting"
    answer = post(client, "/runs/1/retry")
    assert (answer.status_code, "it has not failed" in answer.text) == (400, True)
    assert [entry.what for entry in read_entries(site.store)] == ["retried run 1", "retried run 7"]


def test_an_ignored_run_says_by_whom_and_why(site: Site) -> None:
    client = site.signed_in()
    assert post(client, "/runs/7/ignore", because=" The shot\nwas cut ").headers["location"] == "/runs/7"
    assert "Ignored by Thandi: The shot was cut. Before that: The folder" in client.get("/runs/7").text
    assert post(client, "/runs/10/ignore", because="Cut.").status_code == 303
    assert post(client, "/runs/1/ignore", because="Cut.").status_code == 400
    assert post(client, "/runs/8/ignore", because=" ").status_code == 400


def test_a_waiting_run_says_for_what(open_site: Site) -> None:
    text = open_site.client().get("/runs/10").text
    assert "It is tried again: Slack does not answer." in text
    assert "Next try" in text


def test_a_reader_sees_it_and_changes_nothing(site: Site) -> None:
    client = site.signed_in("only looking")
    text = client.get("/runs/7").text
    assert "does not exist; create it." in text
    assert "Ignore this run" not in text
    assert "/runs/7/retry" not in text


def test_what_it_would_do_now_says_plainly_that_ftrack_is_away(open_site: Site) -> None:
    away = open_site.settings.ftrack.model_copy(update={"server": "http://127.0.0.1:9"})
    open_site.settings = open_site.settings.model_copy(update={"ftrack": away})
    text = open_site.client().get("/runs/7/now").text
    assert "127.0.0.1:9" in text
    assert "If this happened now" in text


class Greets:
    """An automation that refuses until it is allowed, and then notes something on the task."""

    allowed = False

    def plan(self, change: Any, _settings: Any) -> Any:
        if not self.allowed:
            raise Refused("The greeting has no words: write some.")
        yield SetMetadata(entity=change.entity.reference, key="greeting", value="hello")


@pytest.fixture(scope="module")
def sandbox(ftrack_sandbox_session: SandboxServer) -> SandboxServer:
    return ftrack_sandbox_session


@pytest.fixture
def greets() -> Greets:
    return Greets()


@pytest.fixture
def server(sandbox: SandboxServer, database: str, greets: Greets) -> Iterator[EventServer]:
    """A real event server whose dashboard is served; its automation is refused."""
    server = EventServer(sandbox, database, Trigger("greet", greets.plan, "created", "Task", AutomationSettings))
    server.start()
    yield server
    server.stop()


def test_a_failed_run_is_fixed_tried_out_and_retried(browser: Browser, server: EventServer, greets: Greets) -> None:
    [task] = server.tasks(1)
    [run] = server.over(1)
    assert run["state"] == "failed"
    with page_of(browser, base_url=server.server.address) as page:
        page.goto(f"/runs/{run['id']}")
        expect(page.get_by_role("alert")).to_contain_text("The greeting has no words: write some.")
        page.get_by_role("button", name="What would it do now?").click()
        expect(page.locator(".now")).to_contain_text("The greeting has no words")
        greets.allowed = True
        page.get_by_role("button", name="What would it do now?").click()
        expect(page.locator(".now")).to_contain_text("It would set the metadata greeting to hello")
        assert server.metadata(task) == [{}]
        page.get_by_role("button", name="Retry").click()
        expect(page.locator("h1 .badge")).to_have_text("done")
        expect(page.locator("#run")).to_contain_text("set the metadata greeting to hello")
        expect(page.locator("#run")).to_contain_text("Tries that did not succeed")
    assert server.metadata(task) == [{"greeting": "hello"}]


def test_a_failed_run_is_ignored_in_a_browser(browser: Browser, server: EventServer) -> None:
    server.tasks(1)
    [run] = server.over(1)
    with page_of(browser, base_url=server.server.address) as page:
        page.goto(f"/runs/{run['id']}")
        page.get_by_text("Ignore it", exact=True).click()
        page.get_by_label("Why").fill("Nobody greets here")
        page.get_by_role("button", name="Ignore this run").click()
        expect(page.locator("h1 .badge")).to_have_text("done")
        expect(page.get_by_role("status").first).to_contain_text("Nobody greets here. Before that: The greeting")
