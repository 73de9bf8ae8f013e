"""The present state in ftrack of what a batch of effects is about: read together, and updated as the batch is written.

What is created gets an id that follows from what identifies it. So a replay, or another server, cannot create it a
second time: ftrack knows the id already, and says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from callboard.changes import Entity
from callboard.chunks import chunks
from callboard.effects import AddToList, Effect, Ensure, SetMetadata, SetStatus, SetThumbnail
from callboard.engine.running.queries import query_groups
from callboard.engine.running.seen import Seen
from callboard.ftrack import PAGE, Ftrack, ids, quote

_NAMESPACE = UUID("6f1c1a52-6a0a-4a3e-9d3f-3a8f5f2f6f0d")
#: The attributes that effects set.
_SETTABLE = ("status_id", "thumbnail_id")
#: Ids that one identity may use up: one is lost whenever a person renames or moves what was created with it.
_IDS = 8


class FtrackState:
    """The present state of what some effects are about.

    Attributes:
        attributes: (entity's id, attribute) -> its value, for ``status_id`` and ``thumbnail_id``.
        metadata: (entity's id, key) -> its value.
        ensured: Identity -> the id of the entity that is there.
        new_ids: Identity -> the id that a new one is to get.
        listed: (list's id, entity's id) of what is on a list.
        components: Ids of the components that are there, of those to be shown as thumbnails.
    """

    def __init__(self) -> None:
        self.attributes: dict[tuple[str, str], str | None] = {}
        self.metadata: dict[tuple[str, str], str] = {}
        self.ensured: dict[str, str] = {}
        self.new_ids: dict[str, str] = {}
        self.listed: set[tuple[str, str]] = set()
        self.components: set[str] = set()

    @classmethod
    def read(cls, ftrack: Ftrack, effects: Sequence[Effect]) -> FtrackState:
        """Read the state that these effects are about.

        Raises:
            TryAgain: ftrack cannot be reached.
            Refused: ftrack does not understand what an effect is about.
        """
        state = cls()
        additions = [effect for effect in effects if isinstance(effect, AddToList)]
        ensures = [effect for effect in effects if isinstance(effect, Ensure)]
        state._read(ftrack, effects, ensures + [addition.list for addition in additions])
        state._read_lists(ftrack, additions)
        return state

    @classmethod
    def from_seen(cls, seen: Seen, effects: Sequence[Effect]) -> FtrackState | None:
        """Return the state that these effects are about as far as it was seen; None when something has to be read."""
        state = cls()
        for effect in effects:
            match effect:
                case SetStatus() if (place := (effect.entity.id, "status_id")) in seen.attributes:
                    state.attributes[place] = seen.attributes[place]
                case SetThumbnail(component_id=None) if (
                    place := (effect.entity.id, "thumbnail_id")
                ) in seen.attributes:
                    state.attributes[place] = seen.attributes[place]
                case SetMetadata() if effect.entity.id in seen.metadata:
                    if (value := seen.metadata[effect.entity.id].get(effect.key)) is not None:
                        state.metadata[effect.entity.id, effect.key] = value
                case _:
                    return None
        return state

    def _read(self, ftrack: Ftrack, effects: Sequence[Effect], ensures: Sequence[Ensure]) -> None:
        attributes = _by_type(effects)
        wanted = {identity(ensure): ensure for ensure in ensures}
        metadata = [(effect.entity.id, effect.key) for effect in effects if isinstance(effect, SetMetadata)]
        components = {effect.component_id for effect in effects if isinstance(effect, SetThumbnail)} - {None}
        by_type, found_components, found_metadata, *found_ensured = query_groups(
            ftrack,
            [
                [query for kind, (reads, entities) in attributes.items() for query in _by_ids(kind, reads, entities)],
                _by_ids("Component", {"id"}, filter(None, components)),
                _metadata_queries(metadata),
                *(group for ensure in wanted.values() for group in _ensure_queries(ensure)),
            ],
        )
        for entity in by_type:
            self.attributes |= {(entity.id, name): entity[name] for name in _SETTABLE if name in entity}
        self.components = {component.id for component in found_components}
        self.metadata = {(row["parent_id"], row["key"]): row["value"] for row in found_metadata}
        for key, taken, found in zip(wanted, found_ensured[::2], found_ensured[1::2], strict=True):
            self._note_ensured(key, taken, found)

    def _note_ensured(self, key: str, taken: list[Entity], found: list[Entity]) -> None:
        if found:
            self.ensured[key] = found[0].id
        used = {entity.id for entity in taken}
        self.new_ids[key] = next((one for one in _possible_ids(key) if one not in used), _possible_ids(key)[-1])

    def _read_lists(self, ftrack: Ftrack, additions: Sequence[AddToList]) -> None:
        members = defaultdict(set)
        for addition in additions:
            list_id = self.ensured.get(identity(addition.list))
            if list_id is not None:
                members[list_id].add(addition.entity.id)
        expressions = [
            f"select list_id, entity_id from ListObject where list_id is {quote(list_id)} and entity_id in {ids(chunk)}"
            for list_id, entities in members.items()
            for chunk in chunks(sorted(entities), PAGE)
        ]
        for rows in ftrack.query_many(expressions):
            self.listed |= {(row["list_id"], row["entity_id"]) for row in rows}


def identity(ensure: Ensure) -> str:
    """Return what identifies the entity that is to be there, as text."""
    return f"{ensure.type} {json.dumps(ensure.found_by, sort_keys=True)}"


def id_of(*parts: str) -> str:
    """Return the id that follows from these parts."""
    return str(uuid5(_NAMESPACE, json.dumps(parts)))


def _possible_ids(key: str) -> list[str]:
    return [id_of(key, str(number)) for number in range(_IDS)]


def _ensure_queries(ensure: Ensure) -> tuple[list[str], list[str]]:
    """Return the query for those whose ids a new one could get, and that for those that are there, lowest id first.

    In this order: what another server creates between the two is found. The other way round its id would be taken for
    that of something else, and a second one be created.
    """
    conditions = " and ".join(f"{name} is {_literal(value)}" for name, value in sorted(ensure.found_by.items()))
    return (
        [f"select id from {ensure.type} where id in {ids(_possible_ids(identity(ensure)))}"],
        [f"select id from {ensure.type} where {conditions} order by id"],
    )


def _metadata_queries(wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Return the queries for metadata, given as (parent's id, key)."""
    names = ids(sorted({key for _, key in wanted}))
    return [
        f"select parent_id, key, value from Metadata where parent_id in {ids(chunk)} and key in {names}"
        for chunk in chunks(sorted({parent for parent, _ in wanted}), PAGE)
    ]


def _by_ids(kind: str, reads: Iterable[str], entities: Iterable[str]) -> list[str]:
    """Return the queries for entities of a type by their ids."""
    projections = ", ".join(sorted(reads))
    return [
        f"select {projections} from {kind} where id in {ids(chunk)}" for chunk in chunks(sorted(set(entities)), PAGE)
    ]


def _literal(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    return quote(value) if isinstance(value, str) else str(value)


def _attribute(effect: SetStatus | SetThumbnail) -> str:
    return "status_id" if isinstance(effect, SetStatus) else "thumbnail_id"


def _by_type(effects: Iterable[Effect]) -> dict[str, tuple[set[str], list[str]]]:
    """Return schema type -> the attributes to read, and the entities to read them of."""
    found: dict[str, tuple[set[str], list[str]]] = {}
    for effect in effects:
        if isinstance(effect, SetStatus | SetThumbnail):
            reads, entities = found.setdefault(effect.entity.type, (set(), []))
            reads.add(_attribute(effect))
            entities.append(effect.entity.id)
    return found
