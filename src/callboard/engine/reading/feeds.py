"""What is read from ftrack to know what happened: one feed for each kind of thing that happens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import UTC, datetime
from typing import TypeVar

from callboard.changes import Change, Entity, Person
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.store.inbox import Sighting
from callboard.ftrack import ids, quote
from callboard.registry import Trigger

T = TypeVar("T")


class Feed(ABC):
    """Rows of ftrack that each tell of a change.

    Attributes:
        name: What its cursor is stored under.
        type: The schema type of its rows.
        date: The attribute by which they are ordered.
    """

    name: str
    type: str
    date: str
    _reads: tuple[str, ...]

    @abstractmethod
    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the changes that a row tells of, without the project's name; none when its entity is gone."""

    @abstractmethod
    def wanted(self, bell: Doorbell) -> Hashable | None:
        """Return the :meth:`told` of the row that a doorbell rings for, or None when it is not of this feed."""

    @abstractmethod
    def told(self, row: Entity) -> Hashable:
        """Return what tells a row from others for the doorbells' sake."""

    def since(self, moment: datetime) -> str:
        """Return the query for the rows from a moment on, oldest first."""
        text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return self._select(f"{self.date} >= {quote(text)}")

    def newest(self) -> str:
        """Return the query for the newest row alone."""
        return f"select id, {self.date} from {self.type} order by {self.date} descending limit 1"

    def about(self, entity_ids: Collection[str]) -> str:
        """Return the query for the rows about some entities, oldest first."""
        return self._select(f"{self._entity} in {ids(entity_ids)}")

    _entity = "id"

    def _select(self, condition: str) -> str:
        return f"select {', '.join(self._reads)} from {self.type} where {condition} order by {self.date}, id"


class Created(Feed):
    """New entities of a type: their creation, and the status they were created with."""

    def __init__(self, entity_type: str) -> None:
        self.name = f"{entity_type} created"
        self.type = entity_type
        self._table = entity_type if entity_type in NAMES else "TypedContext"
        self.date, self._author = ("date", "user") if entity_type == "AssetVersion" else ("created_at", "created_by")
        statuses = (f"status_changes.{path}" for path in ("id", *_STATUS, *_person_paths("user")))
        first = () if entity_type == "Project" else ("status.name", *statuses)
        self._reads = ("id", self.date, *_person_paths(self._author), *NAMES[self._table], *first)

    def wanted(self, bell: Doorbell) -> Hashable | None:
        """Return the entity's id."""
        mine = bell.status_id is None and bell.table == self._table and bell.type in {None, self.type}
        return bell.entity_id if mine else None

    def told(self, row: Entity) -> Hashable:
        """Return the entity's id."""
        return row.id

    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the creation, the first status if there is one, and the statuses since.

        Who creates an entity and changes its status in one batch rings for the creation alone.
        """
        at, by = row[self.date], person(row[self._author])
        if at is None:
            return []
        project, name, parent = project_id(row), entity_name(row), parent_name(row)
        created = Change(f"created:{row.id}", "created", row.type, row.id, project, at, by)
        found = [Sighting(created, name, row["name"] if row.type == "Project" else None, parent)]
        if row.type != "Project":
            status, since = _first_status(row, at)
            if status is not None:
                found.append(Sighting(_first(row, project, since, by, status), name, None, parent))
            found += [
                Sighting(_became(row, project, change), name, None, parent)
                for change in row["status_changes"]
                if None not in (change["from_status"], change["status"], change["date"])
            ]
        return found


class StatusChanges(Feed):
    """The moments at which a status became another one, as ftrack records them."""

    _entity = "parent_id"
    date = "date"

    def __init__(self, table: str, entity_types: Collection[str]) -> None:
        self.type = self.name = f"{table}StatusChange"
        self._table = table
        self._entity_types = {None, *entity_types}
        parent = (f"parent.{path}" for path in NAMES[table])
        self._reads = ("id", "parent_id", *_STATUS, "status_id", "from_status_id", *_person_paths("user"), *parent)

    def wanted(self, bell: Doorbell) -> Hashable | None:
        """Return the entity with the statuses before and after."""
        mine = bell.status_id is not None and bell.table == self._table and bell.type in self._entity_types
        return (bell.entity_id, bell.from_status_id, bell.status_id) if mine else None

    def told(self, row: Entity) -> Hashable:
        """Return the entity with the statuses before and after."""
        return (row["parent_id"], row["from_status_id"], row["status_id"])

    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the change; one from no status is the first status, which the entity's creation shows as well."""
        parent, by = row["parent"], person(row["user"])
        if parent is None or row["status"] is None or row["date"] is None:
            return []
        project = project_id(parent)
        if row["from_status"] is None:
            change = _first(parent, project, row["date"], by, row["status"]["name"])
        else:
            change = _became(parent, project, row)
        return [Sighting(change, entity_name(parent), None, parent_name(parent))]


_STATUS = ("date", "status.name", "from_status.name")
#: What is read for people to recognise an entity, by table.
NAMES = {
    "Project": ("name",),
    "TypedContext": ("name", "project_id", "parent.name"),
    "AssetVersion": ("version", "asset.name", "asset.parent.name", "asset.parent.project_id"),
}


def feeds_for(triggers: Iterable[Trigger]) -> list[Feed]:
    """Return the feeds that these automations need."""
    triggers = list(triggers)
    created = sorted({trigger.entity_type for trigger in triggers})
    changing = {trigger.entity_type for trigger in triggers if trigger.kind == "status"}
    # One feed tells of all typed contexts.
    contexts = changing - {"AssetVersion"}
    tables = {"TypedContext": contexts, "AssetVersion": changing - contexts}
    return [*map(Created, created), *(StatusChanges(table, types) for table, types in tables.items() if types)]


def entity_name(entity: Entity) -> str:
    """Return what people call it: a version by its asset and number, anything else by its name."""
    if entity.type == "AssetVersion":
        return f"{entity.at('asset.name')} v{entity['version']}"
    return str(entity["name"])


def parent_name(entity: Entity) -> str | None:
    """Return the name of what it hangs under: a task's shot, the shot of a version's asset; None for a project."""
    if entity.type == "Project":
        return None
    found = entity.at("asset.parent.name") if entity.type == "AssetVersion" else entity.at("parent.name")
    return None if found is None else str(found)


def person(user: Entity | None) -> Person | None:
    """Return the user of a row."""
    if user is None:
        return None
    name = f"{user['first_name'] or ''} {user['last_name'] or ''}".strip()
    return Person(user.id, user["username"], name)


def in_order(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return sightings by time; those of one second, the finest there is, so that each follows the one before it."""
    ordered = sorted(sightings, key=lambda sighting: (sighting.change.at, sighting.change.kind != "created"))
    moments: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    for index, sighting in enumerate(ordered):
        if sighting.change.kind == "status":
            moments[sighting.change.entity_id, sighting.change.at].append(index)
    for indexes in moments.values():
        chain = _chained([ordered[index] for index in indexes], lambda one: (one.change.from_status, one.change.status))
        for index, sighting in zip(indexes, chain, strict=True):
            ordered[index] = sighting
    return ordered


def _chained(steps: list[T], ends: Callable[[T], tuple[str | None, str | None]]) -> list[T]:
    """Return steps in an order in which each begins where the one before it ended, as far as there is one."""
    rest = list(steps)
    chain: list[T] = []
    while rest:
        reached = {ends(step)[1] for step in rest}
        here = ends(chain[-1])[1] if chain else None
        following = [step for step in rest if chain and ends(step)[0] == here]
        beginning = [step for step in rest if ends(step)[0] not in reached]
        step = next(iter(following or beginning or rest))
        rest.remove(step)
        chain.append(step)
    return chain


def _first_status(row: Entity, at: datetime) -> tuple[str | None, datetime]:
    """Return the status an entity was created with, and when: its present one says so only until it changes."""
    recorded = [change for change in row["status_changes"] if change["status"] is not None]
    if not recorded:
        return row.at("status.name"), at
    begin = min(change["date"] for change in recorded)
    earliest = [change for change in recorded if change["date"] == begin]
    first = _chained(earliest, lambda change: (change.at("from_status.name"), change.at("status.name")))[0]
    if first["from_status"] is None:
        return first.at("status.name"), first["date"]
    return first.at("from_status.name"), at


def _became(entity: Entity, project_id: str | None, row: Entity) -> Change:
    """Return the change that a row of ftrack's status changes tells of."""
    return Change(
        key=f"status:{row.id}",
        kind="status",
        entity_type=entity.type,
        entity_id=entity.id,
        project_id=project_id,
        at=row["date"],
        by=person(row["user"]),
        status=row["status"]["name"],
        from_status=row["from_status"]["name"],
    )


def _first(entity: Entity, project_id: str | None, at: datetime, by: Person | None, status: str) -> Change:
    return Change(f"status:{entity.id}:first", "status", entity.type, entity.id, project_id, at, by, status)


def project_id(entity: Entity) -> str | None:
    """Return the project an entity belongs to; a project's is itself."""
    if entity.type == "Project":
        return entity.id
    found = entity.at("asset.parent.project_id") if entity.type == "AssetVersion" else entity["project_id"]
    return None if found is None else str(found)


def _person_paths(attribute: str) -> tuple[str, ...]:
    return tuple(f"{attribute}.{name}" for name in ("username", "first_name", "last_name"))
