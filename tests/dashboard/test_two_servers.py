"""Two event servers on one PostgreSQL, each with its dashboard: paused on one page, resumed on the other."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, expect
from tests.browser import page_of
from tests.engine.event_server import EventServer
from tests.engine.work import trigger
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer


def test_paused_on_one_and_resumed_on_the_other(
    browser: Browser, ftrack_sandbox: SandboxServer, postgresql: Callable[[], str]
) -> None:
    server = EventServer(ftrack_sandbox, postgresql(), trigger("make"))
    server.start()
    beside = server.another()
    beside.start()
    try:
        with page_of(browser, base_url=server.server.address) as one, page_of(browser, base_url=beside.address) as two:
            two.goto("/automations/make")
            expect(two.locator("h1")).to_contain_text("on")
            one.goto("/automations/make")
            one.get_by_text("Pause it on all servers").click()
            one.get_by_label("Why").fill("the storage moves")
            one.get_by_role("button", name="Pause").click()
            expect(two.locator("h1")).to_contain_text("paused", timeout=15_000)
            [task] = server.tasks(1)
            until(lambda: server.runs(state="waiting"), 20, "what waits")
            one.goto(f"/why?q={server.sandbox.url}/%23entityId={task['id']}%26entityType=task")
            expect(one.locator("#of-make summary")).to_contain_text("this machine paused make")
            two.get_by_role("button", name="Resume").click()
            expect(one.locator("#of-make summary")).to_contain_text("done", timeout=15_000)
            expect(one.locator("#of-make")).to_contain_text("Would it do something now?")
    finally:
        beside.stop()
        server.stop()
