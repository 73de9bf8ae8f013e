"""Expressions of the event hub, also held against the official client's own matcher."""

from __future__ import annotations

from typing import Any

import ftrack_api.event.expression
import pytest

from ftrack_sandbox.events import expression

EVENT = {
    "topic": "ftrack.update",
    "source": {"user": {"username": "ada", "id": None}},
    "data": {"count": 12, "name": "sh010_comp", "note": "it's fine"},
}

MATCHING = [
    "topic=ftrack.update",
    "topic = 'ftrack.update'",
    'topic="ftrack.update"',
    "topic=ftrack.*",
    "topic=ftrack.update and source.user.username=ada",
    "topic=other or source.user.username=ada",
    "not topic=other",
    "topic=ftrack.update and not (data.name=x or data.name=y)",
    "topic != other",
    "(topic=ftrack.update)",
    "topic=ftrack.update AND data.name=sh010_comp",
    'data.note="it\'s fine"',
    "data.name >= sh000",
]
NOT_MATCHING = [
    "topic=ftrack.updat",
    "topic=other",
    "data.missing=1",
    "data.missing!=1",
    "topic.deeper=1",
    "source.user.username=ada and topic=other",
    "not topic=ftrack.update",
    "topic=other and topic=other or topic=other",
]


@pytest.mark.parametrize("text", MATCHING)
def test_an_expression_matches(text: str) -> None:
    assert expression.parse(text)(EVENT)


@pytest.mark.parametrize("text", NOT_MATCHING)
def test_an_expression_does_not_match(text: str) -> None:
    assert not expression.parse(text)(EVENT)


@pytest.mark.parametrize("text", MATCHING + NOT_MATCHING)
def test_the_official_client_agrees(text: str) -> None:
    official: Any = ftrack_api.event.expression.Parser().parse(text)
    assert official.match(EVENT) == expression.parse(text)(EVENT)


@pytest.mark.parametrize(
    ("text", "matches"), [("data.count>9", True), ("data.count<=11", False), ("data.count=12", True)]
)
def test_numbers_compare_as_numbers(text: str, matches: bool) -> None:
    assert expression.parse(text)(EVENT) is matches


def test_a_star_at_the_end_matches_a_beginning_only() -> None:
    assert expression.parse("data.name=sh010*")(EVENT)
    assert not expression.parse("data.name=comp*")(EVENT)


def test_and_binds_tighter_than_or() -> None:
    matcher = expression.parse("a=1 or b=1 and c=1")
    assert matcher({"a": "1"})
    assert not matcher({"b": "1"})
    assert matcher({"b": "1", "c": "1"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "topic",
        "topic=",
        "=x",
        "topic=a b",
        "(topic=a",
        "topic=a)",
        "topic=a and",
        "topic ~ a",
        "topic='a",
        "not",
    ],
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(expression.ExpressionError):
        expression.parse(text)


def test_deep_nesting_is_refused_and_does_no_harm() -> None:
    with pytest.raises(expression.ExpressionError, match="nested"):
        expression.parse("(" * 1_000 + "a=1" + ")" * 1_000)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(expression.ExpressionError, match="characters"):
        expression.parse("topic=" + "a" * 100_000)


def test_the_place_of_a_mistake_is_named() -> None:
    with pytest.raises(expression.ExpressionError, match="character 8"):
        expression.parse("topic = (")
