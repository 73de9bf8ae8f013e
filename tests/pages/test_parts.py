"""The parts that all pages share: escaped, live, usable by keys, readable by everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient
from tests.browser import assert_readable, page_of
from tests.pages.conftest import Gallery

from callboard_pages import Pages, words


@given(
    st.text(max_size=40) | st.sampled_from(["<script>alert(1)</script>", "\"' onload=x", "{{ 7*7 }}", "</textarea>"])
)
@settings(max_examples=60, deadline=None)
def test_texts_stay_texts(text: str) -> None:
    gallery = Gallery()
    plain = TestClient(gallery.app).get("/").text
    gallery.text = text
    shown = TestClient(gallery.app).get("/").text
    tags = re.compile(r"<[a-zA-Z/!][^>]*>")
    names = [re.match(r"</?\w*", tag) for tag in tags.findall(shown)]
    assert [name and name[0] for name in names] == [
        name and name[0] for name in (re.match(r"</?\w*", tag) for tag in tags.findall(plain))
    ]


def test_a_form_is_taken_only_from_a_page_of_ours(gallery: Gallery) -> None:
    client = TestClient(gallery.app)
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    assert found
    assert client.post("/", data={"name": "a"}).status_code == 403
    assert client.post("/", data={"name": "b", "csrf": found[1] + "x"}).status_code == 403
    assert TestClient(gallery.app).post("/", data={"name": "c", "csrf": found[1]}).status_code == 403
    assert client.post("/", data={"name": "d", "csrf": found[1]}).status_code == 200
    assert gallery.sent == ["d"]


def test_every_answer_says_what_a_browser_may_do(gallery: Gallery) -> None:
    client = TestClient(gallery.app)
    for path in ("/", "/nowhere", "/static/pages/pages.css"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
    assert "There is no page at this address." in client.get("/nowhere").text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(browser: Browser, address: str, scheme: str, width: int) -> None:
    with page_of(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        page.goto(address)
        assert_readable(page)


def test_a_page_fetches_again_only_what_changed(browser: Browser, address: str, gallery: Gallery) -> None:
    with page_of(browser) as page:
        page.goto(address)
        page.locator("#why").fill("half a thought")
        with page.expect_response(address + "/"):
            gallery.text = "Shot SH020"
            gallery.version += 1
        expect(page.locator("#rows")).to_contain_text("Shot SH020")
        expect(page.locator("#why")).to_have_value("half a thought")
        expect(page.locator(".notice").first).to_contain_text("Shot SH010")


def test_a_page_misses_no_change_before_it_listens(browser: Browser, address: str, gallery: Gallery) -> None:
    def change() -> None:
        if gallery.views == 1:
            gallery.text = "Shot SH030"
            gallery.version += 1

    gallery.after_view = change
    with page_of(browser) as page:
        page.goto(address)
        expect(page.locator("#rows")).to_contain_text("Shot SH030")
    assert gallery.views == 2


def test_keys_lead_through_a_page(browser: Browser, address: str) -> None:
    with page_of(browser) as page:
        page.goto(address)
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        expect(page.locator("tr[aria-selected=true]")).to_have_attribute("data-row", "/#waiting")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#waiting"))
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_form_is_sent_once_however_often_its_button_is_pressed(
    browser: Browser, address: str, gallery: Gallery
) -> None:
    with page_of(browser) as page:
        page.goto(address)
        page.get_by_role("button", name="Retry 3 runs").dblclick()
        page.wait_for_url(address + "/")
        expect(page.locator("h1")).to_be_visible()
    assert len(gallery.sent) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (2.5, "2.5 s ago"), (59, "59 s ago"), (61, "1 min ago"), (-7200, "in 2 h"), (86400 * 3, "3 d ago")],
)
def test_ages_are_in_one_unit(seconds: float, text: str) -> None:
    assert words.age(seconds) == text


def test_an_application_serves_files_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.js").write_text("// ours")
    pages = Pages(tmp_path, own_static=tmp_path, product="Callboard", shared=lambda _: {})
    client = TestClient(Starlette(routes=[*pages.routes], exception_handlers={HTTPException: pages.refuse}))
    address = pages.environment.from_string("{{ own_static('own.js') }}").render()
    answer = client.get(address)
    assert (answer.text, "immutable" in answer.headers["Cache-Control"]) == ("// ours", True)
    for missing in ("/static/own/other.js", "/static/nobody/own.js", "/static/own/..%2Ftest_parts.py"):
        assert client.get(missing).status_code == 404
