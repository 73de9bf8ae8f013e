"""One dialect in both packages: docstrings, loggers, constants, exemptions and blocks for the type checker."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.imports.source import SOURCE, everything, is_checking_block, tree

#: How a function's docstring does not begin: it says what the function does ("Return the path."), not what it is.
NOT_A_VERB = {
    *("the", "a", "an", "this", "that", "those", "these", "its", "one", "two", "all", "each", "every", "everything"),
    *("what", "which", "who", "whose", "how", "why", "when", "where", "whether", "if", "nothing", "no", "some", "any"),
    *("returns", "yields", "makes", "creates", "gives", "sends", "reads", "writes", "checks", "gets", "sets"),
}
#: How the docstring of a module, class or property does not begin: it is a noun phrase, not half a question.
NOT_A_NOUN = {"what", "how", "who", "which", "why", "where", "when"}
#: Libraries that take long to load, so that a module which only names their types does not load them.
SLOW = {"OpenImageIO", "PIL", "PyOpenColorIO", "av", "ftrack_api", "numpy", "slack_sdk"}

FILES = list(everything().values())
_EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b.*")
_EXPLAINED = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* - \S.*|# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \S.*")


def by_file(files: list[Path]) -> pytest.MarkDecorator:
    """Return the mark that runs a test once for each file."""
    return pytest.mark.parametrize("path", files, ids=lambda path: str(path.relative_to(SOURCE)))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file."""
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@by_file(FILES)
def test_a_function_says_what_it_does_and_a_property_what_it_is(path: Path) -> None:
    wrong = []
    for function in functions(path):
        is_property = any(ast.unparse(each).endswith("property") for each in function.decorator_list)
        first = (ast.get_docstring(function) or "").partition(" ")[0].lower()
        if first and (first == "return" if is_property else first in NOT_A_VERB):
            wrong.append(f"line {function.lineno}: {function.name}")
    assert not wrong


@by_file(FILES)
def test_a_module_a_class_and_a_property_begin_with_a_noun(path: Path) -> None:
    described = [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef)
        or (
            isinstance(node, ast.FunctionDef)
            and any(ast.unparse(each).endswith("property") for each in node.decorator_list)
        )
    ]
    texts = [ast.get_docstring(node) or "" for node in described]
    assert [text for text in texts if text.partition(" ")[0].lower() in NOT_A_NOUN] == []


@by_file(FILES)
def test_a_logger_has_one_name(path: Path) -> None:
    names = [
        ast.unparse(statement)
        for statement in tree(path).body
        if isinstance(statement, ast.Assign) and "getLogger" in ast.unparse(statement.value)
    ]
    assert set(names) <= {"_log = logging.getLogger(__name__)"}


@by_file(FILES)
def test_a_constant_is_explained_above_it(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    wrong = []
    for statement, following in zip(tree(path).body, [*tree(path).body[1:], None], strict=True):
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            above = lines[statement.lineno - 2].strip() if statement.lineno > 1 else ""
            is_text_below = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            if is_text_below or (above.startswith("#") and not above.startswith("#:")):
                wrong.append(f"line {statement.lineno}: {lines[statement.lineno - 1]}")
    assert not wrong


@by_file([path for path in FILES if not path.match("imports/test_dialect.py")])
def test_an_exemption_says_why(path: Path) -> None:
    found = [match[0] for line in path.read_text("utf-8").splitlines() if (match := _EXEMPTION.search(line))]
    assert [each for each in found if not _EXPLAINED.fullmatch(each)] == []


@by_file(FILES)
def test_blocks_for_the_type_checker_hold_slow_libraries_only(path: Path) -> None:
    """Cycles would be the other reason; there is none."""
    names = {
        name.partition(".")[0]
        for block in ast.walk(tree(path))
        if is_checking_block(block)
        for node in ast.walk(block)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= SLOW
