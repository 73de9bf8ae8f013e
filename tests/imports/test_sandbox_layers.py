"""The sandbox is a stack: what lies below never learns of what lies above, not even by a detour."""

from __future__ import annotations

import pytest
from tests.imports.rooms import SANDBOX
from tests.imports.source import modules, own_imports

PACKAGE = "ftrack_sandbox."
#: The layers whose order ``ARCHITECTURE.md`` draws; ``events`` and ``media`` stand beside each other.
STACK = ("schema", "store", "query", "operations", "rules", "api", "events", "media", "sandbox", "web")
#: Modules of ``operations`` that hold data or answer about it, and therefore know none of the verbs.
NOUNS = ("accounts", "call", "hooks", "layout", "ownership", "permissions", "records")
VERBS = ("changing", "creating", "deleting", "entities", "membership", "updating")


def known_to(module: str) -> set[str]:
    """Return every module of the sandbox that one imports, directly or through others."""
    known: set[str] = set()
    asked = [module]
    while asked:
        new = {name for name in own_imports(asked.pop()) if name.startswith(PACKAGE)} - known
        known |= new
        asked += new
    return known


def layer(module: str) -> str:
    return module.removeprefix(PACKAGE).partition(".")[0]


@pytest.mark.parametrize("name", [name for name in modules("ftrack_sandbox") if layer(name) in STACK])
def test_a_layer_knows_nothing_above_itself(name: str) -> None:
    above = set(STACK[STACK.index(layer(name)) + 1 :])
    assert {layer(each) for each in known_to(name)} & above == set()


def test_the_stack_stands_in_the_order_of_the_rooms() -> None:
    assert [each for each in SANDBOX if each in STACK] == list(STACK)


@pytest.mark.parametrize("noun", NOUNS)
def test_what_a_batch_holds_knows_nothing_of_what_is_done_with_it(noun: str) -> None:
    assert known_to(f"{PACKAGE}operations.{noun}") & {f"{PACKAGE}operations.{verb}" for verb in VERBS} == set()


def test_only_rules_know_both_the_hooks_and_what_hangs_on_them() -> None:
    operations = {name for name in modules("ftrack_sandbox") if layer(name) == "operations"}
    assert not [name for name in operations if any(layer(each) == "rules" for each in known_to(name))]
    assert [name for name in known_to(f"{PACKAGE}rules") if name == f"{PACKAGE}operations.hooks"]
