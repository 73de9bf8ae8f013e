"""The hooks by which rules take part in writes, registered by entity type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from ftrack_sandbox.operations.call import Call
from ftrack_sandbox.operations.records import Record
from ftrack_sandbox.schema.model import EntityType

Row = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Draft:
    """An entity about to be created.

    Attributes:
        type: Its concrete type.
        row: Its values by column, so far; rules add to it.
    """

    type: EntityType
    row: Row


class Hook(Generic[P, R]):
    """One moment of a write, at which the rules of the entity's type run, the most general type's first.

    Used as a decorator that names the types::

        @before_create("Shot", "Sequence")
        def rule(call, draft): ...
    """

    def __init__(self) -> None:
        self._rules: dict[str, list[Callable[P, R]]] = {}

    def __call__(self, *types: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Register a function for the named types and the kinds of them."""

        def register(rule: Callable[P, R]) -> Callable[P, R]:
            for name in types:
                self._rules.setdefault(name, []).append(rule)
            return rule

        return register

    def run(self, lineage: Iterable[str], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Run the rules for a type, given with the types it is a kind of, and return what each returned."""
        return [rule(*args, **kwargs) for name in lineage for rule in self._rules.get(name, ())]


#: Returns what a new entity still needs, in words: ``rule(draft)``; the other hooks wait until it has everything.
needs: Hook[[Draft], list[str]] = Hook()

#: Fills in what the client left out, and refuses what cannot be: ``rule(call, draft)``.
before_create: Hook[[Call, Draft], None] = Hook()

#: Writes what follows from a new entity: ``rule(call, record)``.
after_create: Hook[[Call, Record], None] = Hook()

#: Completes or refuses new values, by column, of a record that still has the old ones.
before_update: Hook[[Call, Record, Row], None] = Hook()

#: Writes what follows from a change; gets the record and the values that its changed columns had.
after_update: Hook[[Call, Record, Row], None] = Hook()

#: Writes what follows from a deletion: ``rule(call, record)``.
after_delete: Hook[[Call, Record], None] = Hook()

#: Returns whether the server created an entity on its own: it stays in a collection that a client sends without it,
#: and makes room for a client's entity with the same key.
made_by_server: Hook[[Call, Record], bool] = Hook()
