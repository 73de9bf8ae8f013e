"""Imports point one way: which room may know which is written in ``rooms.py``, and nowhere broken."""

from __future__ import annotations

import sys

import pytest
from tests.imports.rooms import CALLBOARD, MEETING_PLACES, SHOW_PAGES, allowed
from tests.imports.source import PACKAGES, cycles, everything, imports, modules, own_imports, room

ENGINE = "callboard.engine."
#: What an author's automation may import beside the names of ``callboard`` itself.
PUBLIC = {"callboard", *(f"callboard.{name}" for name in ("batches", "forms", "media", "paths", "reviews", "versions"))}

#: Step of a change's way -> what it must not know, by whatever detour: what comes before it hands over and is never
#: asked, and what comes after it is woken through the store.
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


def below(package: str, dotted: str) -> str:
    """Return a dotted name without its package."""
    return dotted.removeprefix(package).lstrip(".")


@pytest.mark.parametrize("module", everything())
def test_a_module_imports_only_what_its_room_may_know(module: str) -> None:
    package = module.partition(".")[0]
    may = allowed(package, own := below(package, room(module)))
    if may is None:
        return
    wrong = {
        name
        for name in own_imports(module)
        if name.partition(".")[0] == package and below(package, room(name)) not in may | {own}
    }
    assert not wrong, f"{module} may not import {sorted(wrong)}"


def test_what_rooms_may_import_has_no_cycle_either() -> None:
    graph = {name: (may or set()) - {name} for name, may in CALLBOARD.items()}
    assert cycles(graph) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_imports_itself_by_a_detour(package: str) -> None:
    """Imports inside functions count, and so do those for the type checker alone."""
    graph = {module: own_imports(module) for module in modules(package)}
    assert cycles(graph) == []


def test_automations_import_what_is_public_and_nothing_below_it() -> None:
    free = PUBLIC | {"pydantic"} | set(sys.stdlib_module_names)
    for module, path in modules("callboard").items():
        if module.startswith("callboard.automations."):
            wrong = {name for name in imports(path) if name not in free and name.partition(".")[0] not in free - PUBLIC}
            assert not wrong, f"{module} may not import {sorted(wrong)}"


def known_to(step: str) -> set[str]:
    """Return the modules of the engine that a module of it imports, directly or through others."""
    known: set[str] = set()
    asked = [step]
    while asked:
        module = asked.pop()
        new = {below(ENGINE, name) for name in own_imports(ENGINE + module) if name.startswith(ENGINE)} - known
        known |= new
        asked += new
    return known


@pytest.mark.parametrize("step", ONE_WAY)
def test_a_change_goes_one_way_through_the_engine(step: str) -> None:
    assert not known_to(step) & ONE_WAY[step]


def test_only_the_store_speaks_sql() -> None:
    those = {
        module
        for module, path in modules("callboard").items()
        if any(name.partition(".")[0] == "sqlalchemy" for name in imports(path))
    }
    assert {module for module in those if not module.startswith("callboard.engine.store.")} == set()


def test_only_the_server_starts_the_dashboard() -> None:
    those = {
        module
        for module in modules("callboard")
        if module.startswith(ENGINE)
        and any(room(name).startswith("callboard.dashboard") for name in own_imports(module))
    }
    assert those == {"callboard.engine.server"}


def test_callboard_and_the_sandbox_meet_in_the_demo_only() -> None:
    for module in modules("callboard"):
        if not module.startswith(MEETING_PLACES):
            assert not [name for name in own_imports(module) if name.startswith("ftrack_sandbox")], module
    for module in modules("ftrack_sandbox"):
        assert not [name for name in own_imports(module) if name.partition(".")[0] == "callboard"], module


def test_the_shared_pages_know_neither_package_and_are_known_where_pages_are_shown() -> None:
    for module in modules("callboard_pages"):
        assert {name.partition(".")[0] for name in own_imports(module)} <= {"callboard_pages"}, module
    for module in everything():
        if not module.startswith(("callboard_pages", *SHOW_PAGES)):
            assert not [name for name in own_imports(module) if name.startswith("callboard_pages")], module
