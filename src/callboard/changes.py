"""The data that an automation receives: the change, and what was read about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reference:
    """One entity in ftrack, by its schema type (``Task``, ``AssetVersion``, …) and id."""

    type: str
    id: str


class Entity(Mapping[str, Any]):
    """The values that were read of one ftrack entity: ``entity["asset"]["name"]``.

    Related entities are entities, collections are lists of them, date-times are aware ``datetime`` in UTC, and missing
    values are None.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    @property
    def type(self) -> str:
        """The concrete schema type, such as ``Shot``, even if the query said ``Context``."""
        return str(self._values["__entity_type__"])

    @property
    def id(self) -> str:
        """The id; entities with composite keys have none and raise KeyError."""
        return str(self._values["id"])

    @property
    def reference(self) -> Reference:
        """The entity's type and id alone."""
        return Reference(self.type, self.id)

    def at(self, path: str) -> Any:
        """Return the value at a dotted path such as ``task.type.name``, or None if a step has no value."""
        value: Any = self
        for name in path.split("."):
            if value is None:
                return None
            value = value[name]
        return value

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise KeyError(
                f"{name!r} of this {self._values.get('__entity_type__', 'entity')} was not read; "
                f"add it to the automation's reads"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Entity({dict(self._values)!r})"


@dataclass(frozen=True, slots=True)
class Person:
    """An ftrack user."""

    id: str
    username: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """The run of Callboard that made a change.

    Attributes:
        run: The id of the run that made it.
        by: The person whose change that run answered, if known.
    """

    run: int
    by: Person | None


@dataclass(frozen=True)
class Workflow:
    """The statuses that a project's workflow allows.

    Attributes:
        allowed: (object type name such as ``Task``, or ``AssetVersion``; id of the task type or None)
            -> status name -> status id. The entry with None is for task types without an entry of their own.
    """

    allowed: Mapping[tuple[str, str | None], Mapping[str, str]] = field(default_factory=dict)

    def statuses(self, object_type: str, type_id: str | None = None) -> Mapping[str, str]:
        """Return the status names allowed for *object_type* (and task type), each with its id."""
        return self.allowed.get((object_type, type_id)) or self.allowed.get((object_type, None), {})


@dataclass(frozen=True)
class Change:
    """Something that happened in ftrack, once.

    Attributes:
        key: Identifies the change permanently; the same change read twice has the same key.
        kind: ``created``, ``status`` for the moment a status became another one (or the first one), or ``launched``
            for the launch of an action's job, which no trigger sees.
        entity_type: Schema type of the changed entity.
        entity_id: Its id.
        project_id: The project it belongs to.
        at: When it happened, in UTC, as ftrack recorded it.
        by: The person who did it, if ftrack knows.
        cause: The run of Callboard that made the change, if Callboard made it.
        status: The name of the status it became (``status`` changes only).
        from_status: The name of the status it had before, or None when it had none.
        status_now: The name of the status that the entity has by now (``status`` changes only): another one when it
            changed again since.
        entity: The values that the automation's ``reads`` asked for. None when the entity no longer exists.
        related: The results of the automation's ``related`` look-ups, by name.
        workflow: The project's workflow, if the automation asked for it.
    """

    key: str
    kind: Literal["created", "status", "launched"]
    entity_type: str
    entity_id: str
    project_id: str | None
    at: datetime
    by: Person | None = None
    status: str | None = None
    from_status: str | None = None
    status_now: str | None = None
    cause: Cause | None = None
    entity: Entity = field(default_factory=lambda: Entity({}))
    related: Mapping[str, list[Entity]] = field(default_factory=dict)
    workflow: Workflow = field(default_factory=Workflow)

    @property
    def person(self) -> Person | None:
        """The person behind the change: who made it, or whose change Callboard answered when it made this one."""
        return self.cause.by if self.cause is not None and self.cause.by is not None else self.by
