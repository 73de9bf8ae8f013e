"""The page of the stand-in for Slack: who got which message, as people know them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Route, expect
from slack_sdk import WebClient
from tests.browser import assert_readable, browsing, page_of

from callboard.demo.slack_stub import SlackStub
from callboard.demo.slack_text import render
from callboard.mrkdwn import escape

MARKS = st.sampled_from(["*", "_", "~", "`", "<", ">", "&", "|", "http://a.b", "\n", " ", "x", "&lt;", "javascript:"])


@pytest.fixture
def slack() -> Iterator[SlackStub]:
    with SlackStub() as stub:
        yield stub


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*SH010* is ready", "<strong>SH010</strong> is ready"),
        ("_a *b*_ ~c~", "<em>a <strong>b</strong></em> <s>c</s>"),
        ("`*a_b*`", "<code>*a_b*</code>"),
        ("heron_010_comp 2*3*4", "heron_010_comp 2*3*4"),
        ("<http://a.b/c?d&amp;e|SH *1*>", '<a href="http://a.b/c?d&amp;e" rel="noreferrer">SH *1*</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("a\nb &lt;c&gt;", "a<br>b &lt;c&gt;"),
    ],
)
def test_marks_are_shown_as_slack_shows_them(text: str, html: str) -> None:
    assert render(text) == html


@given(st.lists(MARKS | st.text(max_size=5), max_size=60).map("".join))
@settings(deadline=None)
def test_nothing_but_our_own_tags_comes_out(text: str) -> None:
    tags = set(re.findall(r"<[^>]*>", render(text)))
    own = re.compile(r'</?(strong|em|s|code|a)>|<br>|<a href="https?://[^"\s]*" rel="noreferrer">')
    assert [tag for tag in tags if not own.fullmatch(tag)] == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_data_arrive_as_they_are(text: str) -> None:
    shown = unescape(re.sub(r"<[^>]*>", "", render(escape(text))))
    assert shown == text.replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")


def test_a_message_appears_on_the_open_page(slack: SlackStub) -> None:
    client = WebClient(token="x", base_url=slack.url)
    with browsing() as browser, page_of(browser) as page:
        page.goto(slack.page)
        expect(page.locator(".empty")).to_be_visible()
        client.chat_postMessage(channel="#lighting", text="*SH010* is ready: <script>alert(1)</script>")
        expect(page.locator(".message")).to_contain_text("SH010 is ready: <script>alert(1)</script>")
        client.chat_postMessage(channel="D-ann@studio.example", text="Hello Ann")
        page.get_by_role("link", name="ann@studio.example 1").click()
        expect(page.locator(".message")).to_have_count(1)
        expect(page.locator(".message")).to_contain_text("Hello Ann")


def test_a_message_between_a_page_and_its_first_listening_is_not_missed(slack: SlackStub) -> None:
    def send(route: Route) -> None:
        slack.messages.append({"channel": "#a", "to": "#a", "text": "In between", "at": "2026-03-01T09:00:00+00:00"})
        route.continue_()

    with browsing() as browser, page_of(browser) as page:
        page.route("**/live?*", send, times=1)
        page.route("**/live", send, times=1)
        page.goto(slack.page)
        expect(page.locator(".message")).to_contain_text("In between")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(slack: SlackStub, scheme: str) -> None:
    slack.messages.append({"channel": "#a", "to": "#a", "text": "b " * 200, "at": "2026-03-01T09:00:00+00:00"})
    with (
        browsing() as browser,
        page_of(browser, color_scheme=scheme, viewport={"width": 360, "height": 800}) as page,
    ):
        page.goto(slack.page)
        assert_readable(page)
