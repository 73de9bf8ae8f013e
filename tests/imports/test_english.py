"""Plain modern English, as far as a habit can be found mechanically: in docs, messages, docstrings and comments."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.imports.source import SOURCE, everything, tree

ROOT = SOURCE.parent

#: Habit -> what to write instead.
HABITS = {
    r"(?<!there )\b(?:is|are|was|were|be) no (?!longer\b|more than\b|less than\b|different\b)": "is not a …",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\b(?:tell|tells|told|telling) of\b": "report, show",
    r"\b(?:is|are|was|were|be|been|being) told\b": "learn, hear, see; or turn the sentence around",
    r"\bat once\b": "immediately; at the same time; together",
    r"(?:^|[.:;] +)Who [a-z]+[^?]*$": "whoever, or people who",
    r"\bnone of (?:its|our|their) business\b": "ignore",
    r"\banew\b": "again",
    r"\bamid\b": "during",
    r"\bheals?\b": "recover",
    r"\bfor ever\b": "forever",
    r"\b(?:go|goes|going) on\b(?! (?:the|a|its|their|another|Monday)\b)": "continue",
}
_FOUND = {re.compile(habit, re.IGNORECASE if habit.islower() else 0): better for habit, better in HABITS.items()}
PAGES = [path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")) if path.name != "LICENSE.md"]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a person reads in a file, with its line: pages whole, of code the strings and comments."""
    if path.suffix == ".md":
        yield from enumerate(path.read_text("utf-8").splitlines(), 1)
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from enumerate(node.value.splitlines(), node.lineno)
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#: ")


@pytest.mark.parametrize("path", [*PAGES, *everything().values()], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_has_none_of_the_habits(path: Path) -> None:
    found = [
        f"line {line}: {text.strip()} -> {better}"
        for line, text in texts(path)
        for habit, better in _FOUND.items()
        if habit.search(text)
    ]
    assert found == []
