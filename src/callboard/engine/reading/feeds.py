"""The feeds: one for each kind of thing that happens in ftrack."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable
from datetime import UTC, datetime

from callboard.changes import Change, Entity
from callboard.engine.reading.doorbells import Doorbell
from callboard.engine.reading.rows import (
    NAMES,
    became,
    began,
    entity_name,
    first_key,
    first_status,
    parent_name,
    person,
    person_paths,
    project_id,
    project_name,
)
from callboard.engine.store.cursors import Cursor
from callboard.engine.store.sightings import Sighting
from callboard.ftrack import ids, quote
from callboard.registry import Trigger

_STATUS = ("date", "status.name", "from_status.name")


class Feed(ABC):
    """Rows of ftrack that each show a change.

    A row is read twice: first its key, thousands of them cheaply, and then what is needed of the rows that are new.

    Attributes:
        name: What its cursor is stored under.
        type: The schema type of its rows.
        date: The attribute by which they are ordered; rows of one second are ordered by their id.
    """

    name: str
    type: str
    date: str
    _keys: tuple[str, ...] = ()
    _reads: tuple[str, ...]
    _entity = "id"

    @abstractmethod
    def key(self, row: Entity) -> str:
        """Return the key of the change that a row shows; its keys alone suffice."""

    @abstractmethod
    def outlines(self, row: Entity) -> list[Sighting]:
        """Return what is known of the changes from the keys of a row."""

    @abstractmethod
    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the changes that a row shows; none when its entity is gone."""

    @abstractmethod
    def bell_key(self, bell: Doorbell) -> Hashable | None:
        """Return the :meth:`row_key` of the row that a doorbell rings for, or None when it is not of this feed."""

    @abstractmethod
    def row_key(self, row: Entity) -> Hashable:
        """Return what a row is to a doorbell."""

    @abstractmethod
    def concerns(self, bell: Doorbell) -> bool:
        """Return whether this feed has rows about the entity of a doorbell, whatever it rings for."""

    def after(self, position: Cursor, limit: int) -> str:
        """Return the query for the keys of the next rows behind a position, oldest first."""
        moment = quote(_text(datetime.fromtimestamp(position.at, UTC)))
        condition = f"{self.date} >= {moment}"
        if position.id:
            condition = f"{self.date} > {moment} or ({self.date} is {moment} and id > {quote(position.id)})"
        keys = ", ".join(("id", self.date, *self._keys))
        return f"select {keys} from {self.type} where {condition} order by {self.date}, id limit {limit}"

    def rows(self, row_ids: Collection[str]) -> str:
        """Return the query for some rows."""
        return self._select(f"id in {ids(row_ids)}")

    def about(self, entity_ids: Collection[str], since: datetime | None = None) -> str:
        """Return the query for the rows about some entities, oldest first."""
        dated = "" if since is None else f" and {self.date} >= {quote(_text(since))}"
        return self._select(f"{self._entity} in {ids(entity_ids)}{dated}")

    def since(self, moment: datetime) -> str:
        """Return the query for the rows from a moment on, oldest first."""
        return self._select(f"{self.date} >= {quote(_text(moment))}")

    def newest(self) -> str:
        """Return the query for the newest row alone."""
        return f"select id, {self.date} from {self.type} order by {self.date} descending limit 1"

    def _select(self, condition: str) -> str:
        return f"select {', '.join(self._reads)} from {self.type} where {condition} order by {self.date}, id"


class Created(Feed):
    """New entities of a type: their creation, and the status they were created with."""

    def __init__(self, entity_type: str) -> None:
        self.name = f"{entity_type} created"
        self.type = entity_type
        self._table = entity_type if entity_type in NAMES else "TypedContext"
        self.date, self._author = ("date", "user") if entity_type == "AssetVersion" else ("created_at", "created_by")
        statuses = (f"status_changes.{path}" for path in ("id", *_STATUS, *person_paths("user")))
        first = () if entity_type == "Project" else ("status.name", *statuses)
        self._reads = ("id", self.date, *person_paths(self._author), *NAMES[self._table], *first)

    def key(self, row: Entity) -> str:
        """Return the key of the creation."""
        return f"created:{row.id}"

    def outlines(self, row: Entity) -> list[Sighting]:
        """Return the creation and the first status."""
        at = row[self.date]
        changes = [Change(self.key(row), "created", row.type, row.id, None, at)]
        if self.type != "Project":
            changes.append(Change(first_key(row.id), "status", row.type, row.id, None, at))
        return [Sighting(change, "", None) for change in changes]

    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the creation, the first status if there is one, and the statuses since.

        Whoever creates an entity and changes its status in one batch rings for the creation alone.
        """
        at, by = row[self.date], person(row[self._author])
        if at is None:
            return []
        changes = [Change(self.key(row), "created", row.type, row.id, project_id(row), at, by)]
        if row.type != "Project":
            status, since = first_status(row, at)
            if status is not None:
                changes.append(began(row, since, by, status))
            changes += [
                became(row, change)
                for change in row["status_changes"]
                if None not in (change["from_status"], change["status"], change["date"])
            ]
        return [Sighting(change, entity_name(row), project_name(row), parent_name(row)) for change in changes]

    def bell_key(self, bell: Doorbell) -> Hashable | None:
        """Return the entity's id."""
        return bell.entity_id if bell.status_id is None and self.concerns(bell) else None

    def row_key(self, row: Entity) -> Hashable:
        """Return the entity's id."""
        return row.id

    def concerns(self, bell: Doorbell) -> bool:
        """Return whether the entity is of this type, as far as the event says it."""
        return bell.table == self._table and bell.type in {None, self.type}


class StatusChanges(Feed):
    """The moments at which a status became another one, as ftrack records them."""

    _entity = "parent_id"
    _keys = ("parent_id", "from_status_id")
    date = "date"

    def __init__(self, table: str, entity_types: Collection[str]) -> None:
        self.type = self.name = f"{table}StatusChange"
        self._table = table
        self._entity_types = {None, *entity_types}
        parent = (f"parent.{path}" for path in NAMES[table])
        self._reads = ("id", "parent_id", *_STATUS, "status_id", "from_status_id", *person_paths("user"), *parent)

    def key(self, row: Entity) -> str:
        """Return the key of the change; one from no status is the entity's first status."""
        return f"status:{row.id}" if row["from_status_id"] else first_key(row["parent_id"])

    def outlines(self, row: Entity) -> list[Sighting]:
        """Return the change, of an entity whose type is not known."""
        return [Sighting(Change(self.key(row), "status", self._table, row["parent_id"], None, row["date"]), "", None)]

    def sightings(self, row: Entity) -> list[Sighting]:
        """Return the change; one from no status is the first status, which the entity's creation shows as well."""
        parent = row["parent"]
        if parent is None or row["status"] is None or row["date"] is None:
            return []
        if row["from_status"] is None:
            change = began(parent, row["date"], person(row["user"]), row["status"]["name"])
        else:
            change = became(parent, row)
        return [Sighting(change, entity_name(parent), project_name(parent), parent_name(parent))]

    def bell_key(self, bell: Doorbell) -> Hashable | None:
        """Return the entity with the statuses before and after."""
        if bell.status_id is None or not self.concerns(bell):
            return None
        return (bell.entity_id, bell.from_status_id, bell.status_id)

    def row_key(self, row: Entity) -> Hashable:
        """Return the entity with the statuses before and after."""
        return (row["parent_id"], row["from_status_id"], row["status_id"])

    def concerns(self, bell: Doorbell) -> bool:
        """Return whether the entity is of this table, and of a type that is looked at as far as the event says it."""
        return bell.table == self._table and bell.type in self._entity_types


def feeds_for(triggers: Iterable[Trigger]) -> list[Feed]:
    """Return the feeds that these automations need."""
    triggers = list(triggers)
    created = sorted({trigger.entity_type for trigger in triggers})
    changing = {trigger.entity_type for trigger in triggers if trigger.kind == "status"}
    # One feed shows all typed contexts.
    contexts = changing - {"AssetVersion"}
    tables = {"TypedContext": contexts, "AssetVersion": changing - contexts}
    return [*map(Created, created), *(StatusChanges(table, types) for table, types in tables.items() if types)]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
