"""Imports point one way: what may know what is said here, and nowhere broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

#: Part of Callboard -> what it may import of Callboard. A part is a package, or a module beside them.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "changes": set(),
    "effects": {"changes"},
    "settings": {"errors", "registry", "automations"},
    "registry": {"changes", "effects", "forms", "settings"},
    "jobs": {"changes"},
    "forms": {"changes", "jobs"},
    "ftrack": {"changes", "errors"},
    "testing": {"", "changes", "effects", "registry", "settings"},
    "studio": {"", "changes", "effects", "errors", "forms", "ftrack", "jobs", "settings", "studio"},
    "automations": {"", "studio", "automations"},
    "engine": {
        "changes",
        "dashboard",
        "effects",
        "errors",
        "forms",
        "ftrack",
        "jobs",
        "registry",
        "settings",
        "studio",
        "engine",
    },
    "dashboard": {"errors", "settings", "dashboard"},
}
#: These wire everything together, or play the demo.
FREE = {"", "cli", "demo", "__main__"}
#: The one module of the engine that starts the dashboard.
WIRES_THE_DASHBOARD = "callboard.engine.server"
#: Where both packages may meet.
MAY_IMPORT_THE_SANDBOX = ("callboard.demo", "callboard.cli.demo")


def modules(package: str) -> list[tuple[str, Path]]:
    """Every module of a package by its dotted name."""
    found = []
    for path in sorted((SOURCE / package).rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found.append((".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


def imports(path: Path, module: str) -> Iterator[str]:
    """The dotted names that a module imports when it runs; those for the type checker alone do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively, in line {node.lineno}"
            yield node.module or ""
            # What ``callboard`` itself offers is the author's, wherever it comes from.
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module != "callboard")


def _running(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _running(child)


def part(name: str) -> str:
    """The part of Callboard that a dotted name lies in; empty for the author's names in ``callboard`` itself."""
    first = name.removeprefix("callboard").lstrip(".").partition(".")[0]
    return first if (SOURCE / "callboard" / first).is_dir() or (SOURCE / "callboard" / f"{first}.py").is_file() else ""


@pytest.mark.parametrize(("module", "path"), modules("callboard"), ids=[name for name, _ in modules("callboard")])
def test_callboard_imports_downwards_only(module: str, path: Path) -> None:
    own = part(module)
    if own in FREE:
        return
    wrong = {
        name
        for name in imports(path, module)
        if name.split(".")[0] == "callboard" and part(name) not in MAY_IMPORT[own] | {own}
    }
    assert not wrong, f"{module} may not import {sorted(wrong)}"


def test_only_the_server_starts_the_dashboard() -> None:
    those = [
        module
        for module, path in modules("callboard")
        if part(module) == "engine" and any(part(name) == "dashboard" for name in imports(path, module))
    ]
    assert those == [WIRES_THE_DASHBOARD]


def test_callboard_and_the_sandbox_meet_in_the_demo_only() -> None:
    for module, path in modules("callboard"):
        if not module.startswith(MAY_IMPORT_THE_SANDBOX):
            assert not [name for name in imports(path, module) if name.split(".")[0] == "ftrack_sandbox"], module
    for module, path in modules("ftrack_sandbox"):
        assert not [name for name in imports(path, module) if name.split(".")[0] == "callboard"], module
