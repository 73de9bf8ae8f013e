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
    "settings": {"errors"},
    "ftrack": {"changes", "errors"},
    "jobs": {"changes", "ftrack", "settings"},
    "forms": {"changes", "ftrack", "jobs"},
    "registry": {"changes", "effects", "forms", "settings"},
    "configuration": {"errors", "registry", "settings"},
    "testing": {"", "changes", "effects", "registry", "settings"},
    "studio": {"", "changes", "effects", "errors", "forms", "ftrack", "jobs", "settings", "studio"},
    "automations": {"", "ftrack", "studio", "automations"},
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
ENGINE = "callboard.engine."
#: The one module of the engine that starts the dashboard.
WIRES_THE_DASHBOARD = "callboard.engine.server"
#: Step of a change's way -> what it must know nothing of, by whatever detour: what comes before it hands over and is
#: never asked, and what comes after it is woken through the store.
_BEFORE_THE_INBOX = {"reading.hub", "reading.doorbells", "reading.feeds", "reading.reader", "reading.watch"}
_AFTER_THE_INBOX = {
    "store.batches",
    "running.load",
    "running.plan",
    "running.apply",
    "running.apply_ftrack",
    "running.worker",
}
_THE_ACTIONS = {
    "actions.action_event",
    "actions.menu_cache",
    "actions.dialogs",
    "actions.job_queue",
    "actions.job_runner",
}
_DATABASE, _HISTORY, _INBOX, _LANES = "store.database", "store.history", "store.inbox", "store.lanes"
_LOAD, _PLAN, _APPLY, _WORKER = "running.load", "running.plan", "running.apply", "running.worker"
ONE_WAY = {
    "reading.hub": {"reading.doorbells", "reading.reader", "reading.watch", _INBOX, _LANES, _DATABASE, _HISTORY}
    | _AFTER_THE_INBOX
    | _THE_ACTIONS,
    "reading.doorbells": {"reading.hub", _INBOX, _DATABASE},
    "reading.watch": {"reading.hub", _HISTORY} | _AFTER_THE_INBOX | _THE_ACTIONS,
    _INBOX: {_LANES, _HISTORY} | _BEFORE_THE_INBOX | _AFTER_THE_INBOX | _THE_ACTIONS,
    _LANES: {_INBOX, _HISTORY} | _BEFORE_THE_INBOX | _AFTER_THE_INBOX | _THE_ACTIONS,
    _LOAD: {_INBOX, _LANES, _PLAN, _APPLY, _DATABASE, _HISTORY} | _BEFORE_THE_INBOX | _THE_ACTIONS,
    _PLAN: {_INBOX, _LANES, _LOAD, _APPLY, _DATABASE, _HISTORY} | _BEFORE_THE_INBOX | _THE_ACTIONS,
    _APPLY: {_INBOX, _LOAD, _PLAN, _WORKER, _HISTORY} | _BEFORE_THE_INBOX | _THE_ACTIONS,
    _WORKER: {_INBOX, _HISTORY} | _BEFORE_THE_INBOX | _THE_ACTIONS,
    _HISTORY: {_INBOX, _LANES} | _BEFORE_THE_INBOX | _AFTER_THE_INBOX | _THE_ACTIONS,
    "actions.dialogs": _BEFORE_THE_INBOX | {_LOAD, _PLAN, _APPLY, "running.apply_ftrack", _WORKER, _HISTORY},
}
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


def known_to(step: str) -> set[str]:
    """The modules of the engine that a module of it imports, directly or through others."""
    paths = {module.removeprefix(ENGINE): path for module, path in modules("callboard") if module.startswith(ENGINE)}
    known: set[str] = set()
    asked = [step]
    while asked:
        module = asked.pop()
        names = {name.removeprefix(ENGINE) for name in imports(paths[module], ENGINE + module)}
        new = (names & paths.keys()) - known
        known |= new
        asked += new
    return known


@pytest.mark.parametrize("step", ONE_WAY)
def test_a_change_goes_one_way_through_the_engine(step: str) -> None:
    assert not known_to(step) & ONE_WAY[step]


def test_no_module_of_the_engine_imports_itself_by_a_detour() -> None:
    steps = [module.removeprefix(ENGINE) for module, _ in modules("callboard") if module.startswith(ENGINE)]
    assert [step for step in steps if step in known_to(step)] == []


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
