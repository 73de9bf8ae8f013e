"""The memory of the action menu: what is selected, in which project, and by whom."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from callboard.changes import Person
from callboard.chunks import chunks
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
#: Seconds that a person's roles and a project's name are believed; and seconds for which the menu shows what they say,
#: while they are read again: nobody waits for a menu, and a launch checks what it showed.
_BELIEVED, _SHOWN = 60.0, 3600.0

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
        self._types = _Memory[tuple[str, str | None]](_SIZE, clock)
        self._projects = _Memory[str](_SIZE, clock)
        self._users = _Memory[KnownUser](_SIZE, clock)

    def entities(self, selection: Iterable[Selected], *, within: float = _BELIEVED) -> list[KnownEntity] | None:
        """Return what is selected, from memory; None when some of it is not known.

        Args:
            selection: What an event says is selected.
            within: How old the projects' names may be, in seconds.
        """
        found = []
        for each in selection:
            if each.entity_type.lower() not in _FAMILIES:
                found.append(KnownEntity(each.entity_type, each.entity_id))
                continue
            known = self._types.get(each.entity_id)
            if known is None:
                return None
            schema_type, project_id = known
            project = self._projects.get(project_id, within) if project_id else None
            if project_id and project is None:
                return None
            found.append(KnownEntity(schema_type, each.entity_id, project_id, project))
        return found

    def user(self, user: UserKey, *, within: float = _BELIEVED) -> KnownUser | None:
        """Return a person, from memory; None when they are not known, or were read too long ago.

        Args:
            user: The person, as an event names them.
            within: How old their roles may be, in seconds.
        """
        return self._users.get(f"{user.attribute} {user.value}", within)

    def menu(
        self, selection: Sequence[Selected] | None, user: UserKey
    ) -> tuple[list[KnownEntity] | None, KnownUser, bool] | None:
        """Return what the menu is made of as far as it is remembered, or None when it has to be read first.

        Returns:
            What is selected (None when that does not make sense), the person, and whether both should be read again.
        """
        person = self.user(user, within=_SHOWN)
        entities = None if selection is None else self.entities(selection, within=_SHOWN)
        if person is None or (entities is None and selection is not None):
            return None
        fresh = self.user(user) is not None and (selection is None or self.entities(selection) is not None)
        return entities, person, not fresh

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
        asked = [(family, some) for family, entity_ids in wanted.items() for some in chunks(entity_ids, PAGE)]
        answers = self._ftrack.query_many(
            [
                f"select {path} from {schema_type} where id in {ids(entity_ids)} order by id"
                for (schema_type, path), entity_ids in asked
            ]
        )
        for ((_, path), _), entities in zip(asked, answers, strict=True):
            for entity in entities:
                self._types.put(entity.id, (entity.type, entity.at(path)))
        known = [self._types.get(each.entity_id) for each in selection]
        projects = {project_id for _, project_id in filter(None, known) if project_id}
        missing = sorted(each for each in projects if self._projects.get(each, _BELIEVED) is None)
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
    """Values by key, the least recently used ones dropped beyond a size."""

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self._size, self._clock = size, clock
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, within: float = float("inf")) -> Value | None:
        """Return the value under a key, or None when there is none that was put so few seconds ago."""
        with self._lock:
            if key not in self._values:
                return None
            since, value = self._values[key]
            self._values.move_to_end(key)
            return value if self._clock() <= since + within else None

    def put(self, key: str, value: Value) -> None:
        """Keep a value under a key."""
        with self._lock:
            self._values[key] = (self._clock(), value)
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
