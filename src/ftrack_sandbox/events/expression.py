"""Event expressions: which events a subscriber wants, and which subscribers an event is for.

    topic=ftrack.update and (source.user.username="ada" or not data.user.name=*bot*)

A condition compares the value found at a dotted key with a text, bare or quoted. The grammar is that
of the official client's event/expression.py. Two things are our choice: a trailing ``*`` matches a
prefix (the client accepts the text anywhere, so nothing that it would refuse gets through), and
numbers compare as numbers (in the client such a comparison fails).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

#: Tells whether an event, or a subscriber's metadata, satisfies an expression.
Matcher = Callable[[Mapping[str, Any]], bool]

_MAXIMUM_DEPTH = 50
_MAXIMUM_LENGTH = 10_000
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<parenthesis>[()])
      | (?P<operator>>=|<=|!=|=|>|<)
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | (?P<word>[\w\-,./*@+]+)
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class ExpressionError(ValueError):
    """The text is not an event expression."""


def parse(text: str) -> Matcher:
    """Return a function that tells whether a mapping satisfies the expression.

    Raises:
        ExpressionError: The text is empty, too long, or breaks the grammar.
    """
    if len(text) > _MAXIMUM_LENGTH:
        raise ExpressionError(f"An expression has at most {_MAXIMUM_LENGTH:,} characters, not {len(text):,}.")
    return _parse(text)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Matcher:
    # Events of one kind carry the same target over and over.
    return _Parser(text).parse()


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._position = 0

    def parse(self) -> Matcher:
        if not self._tokens:
            raise ExpressionError("The expression is empty.")
        matcher = self._either(depth=0)
        if self._position < len(self._tokens):
            self._refuse("and, or or the end")
        return matcher

    def _either(self, depth: int) -> Matcher:
        if depth > _MAXIMUM_DEPTH:
            raise ExpressionError(f"The expression is nested more than {_MAXIMUM_DEPTH} deep.")
        matchers = [self._both(depth)]
        while self._takes("word", "or"):
            matchers.append(self._both(depth))
        return matchers[0] if len(matchers) == 1 else lambda given: any(m(given) for m in matchers)

    def _both(self, depth: int) -> Matcher:
        matchers = [self._negate(depth)]
        while self._takes("word", "and"):
            matchers.append(self._negate(depth))
        return matchers[0] if len(matchers) == 1 else lambda given: all(m(given) for m in matchers)

    def _negate(self, depth: int) -> Matcher:
        negations = 0
        while self._takes("word", "not"):
            negations += 1
        matcher = self._single(depth)
        return (lambda given: not matcher(given)) if negations % 2 else matcher

    def _single(self, depth: int) -> Matcher:
        if self._takes("parenthesis", "("):
            matcher = self._either(depth + 1)
            if not self._takes("parenthesis", ")"):
                self._refuse("a closing parenthesis")
            return matcher
        key = self._next({"word"}, "a key")
        comparison = self._next({"operator"}, "an operator")
        value = self._next({"word", "double", "single"}, "a value")
        return _condition(key.split("."), comparison, value)

    def _takes(self, kind: str, text: str) -> bool:
        if self._position < len(self._tokens):
            found_kind, found, _ = self._tokens[self._position]
            if found_kind == kind and found.lower() == text:
                self._position += 1
                return True
        return False

    def _next(self, kinds: set[str], wanted: str) -> str:
        if self._position >= len(self._tokens) or self._tokens[self._position][0] not in kinds:
            self._refuse(wanted)
        self._position += 1
        return self._tokens[self._position - 1][1]

    def _refuse(self, wanted: str) -> None:
        at_end = self._position >= len(self._tokens)
        place = "at the end" if at_end else f"at character {self._tokens[self._position][2]}"
        raise ExpressionError(f"Expected {wanted} {place} of {self._text!r}.")


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"Cannot read character {position} of {text!r}.")
        kind = match.lastgroup
        value = match.group(kind)
        found.append((kind, re.sub(r"\\(.)", r"\1", value) if kind != "word" else value, match.start(kind)))
        position = match.end()
    return found


def _condition(path: list[str], comparison: str, value: str) -> Matcher:
    test = _test(comparison, value)

    def matches(given: Mapping[str, Any]) -> bool:
        found: Any = given
        for key in path:
            if not isinstance(found, Mapping) or key not in found:
                return False
            found = found[key]
        return test(found)

    return matches


def _test(comparison: str, value: str) -> Callable[[Any], bool]:
    if comparison == "=" and value.endswith("*"):
        prefix = value[:-1]
        return lambda found: isinstance(found, str) and found.startswith(prefix)
    compare = _COMPARISONS[comparison]
    number = _number(value)

    def compares(found: Any) -> bool:
        if isinstance(found, int | float) and number is not None:
            return compare(found, number)
        if isinstance(found, str):
            return compare(found, value)
        return comparison == "!="

    return compares


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
