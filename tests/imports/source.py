"""The source as the import tests read it: modules, the rooms they lie in, and what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
PACKAGES = ("callboard", "callboard_pages", "ftrack_sandbox")
#: Python before 3.11.8 counts how deep the parsers of all threads are together, and another thread that logs an error
#: parses too; then parsing fails by chance.
_TRIES = 10


@cache
def modules(package: str) -> dict[str, Path]:
    """Return every module of a package: dotted name -> file."""
    found = {}
    for path in sorted((SOURCE / package).rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    text = path.read_text("utf-8")
    for _ in range(_TRIES - 1):
        with suppress(SystemError):
            return ast.parse(text)
    return ast.parse(text)


def everything() -> dict[str, Path]:
    """Return the modules of both packages."""
    return {name: path for package in PACKAGES for name, path in modules(package).items()}


@cache
def imports(path: Path, *, checking: bool = True) -> frozenset[str]:
    """Return the dotted names that a module imports, anywhere in it; modules of ours by their own names.

    Args:
        path: The module's file.
        checking: Whether imports for the type checker alone count.
    """
    known = everything()
    names = set()
    for node in _walk(tree(path), checking=checking):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively, in line {node.lineno}"
            origin = node.module or ""
            names |= {full if (full := f"{origin}.{alias.name}") in known else origin for alias in node.names}
    return frozenset(names)


def room(module: str) -> str:
    """Return the folder that a module lies in, or the module itself when it lies loose in its package."""
    path = everything()[module]
    folder = path.parent.relative_to(SOURCE).parts
    return ".".join(folder) if len(folder) > 1 else module


def own_imports(module: str, *, checking: bool = True) -> set[str]:
    """Return the modules of both packages that a module imports."""
    known = everything()
    return {name for name in imports(known[module], checking=checking) if name in known and name != module}


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the knots of a graph: groups of nodes of which each reaches each (Tarjan's algorithm)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    knots = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        path.append(node)
        for following in graph.get(node, ()):
            if following not in order:
                visit(following)
            if following in path:
                lowest[node] = min(lowest[node], lowest[following])
        if lowest[node] == order[node]:
            knot = path[path.index(node) :]
            del path[path.index(node) :]
            if len(knot) > 1:
                knots.append(sorted(knot))

    for node in graph:
        if node not in order:
            visit(node)
    return knots


def _walk(node: ast.AST, *, checking: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not checking and is_checking_block(child):
            continue
        yield child
        yield from _walk(child, checking=checking)


def is_checking_block(node: ast.AST) -> bool:
    """Whether a statement is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
