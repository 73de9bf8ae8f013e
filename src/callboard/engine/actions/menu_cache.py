"""What the action menu must know at once: what is selected, in which project, and who asks."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from callboard.changes import Person
from callboard.ftrack import Ftrack, ids, quote

#: What an event calls a selected entity (ftrack's older table names, and its schema's types) -> (schema type to read,
#: where its project's id is).
_FAMILIES = {
    "task": ("TypedContext", "project_id"),
    "show": ("Project", "id"),
    "asset": ("Asset", "parent.project_id"),
    "assetversion": ("AssetVersion", "asset.parent.project_id"),
    "list": ("List", "project_id"),
    "reviewsession": ("ReviewSession", "project_id"),
}
_FAMILIES |= {schema_type.lower(): (schema_type, path) for schema_type, path in _FAMILIES.values()}

_THINGS = 50_000
#: Seconds that a person's roles and a project's name are believed.
_SHORT = 60.0

Value = TypeVar("Value")


@dataclass(frozen=True)
class Selected:
    """One selected entity as an event names it."""

    entity_type: str
    entity_id: str


@dataclass(frozen=True)
class UserName:
    """A user as an event names them: by ``id``, or by ``username`` where a client knows no more."""

    attribute: Literal["id", "username"]
    value: str


@dataclass(frozen=True)
class Thing:
    """What is known of a selected entity; its project is None where it has none."""

    type: str
    id: str
    project_id: str | None = None
    project: str | None = None


@dataclass(frozen=True)
class Asker:
    """A person with the names of their security roles."""

    person: Person
    roles: frozenset[str]


class Known:
    """Remembers what was read for the action menu; may be used from any thread.

    Args:
        ftrack: Asked for what is not known, with a short timeout of its own.
        clock: Seconds, ever growing.
    """

    def __init__(self, ftrack: Ftrack, clock: Callable[[], float] = time.monotonic) -> None:
        self._ftrack = ftrack
        # What an id belongs to never changes; names and roles do.
        self._types = _Memory[tuple[str, str | None]](_THINGS, float("inf"), clock)
        self._projects = _Memory[str](_THINGS, _SHORT, clock)
        self._askers = _Memory[Asker](_THINGS, _SHORT, clock)

    def things(self, selection: Iterable[Selected]) -> list[Thing] | None:
        """What is selected, from memory; None when some of it is not known."""
        found = []
        for each in selection:
            if each.entity_type.lower() not in _FAMILIES:
                found.append(Thing(each.entity_type, each.entity_id))
                continue
            known = self._types.get(each.entity_id)
            if known is None:
                return None
            schema_type, project_id = known
            project = self._projects.get(project_id) if project_id else None
            if project_id and project is None:
                return None
            found.append(Thing(schema_type, each.entity_id, project_id, project))
        return found

    def asker(self, user: UserName) -> Asker | None:
        """Who asks, from memory; None when they are not known, or were read too long ago."""
        return self._askers.get(f"{user.attribute} {user.value}")

    def read_things(self, selection: Sequence[Selected]) -> None:
        """Ask ftrack for what is not known of a selection; what ftrack does not have stays unknown.

        Raises:
            TryAgain: ftrack cannot be reached.
            Refused: ftrack refuses the question.
        """
        wanted: dict[tuple[str, str], list[str]] = {}
        for each in selection:
            family = _FAMILIES.get(each.entity_type.lower())
            if family is not None and self._types.get(each.entity_id) is None:
                wanted.setdefault(family, []).append(each.entity_id)
        answers = self._ftrack.query_many(
            [
                f"select {path} from {schema_type} where id in {ids(entity_ids)} order by id"
                for (schema_type, path), entity_ids in wanted.items()
            ]
        )
        for (_, path), entities in zip(wanted, answers, strict=True):
            for entity in entities:
                self._types.put(entity.id, (entity.type, entity.at(path)))
        known = [self._types.get(each.entity_id) for each in selection]
        projects = {project_id for _, project_id in filter(None, known) if project_id}
        missing = sorted(each for each in projects if self._projects.get(each) is None)
        if missing:
            for project in self._ftrack.query(f"select name from Project where id in {ids(missing)} order by id"):
                self._projects.put(project.id, project["name"])

    def read_asker(self, user: UserName) -> Asker | None:
        """Ask ftrack who somebody is and which roles they have; None when there is no such user.

        Raises:
            TryAgain: ftrack cannot be reached.
            Refused: ftrack refuses the question.
        """
        found = self._ftrack.query(
            "select username, first_name, last_name, user_security_roles.security_role.name "
            f"from User where {user.attribute} is {quote(user.value)}"
        )
        if not found:
            return None
        [row] = found
        name = " ".join(part for part in (row["first_name"], row["last_name"]) if part)
        roles = frozenset(each.at("security_role.name") for each in row["user_security_roles"])
        asker = Asker(Person(row.id, row["username"], name or row["username"]), roles)
        self._askers.put(f"{user.attribute} {user.value}", asker)
        return asker


class _Memory(Generic[Value]):
    """Values by key, the least recently used ones dropped beyond a size, each believed for some seconds."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self._size, self._seconds, self._clock = size, seconds, clock
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        with self._lock:
            if key not in self._values:
                return None
            until, value = self._values[key]
            if self._clock() > until:
                del self._values[key]
                return None
            self._values.move_to_end(key)
            return value

    def put(self, key: str, value: Value) -> None:
        with self._lock:
            self._values[key] = (self._clock() + self._seconds, value)
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
