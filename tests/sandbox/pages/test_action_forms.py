"""What actions and people send makes no page and no value but its own."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from callboard_pages import Pages
from ftrack_sandbox.web.pages import visit
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
#: What answers and their forms are made of, beside Markdown.
_PARTS = {"form", "input", "label", "textarea", "select", "option", "button", "div", "fieldset", "legend", "iframe"}
_PAGES = Pages(Path(visit.__file__).parent / "templates", product="test", shared=lambda _: {})
_PAGES.environment.filters["markdown"] = markdown
PAGE = _PAGES.environment.from_string(
    '{% import "answers.html" as answers with context %}{{ answers.show(answer, "/x", {"answer": 0}) }}'
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


@given(JSON, st.lists(ITEMS | JSON, max_size=4))
@settings(max_examples=150, deadline=None)
def test_whatever_an_action_answers_makes_no_markup(data: Any, items: list[Any]) -> None:
    answered = {**data, "items": items} if isinstance(data, dict) else {"items": items, "message": data, "title": data}
    answer = read_answer(answered, "http://127.0.0.1:8090")
    text = PAGE.render(answer=answer, csrf="secret")
    seen = _Tags()
    seen.feed(text)
    assert {tag for tag, _ in seen.found} <= _ALLOWED | _PARTS
    assert not [name for _, names in seen.found for name in names if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><b>", "{{ 7 }}"]
)
def test_hostile_texts_stay_texts_in_every_item(text: str) -> None:
    kinds = ["label", "text", "textarea", "number", "boolean", "date", "enumerator", "hidden", text]
    items: list[dict[str, Any]] = [
        {
            "type": kind,
            "name": text,
            "label": text,
            "value": text,
            "empty_text": text,
            "data": [{"label": text, "value": text}],
        }
        for kind in kinds
    ]
    items.append({**items[6], "multi_select": True})
    answer = read_answer({"items": items, "message": text, "submit_button_label": text}, "http://127.0.0.1:8090")
    page = PAGE.render(answer=answer, csrf="secret")
    seen = _Tags()
    seen.feed(page)
    assert {tag for tag, _ in seen.found} <= _ALLOWED | _PARTS
    assert not [name for _, names in seen.found for name in names if name.startswith("on")]
    assert "{{ 7 }}" in page or text != "{{ 7 }}"


class _Tags(HTMLParser):
    """Collects the tags of a page with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))
