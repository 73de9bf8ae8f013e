"""Notes with all their replies."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from callboard.changes import Entity
from callboard.ftrack import Ftrack, ids

#: Ids in one expression.
_TOGETHER = 200


def read_threads(
    ftrack: Ftrack, reads: Sequence[str], parent_ids: Collection[str], note_ids: Collection[str] = ()
) -> dict[str, Entity]:
    """Return the notes on some entities, some further notes, and all replies to them, by id.

    It takes a request for every few thousand notes, and one for each level of replies.

    Args:
        ftrack: The server.
        reads: What to read of each note.
        parent_ids: The entities.
        note_ids: The further notes.
    """
    notes: dict[str, Entity] = {}
    expressions = [*_expressions(reads, "parent_id", parent_ids), *_expressions(reads, "id", note_ids)]
    while expressions:
        answers = ftrack.query_many(expressions)
        new = {note.id: note for answer in answers for note in answer if note.id not in notes}
        notes |= new
        expressions = _expressions(reads, "in_reply_to_id", new)
    return notes


def find_ids(ftrack: Ftrack, entity_type: str, wanted: Collection[str]) -> set[str]:
    """Return which of the ids exist."""
    return {entity.id for entity in read_entities(ftrack, entity_type, ["id"], wanted)}


def read_entities(ftrack: Ftrack, entity_type: str, reads: Sequence[str], wanted: Collection[str]) -> list[Entity]:
    """Return the entities that exist of some ids."""
    expressions = _expressions(reads, "id", wanted, entity_type)
    return [entity for answer in ftrack.query_many(expressions) for entity in answer] if expressions else []


def _expressions(reads: Sequence[str], column: str, wanted: Collection[str], entity_type: str = "Note") -> list[str]:
    ordered = sorted(wanted)
    chunks = [ordered[start : start + _TOGETHER] for start in range(0, len(ordered), _TOGETHER)]
    selected = f"select {', '.join(reads)} from {entity_type}"
    return [f"{selected} where {column} in {ids(chunk)} order by id" for chunk in chunks]
