"""The state that entities had at a moment, as the status changes and creations since then tell it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from callboard.changes import Change, Entity
from callboard.effects import Effect, SetMetadata, SetThumbnail
from callboard.studio.icons import icon_component_id


@dataclass(frozen=True)
class StatusStep:
    """A moment at which an entity's status became another one.

    Attributes:
        entity_id: The entity.
        at: When.
        before: The status until then, as ``{id, name}``; None for none.
    """

    entity_id: str
    at: datetime
    before: Mapping[str, Any] | None


@dataclass
class Past:
    """Rewinds what was read of ftrack today.

    What ftrack keeps no history of, such as names and assignments, is taken as it is today.

    Attributes:
        created: When entities came into being that did so within the time that is looked at, by id.
    """

    created: Mapping[str, datetime] = field(default_factory=dict)
    _moments: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _before: dict[str, list[Mapping[str, Any] | None]] = field(default_factory=lambda: defaultdict(list))
    #: What rehearsed effects would have left on an entity, by its id: metadata by key, and its thumbnail.
    _metadata: dict[str, dict[str, str | None]] = field(default_factory=lambda: defaultdict(dict))
    _thumbnails: dict[str, str | None] = field(default_factory=dict)

    def add_steps(self, steps: Iterable[StatusStep]) -> None:
        """Add status changes, in the order in which they happened."""
        for step in steps:
            self._moments[step.entity_id].append(step.at)
            self._before[step.entity_id].append(step.before)

    def rewind(self, change: Change) -> Change:
        """Return a change with what was read about it as it was when it happened."""
        related = {name: self._many(rows, change) for name, rows in change.related.items()}
        return replace(change, entity=self._one(change.entity, change), related=related)

    def remember(self, effects: Iterable[Effect]) -> None:
        """Keep what some effects would have changed, for the changes that come after."""
        for effect in effects:
            if isinstance(effect, SetMetadata):
                self._metadata[effect.entity.id][effect.key] = effect.value
            elif isinstance(effect, SetThumbnail):
                shown = icon_component_id(effect.icon) if effect.icon is not None else effect.component_id
                self._thumbnails[effect.entity.id] = shown

    def status_at(self, entity_id: str, at: datetime, *, own: bool) -> Mapping[str, Any] | bool | None:
        """Return the status that an entity had at a moment, as ``{id, name}``; True when it is today's.

        ftrack records whole seconds. What changed itself had changed by the end of its second; what else changed in
        that second is taken to have followed, as a task follows its version.

        Args:
            entity_id: The entity.
            at: The moment of a change.
            own: Whether it is this entity that changed.
        """
        moments = self._moments.get(entity_id)
        if not moments:
            return True
        index = bisect_right(moments, at) if own else bisect_left(moments, at)
        return True if index == len(moments) else self._before[entity_id][index]

    def _many(self, rows: Iterable[Entity], change: Change) -> list[Entity]:
        """Return those that were there already, as they were."""
        return [self._one(row, change) for row in rows if not self._is_later(row, change)]

    def _is_later(self, row: Entity, change: Change) -> bool:
        came = self.created.get(str(row.get("id")))
        return came is not None and came > change.at

    def _one(self, row: Entity, change: Change) -> Entity:
        values = {name: self._value(value, change) for name, value in row.items()}
        entity_id = str(row.get("id"))
        status = self.status_at(entity_id, change.at, own=entity_id == change.entity_id)
        if status is not True:
            if "status_id" in values:
                values["status_id"] = None if not status else status["id"]
            if "status" in values:
                values["status"] = Entity({"__entity_type__": "Status", **status}) if status else None
        if entity_id in self._thumbnails and "thumbnail_id" in values:
            values["thumbnail_id"] = self._thumbnails[entity_id]
        if entity_id in self._metadata and "metadata" in values:
            values["metadata"] = self._with_metadata(values["metadata"], entity_id)
        return Entity(values)

    def _value(self, value: Any, change: Change) -> Any:
        if isinstance(value, Entity):
            return self._one(value, change)
        if isinstance(value, list):
            return [
                self._one(each, change) if isinstance(each, Entity) else each
                for each in value
                if not (isinstance(each, Entity) and self._is_later(each, change))
            ]
        return value

    def _with_metadata(self, rows: list[Entity], entity_id: str) -> list[Entity]:
        changed = self._metadata[entity_id]
        kept = [row for row in rows if row["key"] not in changed]
        made = [
            Entity({"__entity_type__": "Metadata", "parent_id": entity_id, "key": key, "value": value})
            for key, value in changed.items()
            if value is not None
        ]
        return [*kept, *made]
