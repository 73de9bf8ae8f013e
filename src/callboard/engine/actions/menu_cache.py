"""The memory of the action menu: what is selected, in which project, and by whom."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from callboard.changes import Person
from callboard.ftrack import PAGE, Ftrack, ids, quote

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

#: Entities, projects and people that are remembered, each.
_SIZE = 50_000
#: Seconds that a person's roles and a project's name are believed.
_SHORT = 60.0

Value = TypeVar("Value")


@dataclass(frozen=True)
class Selected:
    """One selected entity as an event names it."""

    entity_type: str
    entity_id: str


@dataclass(frozen=True)
class UserKey:
    """A user as an event names them: by ``id``, or by ``username`` where a client knows no more."""

    attribute: Literal["id", "username"]
    value: str


@dataclass(frozen=True)
class KnownEntity:
    """The known facts about a selected entity; its project is None if it has none."""

    type: str
    id: str
    project_id: str | None = None
    project: str | None = None


@dataclass(frozen=True)
class KnownUser:
    """A person with the names of their security roles."""

    person: Person
    roles: frozenset[str]


class MenuCache:
    """Remembers what was read for the action menu; may be used from any thread.

    Args:
        ftrack: Asked for what is not known, with a short timeout of its own.
        clock: Seconds, ever growing.
    """

    def __init__(self, ftrack: Ftrack, clock: Callable[[], float] = time.monotonic) -> None:
        self._ftrack = ftrack
        # What an id belongs to never changes; names and roles do.
        self._types = _Memory[tuple[str, str | None]](_SIZE, float("inf"), clock)
        self._projects = _Memory[str](_SIZE, _SHORT, clock)
        self._users = _Memory[KnownUser](_SIZE, _SHORT, clock)

    def entities(self, selection: Iterable[Selected]) -> list[KnownEntity] | None:
        """Return what is selected, from memory; None when some of it is not known."""
        found = []
        for each in selection:
            if each.entity_type.lower() not in _FAMILIES:
                found.append(KnownEntity(each.entity_type, each.entity_id))
                continue
            known = self._types.get(each.entity_id)
            if known is None:
                return None
            schema_type, project_id = known
            project = self._projects.get(project_id) if project_id else None
            if project_id and project is None:
                return None
            found.append(KnownEntity(schema_type, each.entity_id, project_id, project))
        return found

    def user(self, user: UserKey) -> KnownUser | None:
        """Return a person, from memory; None when they are not known, or were read too long ago."""
        return self._users.get(f"{user.attribute} {user.value}")

    def read_entities(self, selection: Sequence[Selected]) -> list[KnownEntity] | None:
        """Ask ftrack for what is not known of a selection, and return all of it; None when ftrack lacks some of it.

        Raises:
            TryAgain: ftrack cannot be reached.
            Refused: ftrack refuses the question.
        """
        wanted: dict[tuple[str, str], list[str]] = {}
        for each in selection:
            family = _FAMILIES.get(each.entity_type.lower())
            if family is not None and self._types.get(each.entity_id) is None:
                wanted.setdefault(family, []).append(each.entity_id)
        chunks = [
            (family, entity_ids[start : start + PAGE])
            for family, entity_ids in wanted.items()
            for start in range(0, len(entity_ids), PAGE)
        ]
        answers = self._ftrack.query_many(
            [
                f"select {path} from {schema_type} where id in {ids(entity_ids)} order by id"
                for (schema_type, path), entity_ids in chunks
            ]
        )
        for ((_, path), _), entities in zip(chunks, answers, strict=True):
            for entity in entities:
                self._types.put(entity.id, (entity.type, entity.at(path)))
        known = [self._types.get(each.entity_id) for each in selection]
        projects = {project_id for _, project_id in filter(None, known) if project_id}
        missing = sorted(each for each in projects if self._projects.get(each) is None)
        if missing:
            for project in self._ftrack.query(f"select name from Project where id in {ids(missing)} order by id"):
                self._projects.put(project.id, project["name"])
        return self.entities(selection)

    def read_user(self, user: UserKey) -> KnownUser | None:
        """Ask ftrack for a person and their roles, and return them; None when there is no such user.

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
        known = KnownUser(Person(row.id, row["username"], name or row["username"]), roles)
        self._users.put(f"{user.attribute} {user.value}", known)
        return known


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
