"""What actions and people send makes no page and no value but its own."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from ftrack_sandbox.web.pages.answers import offers, read_answer, web_address
from ftrack_sandbox.web.pages.forms import WrongValuesError, read_form_data, refilled, values_of
from ftrack_sandbox.web.pages.markdown import markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](https://spy.example/x.png)",
    "<img src=x onerror=alert(1)>",
    '[x](https://a.example "\\" onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "`<b>`",
    "&lt;script&gt;",
    "[x](//evil.example)",
    "[x](\x01javascript:alert(1))",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
#: Items that look like those of a form, more or less.
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["label", "text", "textarea", "number", "boolean", "date", "enumerator", "hidden"])
        | JSON,
        "name": st.sampled_from(["a", "b", "csrf", "do"]) | JSON,
        "label": JSON,
        "value": JSON,
        "empty_text": JSON,
        "multi_select": JSON,
        "data": st.lists(st.fixed_dictionaries({"label": JSON, "value": JSON}) | JSON, max_size=3) | JSON,
    },
)
_TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
_ALLOWED = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr"} | {
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td")
}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markdown_stays_text(text: str) -> None:
    check(str(markdown(text)))


@given(st.text(alphabet=st.sampled_from("<>[]()!*_`#&;:/\\\"' \nabjsript\x00"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_markdown_makes_only_what_is_allowed(text: str) -> None:
    check(str(markdown(text)))


def check(html: str) -> None:
    for _, tag, rest in _TAG.findall(html):
        assert tag in _ALLOWED, html
        for name, value in re.findall(r'([a-z-]+)="([^"]*)"', rest):
            assert name in {"href", "rel", "title", "start", "class", "style"}, html
            assert name != "style" or value.startswith("text-align:"), html
            assert name != "href" or re.match(r"https?://|mailto:|/(?!/)|#", value), html
    assert "<" not in _TAG.sub("", html)


def test_markdown_is_what_people_expect_of_it() -> None:
    assert markdown("# Title\n**b** and *i*\nnext") == (
        "<h3>Title</h3>\n<p><strong>b</strong> and <em>i</em><br />\nnext</p>\n"
    )
    assert markdown(None) == ""
    assert "x" * 30_000 in markdown("x" * 30_000)


@given(st.lists(ITEMS | JSON, max_size=4), st.lists(st.tuples(st.integers(0, 3), st.text(max_size=10)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_form_is_read_and_answered_with_json(items: list[Any], sent: list[tuple[int, str]]) -> None:
    form = read_form_data({"items": items, "title": items, "submit_button_label": None}, "item")
    data = FormData([(f"item-{place}", text) for place, text in sent])
    again = refilled(form, data)
    assert [field.kind for field in again.fields] == [field.kind for field in form.fields]
    for field in [*form.fields, *again.fields]:
        assert isinstance(field.shown, str | bool | list)
    with suppress(WrongValuesError):
        json.dumps(values_of(form, data))


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_any_reply_is_an_answer_and_a_menu(data: Any) -> None:
    answer = read_answer(data, "http://127.0.0.1:8090")
    assert isinstance(answer.message, str)
    assert all(offer.label for offer in offers(data))


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("https://a.example/x.png", "https://a.example/x.png"),
        ("javascript:alert(1)", ""),
        ("default", ""),
        ("//a.example/x.png", ""),
        ("http://[", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_an_address_of_the_web(address: object, read: str) -> None:
    assert web_address(address) == read


def test_only_widgets_of_this_server_are_framed() -> None:
    def framed(url: str) -> bool:
        widget = read_answer({"type": "widget", "url": url}, "http://127.0.0.1:8090/").widget
        assert widget
        return widget.framed

    assert framed("http://127.0.0.1:8090/widget/info?theme=dark")
    assert not framed("http://127.0.0.1:8090/projects")
    assert not framed("http://127.0.0.1:8090.evil.example/widget/info")
    assert not framed("https://127.0.0.1:8090/widget/info")
