"""A naive evaluator of criteria: loops over Python objects, and shares nothing with the sandbox's own.

Truth has three values, as in SQL: a comparison with an attribute that has no value is unknown (None).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ftrack_sandbox.store import Transaction

NAMES = ["a", "b", "ab", "A_b", "a%b", "Ä", "ä b", 'q"uote', "it's", "back\\slash", "none", "true", "1", ""]
DATES = [f"2024-05-{day:02}T{hour:02}:00:00" for day in (1, 2) for hour in (0, 9, 10)]
Truth = bool | None


@dataclass
class Thing:
    """One entity: its values, the ids of what it refers to, and the world it is in."""

    type: str
    values: dict[str, Any]
    world: World = field(repr=False)

    @property
    def id(self) -> str:
        return str(self.values["id"])


class World:
    """Entities that refer to each other at random."""

    def __init__(self, seed: int) -> None:
        self.things: list[Thing] = []
        choose = random.Random(seed)  # noqa: S311 - the same world for the same seed is the point
        users = [self._add("User", username=choose.choice(NAMES), is_active=choose.random() < 0.5) for _ in range(4)]
        statuses = [self._add("Status", name=choose.choice(NAMES), sort=choose.randrange(3)) for _ in range(4)]
        project = self._add("Project", name="project")
        project.values["project_id"] = project.id
        contexts = [project]
        for kind in ["Sequence"] * 3 + ["Shot"] * 6 + ["Task"] * 14:
            parent = choose.choice([each for each in contexts if each.type != "Task"])
            contexts.append(
                self._add(
                    kind,
                    name=choose.choice(NAMES),
                    description=choose.choice([None, *NAMES]),
                    bid=choose.choice([None, 0, 1.5, 2, 3600]),
                    created_at=choose.choice([None, *DATES]),
                    parent_id=parent.id,
                    project_id=project.id,
                    status_id=choose.choice([None, *(each.id for each in statuses)]),
                )
            )
        for _ in range(16):
            self._add(
                "Appointment",
                type=choose.choice(["assignment", "allocation"]),
                context_id=choose.choice(contexts).id,
                resource_id=choose.choice([None, *(each.id for each in users)]),
            )
        for _ in range(16):
            self._add(
                "Note",
                content=choose.choice([None, *NAMES]),
                is_todo=choose.choice([True, False]),
                parent_id=choose.choice(contexts).id,
                user_id=choose.choice(users).id,
            )

    def _add(self, kind: str, **values: Any) -> Thing:
        thing = Thing(kind, {"id": f"{kind.lower()}-{len(self.things)}", **values}, self)
        self.things.append(thing)
        return thing

    def store_in(self, connection: Transaction) -> None:
        for thing in self.things:
            connection.insert(thing.type, thing.values)

    def of_type(self, *types: str) -> list[Thing]:
        return [thing for thing in self.things if thing.type in types]

    def by_id(self, key: str | None) -> list[Thing]:
        return [thing for thing in self.things if thing.id == key]


TYPED = ("Sequence", "Shot", "Task")


def _ancestors(thing: Thing) -> list[Thing]:
    above = thing.world.by_id(thing.values.get("parent_id"))
    return [*above, *(further for each in above for further in _ancestors(each))]


def _referring(kind: str, column: str, **equal: Any) -> Callable[[Thing], list[Thing]]:
    def members(thing: Thing) -> list[Thing]:
        return [
            each
            for each in thing.world.of_type(*([kind] if kind != "Context" else TYPED))
            if each.values[column] == thing.id and all(each.values[name] == value for name, value in equal.items())
        ]

    return members


def _referred(column: str) -> Callable[[Thing], list[Thing]]:
    return lambda thing: thing.world.by_id(thing.values.get(column))


def _with_status(status: Thing) -> list[Thing]:
    return [each for each in status.world.of_type(*TYPED) if each.values["status_id"] == status.id]


@dataclass(frozen=True)
class Relation:
    """A relation: where it leads to, and how."""

    target: str
    many: bool
    members: Callable[[Thing], list[Thing]]


_CONTEXT_RELATIONS = {
    "parent": Relation("Context", many=False, members=_referred("parent_id")),
    "children": Relation("Context", many=True, members=_referring("Context", "parent_id")),
    "notes": Relation("Note", many=True, members=_referring("Note", "parent_id")),
    "appointments": Relation("Appointment", many=True, members=_referring("Appointment", "context_id")),
    "assignments": Relation(
        "Appointment", many=True, members=_referring("Appointment", "context_id", type="assignment")
    ),
}
_TYPED_RELATIONS = {
    **_CONTEXT_RELATIONS,
    "status": Relation("Status", many=False, members=_referred("status_id")),
    "ancestors": Relation(
        "TypedContext", many=True, members=lambda thing: [each for each in _ancestors(thing) if each.type in TYPED]
    ),
    "descendants": Relation(
        "TypedContext",
        many=True,
        members=lambda thing: [each for each in thing.world.of_type(*TYPED) if thing in _ancestors(each)],
    ),
}

#: By type: the attributes that the tests compare, with the kind of their values.
SCALARS: dict[str, dict[str, str]] = {
    "TypedContext": {"name": "text", "description": "text", "bid": "number", "created_at": "date", "status_id": "id"},
    "Context": {"name": "text", "id": "id"},
    "Status": {"name": "text", "sort": "number", "id": "id"},
    "Appointment": {"type": "text", "resource_id": "id"},
    "User": {"username": "text", "is_active": "boolean"},
    "Note": {"content": "text", "is_todo": "boolean", "parent_id": "id"},
}
SCALARS["Task"] = SCALARS["TypedContext"]
RELATIONS: dict[str, dict[str, Relation]] = {
    "TypedContext": _TYPED_RELATIONS,
    "Task": _TYPED_RELATIONS,
    "Context": _CONTEXT_RELATIONS,
    "Status": {"tasks": Relation("Task", many=True, members=_with_status)},
    "Appointment": {
        "resource": Relation("User", many=False, members=_referred("resource_id")),
        "context": Relation("Context", many=False, members=_referred("context_id")),
    },
    "User": {
        "assignments": Relation(
            "Appointment", many=True, members=_referring("Appointment", "resource_id", type="assignment")
        )
    },
    "Note": {"author": Relation("User", many=False, members=_referred("user_id"))},
}
MEMBERS_OF = {"TypedContext": TYPED, "Task": ("Task",), "Status": ("Status",), "Note": ("Note",), "User": ("User",)}


def opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def all_of(truths: Iterable[Truth]) -> Truth:
    found = list(truths)
    return False if False in found else None if None in found else True


def any_of(truths: Iterable[Truth]) -> Truth:
    return opposite(all_of(opposite(truth) for truth in truths))


def compare(value: Any, operator: str, wanted: Any) -> Truth:
    if wanted is None:
        return (value is None) is (operator == "is")
    if value is None:
        return None
    if operator in ("like", "not_like"):
        return like(value, wanted) is (operator == "like")
    truths: dict[str, bool] = {
        "is": value == wanted,
        "is_not": value != wanted,
        ">": value > wanted,
        ">=": value >= wanted,
        "<": value < wanted,
        "<=": value <= wanted,
    }
    return truths[operator]


def among(value: Any, wanted: list[Any], *, without_none: bool = False) -> Truth:
    """Return whether a value is among others, one of which may be None."""
    if not without_none and None in wanted:
        return any_of([value is None, among(value, [each for each in wanted if each is not None])])
    if not wanted:
        return False
    return None if value is None else value in wanted


def like(value: str, pattern: str) -> bool:
    expression = ""
    pieces = iter(re.findall(r"\\.|.|\\$", pattern, re.DOTALL))
    for piece in pieces:
        if piece in ("%", "_"):
            expression += ".*" if piece == "%" else "."
        else:
            expression += re.escape(piece[1:] if len(piece) == 2 else piece)
    if pattern.isascii():
        return re.fullmatch(expression, value, re.DOTALL | re.IGNORECASE | re.ASCII) is not None
    return re.fullmatch(expression.casefold(), value.casefold(), re.DOTALL) is not None
