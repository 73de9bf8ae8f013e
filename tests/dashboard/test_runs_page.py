"""The page of runs: search, filters, pages, keys; and the second look before all of them are retried or ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from tests.browser import assert_readable, page_of
from tests.dashboard.site import Site, csrf_of, fill
from tests.engine.store.past import fill_past

from callboard.dashboard import bulk
from callboard.engine.store.history import History
from callboard.engine.store.log import read_entries
from callboard.engine.store.tables import changes


def shown(text: str) -> list[int]:
    """The numbers of the runs in the table of a page."""
    return [int(number) for number in re.findall(r'data-row="/runs/(\d+)"', text)]


def test_everything_is_there_newest_first(open_site: Site) -> None:
    assert shown(open_site.client().get("/runs").text) == list(range(12, 0, -1))


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ("q=name+e2", [9, 8, 7]),
        ("q=nadia+e2+folder", [7]),
        ("q=Task:e0", [3, 2, 1]),
        ("state=failed&automation=assign_task_status", [8]),
        ("project=two&state=done", [6, 5, 4]),
        ("person=nadia&q=create&state=waiting", [10]),
        ("since=1h&q=e3", [12, 11, 10]),
        ("until=2020-01-01", []),
        ("q=nothing+like+that", []),
        ("why=99999", []),
    ],
)
def test_what_is_typed_and_chosen_holds_together(site: Site, query: str, runs: list[int]) -> None:
    assert shown(site.signed_in().get(f"/runs?{query}").text) == runs


def test_a_number_leads_to_its_run(open_site: Site) -> None:
    assert open_site.client().get("/runs?q=%237").headers["location"] == "/runs/7"
    assert open_site.client().get("/runs?q=4711").status_code == 200


def test_a_kind_of_error_is_a_filter(open_site: Site) -> None:
    client = open_site.client()
    found = re.search(r'href="(/runs\?state=failed&amp;why=\d+)"', client.get("/runs?state=failed").text)
    assert found
    assert shown(client.get(unescape(found[1])).text) == [9, 8, 7]


def test_pages_go_both_ways(open_site: Site) -> None:
    fill_past(open_site.store, 130)
    client, address, seen = open_site.client(), "/runs?q=task", []
    while address:
        text = client.get(address).text
        seen += shown(text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        newer = re.search(r'rel="prev" href="([^"]+)"', text)
        address = unescape(older[1]) if older else ""
    assert len(seen) == len(set(seen)) == 142
    assert newer
    assert shown(client.get(unescape(newer[1])).text)[-1] == seen[-42 - 1]


class Markup(HTMLParser):
    """The tags of a page, each with its attributes' names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, *(name for name, _ in attrs)))


def markup(text: str) -> set[tuple[str, ...]]:
    parser = Markup()
    parser.feed(text)
    return parser.found


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all hostile texts."""
    site = Site(f"sqlite:///{tmp_path_factory.mktemp('hostile')}/callboard.db")
    site.store.prepare()
    fill(site.store)
    yield site
    site.store.close()


@given(
    st.text(max_size=60) | st.sampled_from(["<script>alert(1)</script>", "\"' onload=x", "{{ 7*7 }}", "\0", "</td>"])
)
@settings(max_examples=10, deadline=None)
def test_texts_stay_texts(hostile: Site, text: str) -> None:
    """Typed, and stored as the name of an entity, its parent, its project and a status."""
    stored = text.encode("utf-8", "replace").decode().replace("\0", "") or "x"
    client = hostile.client()

    def pages(said: str) -> list[str]:
        with hostile.store.writing() as connection:
            connection.execute(update(changes).values(name=said, parent=said, project=said, status=said))
        typed = quote(said)
        paths = (
            f"/runs?q=e0+{typed}",
            f"/runs?state={typed}&why={typed}&person={typed}&before={typed}",
            "/runs",
            "/runs/7",
        )
        answers = [client.get(path) for path in paths]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.text for answer in answers]

    # Found or not, a text adds no tag and no attribute.
    known = set().union(*(markup(page) for page in [*pages("e0"), *pages("zebra")]))
    assert set().union(*(markup(page) for page in pages(stored))) <= known


# All that a filter shows


def send(client: Any, address: str, **fields: str) -> Any:
    return client.post(address, data={"csrf": csrf_of(client, "/runs/7"), **fields})


def test_all_failed_runs_are_retried_after_a_second_look(site: Site) -> None:
    client = site.signed_in()
    look = client.get("/runs/all?do=retry&state=failed&q=e2").text
    assert "Retry 3 runs?" in look
    answer = send(client, "/runs/all", do="retry", state="failed", q="e2", newest="9")
    assert answer.headers["location"] == "/runs/all?q=e2&state=failed&do=retry&done=3"
    assert "Due again: 3." in client.get(answer.headers["location"]).text
    assert History(site.store).runs(state="failed") == []
    [entry] = [each for each in read_entries(site.store) if "retry" in each.what]
    assert (entry.by, entry.what) == ("Thandi", "retry all runs with q e2, state failed, up to run 9")


def test_what_failed_after_the_second_look_is_not_touched(open_site: Site) -> None:
    client = open_site.client()
    send(client, "/runs/all", do="ignore", state="failed", newest="8", because="We know.")
    assert [run["id"] for run in History(open_site.store).runs(state="failed")] == [9]
    done = {run["id"]: run["summary"] for run in History(open_site.store).runs(state="done")}
    assert done[8].startswith("Ignored by this machine")
    assert "We know. Before that: The folder" in done[8]


def test_many_are_done_in_steps_and_the_page_says_how_many_remain(
    open_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_TOGETHER", 2)
    monkeypatch.setattr(bulk, "_LONGEST", -1.0)
    client = open_site.client()
    answer = send(client, "/runs/all", do="retry", state="failed", newest="9")
    assert "Retry 1 run?" in client.get(answer.headers["location"]).text
    assert [run["id"] for run in History(open_site.store).runs(state="failed")] == [7]


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "retry", "state": "done", "newest": "9"},
        {"do": "retry", "newest": "9"},
        {"do": "drop", "state": "failed", "newest": "9"},
        {"do": "retry", "state": "failed", "newest": "many"},
        {"do": "ignore", "state": "failed", "newest": "9", "because": "  "},
    ],
)
def test_nothing_else_can_be_done_to_all(open_site: Site, fields: dict[str, str]) -> None:
    before = History(open_site.store).runs()
    assert send(open_site.client(), "/runs/all", **fields).status_code == 400
    assert History(open_site.store).runs() == before


# In a browser


def test_a_person_searches_filters_and_opens_a_run_by_keys(page: Page) -> None:
    page.goto("/runs")
    page.keyboard.press("/")
    page.keyboard.type("name e2")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("link", name="failed", exact=True).click()
    expect(page).to_have_url(re.compile("q=name.e2&state=failed"))
    page.get_by_text("More filters").click()
    page.get_by_role("navigation", name="Automation").get_by_role("link", name="create_task_folder").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/runs/7$"))
    expect(page.get_by_role("alert")).to_contain_text("<b>production</b>")


def test_a_run_that_ends_is_shown_without_a_reload(page: Page, open_site: Site) -> None:
    page.goto("/runs?state=failed")
    expect(page.locator("tbody tr")).to_have_count(3)
    History(open_site.store).retry([9])
    expect(page.locator("tbody tr")).to_have_count(2)


def test_bulk_retry_asks_once_more(page: Page, open_site: Site) -> None:
    page.goto("/runs?state=failed&q=e2")
    page.get_by_role("link", name="Retry all that are shown").click()
    expect(page.get_by_role("heading", name="Retry 3 runs?")).to_be_visible()
    page.get_by_role("button", name="Retry 3").click()
    expect(page.get_by_role("status")).to_contain_text("Due again: 3.")
    assert History(open_site.store).runs(state="failed") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_them(browser: Browser, address: str, scheme: str, width: int) -> None:
    with page_of(browser, base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for path in ("/runs?state=failed&automation=create_task_folder", "/runs/7", "/runs/all?do=ignore&state=failed"):
            page.goto(path)
            assert_readable(page)
