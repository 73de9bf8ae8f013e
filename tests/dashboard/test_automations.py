"""The pages of automations and settings: what is in force and whence, what was done, pause and resume."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient
from tests.browser import assert_readable, page_of
from tests.dashboard.site import SECRETS, VIEWER_PASSWORD, Site, csrf_of

from callboard.configuration.load import load
from callboard.dashboard import create_app
from callboard.engine.store.database import Store
from callboard.engine.store.log import read_entries
from callboard.engine.store.pauses import read_pauses
from callboard.registry import registry

NAME = "create_task_folder"


def test_an_automation_is_paused_and_resumed_with_who_and_why(page: Page, open_site: Site) -> None:
    page.goto("/automations")
    page.get_by_role("link", name=NAME).click()
    page.get_by_text("Pause it on all servers").click()
    page.get_by_label("Why").fill("the <b>storage</b> moves")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("this machine paused it: the <b>storage</b> moves")
    assert read_pauses(open_site.store)[NAME].by == "this machine"
    page.goto("/automations")
    expect(page.locator("tbody tr").first).to_contain_text("paused")
    page.goto(f"/automations/{NAME}")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Pause it on all servers")).to_be_visible()
    assert read_pauses(open_site.store) == {}
    said = [entry.what for entry in read_entries(open_site.store)]
    assert said == [f"resumed {NAME}", f"paused {NAME}: the <b>storage</b> moves"]


def test_a_page_shows_what_somebody_else_paused(page: Page, open_site: Site) -> None:
    page.goto(f"/automations/{NAME}")
    expect(page.locator("h1")).to_contain_text("on")
    client = open_site.client()
    client.post(f"/automations/{NAME}/pause", data={"why": "x", "csrf": csrf_of(client, f"/automations/{NAME}")})
    expect(page.locator("h1")).to_contain_text("paused")


def test_it_shows_the_last_runs_and_no_secret(page: Page) -> None:
    page.goto(f"/automations/{NAME}")
    runs = page.locator("#runs")
    expect(runs).to_contain_text("The folder /data/<b>production</b> does not exist; create it.")
    expect(runs).to_contain_text("Slack does not answer.")
    for path in (f"/automations/{NAME}", "/automations", "/settings"):
        page.goto(path)
        assert not [secret for secret in SECRETS if secret in page.content()]


def test_a_pause_needs_a_reason_and_an_automation(site: Site) -> None:
    client = site.signed_in()
    secret = csrf_of(client, f"/automations/{NAME}")
    answer = client.post(f"/automations/{NAME}/pause", data={"why": "  ", "csrf": secret})
    assert (answer.status_code, "Say why" in answer.text) == (400, True)
    assert client.post("/automations/nothing/pause", data={"why": "x", "csrf": secret}).status_code == 404
    assert client.get("/automations/nothing").status_code == 404
    viewer = site.signed_in(VIEWER_PASSWORD)
    assert "Pause it" not in viewer.get(f"/automations/{NAME}").text
    assert viewer.post(f"/automations/{NAME}/pause", data={"why": "x", "csrf": secret}).status_code == 403
    assert read_pauses(site.store) == {}
    assert client.post(f"/automations/{NAME}/pause", data={"why": "x", "csrf": secret}).status_code == 303
    assert read_pauses(site.store)[NAME].by == "Thandi"


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[TestClient]:
    """A dashboard with a file, the environment, and an automation of the studio's own."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "greet_people.py").write_text(
        '"""Greetings."""\nfrom callboard import AutomationSettings, on_created\nfrom pydantic import Field\n\n\n'
        "class GreetSettings(AutomationSettings):\n"
        '    """Whom to greet."""\n\n    bot_token: str = Field(default="", description="For the <b>bot</b>.")\n\n\n'
        '@on_created("Task", settings=GreetSettings)\ndef greet_people(change, settings):\n'
        '    """Greet everybody.\n\n    Loudly, with <i>joy</i>.\n    """\n    return []\n'
    )
    file = tmp_path / "callboard.toml"
    file.write_text(
        '[ftrack]\nserver = "https://heron.ftrackapp.com"\napi_user = "callboard"\n'
        '[studio]\ntimezone = "Africa/Johannesburg"\nautomations = "own"\n'
        '[database]\nurl = "postgresql://callboard:the-password-of-it@db/callboard"\n'
        '[automations.create_task_folder]\ntask_types = ["Compositing"]\n'
        '[automations.greet_people]\nbot_token = "the-token-of-a-bot"\n'
    )
    loaded = load(file, {"FTRACK_API_KEY": "the-api-key-of-ftrack"})
    store = Store(f"sqlite:///{tmp_path}/callboard.db")
    store.prepare()
    try:
        yield TestClient(create_app(loaded, registry, store), base_url="http://127.0.0.1")
    finally:
        store.close()
        del registry.triggers["greet_people"]


def rows(text: str) -> dict[str, str]:
    found = re.findall(r"<tr><td class=\"key\"><code>([^<]*)</code></td>(.*?)</tr>", text, re.DOTALL)
    return {key: " ".join(re.sub(r"<[^>]+>", " ", rest).split()) for key, rest in found}


def test_every_value_says_where_it_comes_from(configured: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "callboard.toml"
    shown = rows(configured.get("/settings").text)
    assert shown["timezone"].startswith(f"&#34;Africa/Johannesburg&#34; {file}, line 5")
    assert shown["api_key"].startswith("set environment variable FTRACK_API_KEY")
    assert shown["keep_days"].startswith("90 default")
    assert shown["url"].startswith("&#34;postgresql://callboard:***@db/callboard&#34;")
    own = rows(configured.get("/automations/create_task_folder").text)
    assert own["task_types"].startswith(f"[&#34;Compositing&#34;] {file}, line 10")
    assert own["enabled"].startswith("true default")
    for path in ("/settings", "/automations/greet_people"):
        text = configured.get(path).text
        assert "the-password-of-it" not in text
        assert "the-token-of-a-bot" not in text
        assert "the-api-key-of-ftrack" not in text


def test_the_studios_own_automations_are_shown_as_well(configured: TestClient) -> None:
    assert "the studio's own" in configured.get("/automations").text
    text = configured.get("/automations/greet_people").text
    assert "Greet everybody. It runs when a Task is created." in text
    assert "Loudly, with &lt;i&gt;joy&lt;/i&gt;." in text
    assert rows(text)["bot_token"].startswith("set ")
    assert "greet_people.py, line 12" in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(browser: Browser, address: str, scheme: str, width: int) -> None:
    with page_of(browser, base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for path in ("/automations", f"/automations/{NAME}", "/automations/batch_create?over=hour", "/settings"):
            page.goto(path)
            assert_readable(page)


def test_keys_lead_through_it(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/automations")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/automations/*")
    page.get_by_text("Pause it on all servers").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("by keys")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("by keys")


@given(st.text(min_size=1, max_size=80).filter(str.strip) | st.just("</p><script>alert(1)</script>"))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_reason_stays_a_text(open_site: Site, why: str) -> None:
    client = open_site.client()
    secret = csrf_of(client, "/automations/status_handler")
    client.post("/automations/status_handler/pause", data={"why": why.encode("utf-8", "replace"), "csrf": secret})
    for path in ("/automations/status_handler", "/automations", "/why?q=Task:e0"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
    client.post("/automations/status_handler/resume", data={"csrf": secret})
