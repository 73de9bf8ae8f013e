"""Values that were just read of ftrack for the automations, as far as effects need them before writing.

An effect looks at the present state first, so that what is so already is left alone. In a quiet hour loading read that
state a moment ago, and asking again would only keep people waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from callboard.changes import Change, Entity

#: The attributes that effects set: what is read for them, and the relation whose id is the same value.
_SETTABLE = {"status_id": "status", "thumbnail_id": "thumbnail"}


@dataclass
class Seen:
    """The part of ftrack's state that was read with some changes.

    Attributes:
        attributes: (entity's id, attribute) -> its value, for ``status_id`` and ``thumbnail_id``.
        metadata: Entity's id -> all of its metadata.
    """

    attributes: dict[tuple[str, str], str | None] = field(default_factory=dict)
    metadata: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Seen:
        """Return what was read with these changes, about whatever entity."""
        seen, known = cls(), set[tuple[str, str, int]]()
        left: list[object] = [value for change in changes for value in (change.entity, *change.related.values())]
        while left:
            value = left.pop()
            if isinstance(value, list):
                left += value
            elif isinstance(value, Entity):
                # Entities of one answer may refer to each other in a circle.
                key = (value.type, value.id, len(value)) if "id" in value else ("", "", 0)
                if key not in known:
                    left += value.values()
                if key[1]:
                    known.add(key)
                    seen._note(value)
        return seen

    def _note(self, entity: Entity) -> None:
        for attribute, relation in _SETTABLE.items():
            if attribute in entity:
                self.attributes[entity.id, attribute] = entity[attribute]
            elif relation in entity:
                related = entity[relation]
                self.attributes[entity.id, attribute] = None if related is None else related.id
        rows = entity.get("metadata")
        if isinstance(rows, list) and all("key" in row and "value" in row for row in rows):
            self.metadata[entity.id] = {row["key"]: row["value"] for row in rows}
