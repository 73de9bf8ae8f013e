"""Applying effects to ftrack: the effects of a whole batch of runs are one read and one commit.

ftrack takes a commit as a whole or refuses it as a whole. When it refuses, the batch is halved until the runs at fault
stand alone, so that one wrong run costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from callboard import seams
from callboard.changes import Reference
from callboard.effects import AddToList, Ensure, SetMetadata, SetStatus, SetThumbnail
from callboard.engine.running.ftrack_state import FtrackState, id_of, identity
from callboard.engine.running.portions import in_portions
from callboard.engine.running.seen import Seen
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack, Key, Operation, Portion, RefusedByFtrack
from callboard.studio.icons import icon_component_id

#: The effects that are applied here.
FtrackEffect = SetStatus | SetMetadata | Ensure | AddToList | SetThumbnail
#: Runs of one commit, at most: so that ftrack answers long before the request times out.
COMMIT = 500
#: How often a batch is read and written again when somebody else was faster.
_TRIES = 3

Wanted = Mapping[int, Sequence[FtrackEffect]]


@dataclass(frozen=True)
class Written:
    """The result of one run's effects: a phrase for each, in order; or why none was applied."""

    texts: list[str]
    problem: TryAgain | Refused | None = None


def write(
    ftrack: Ftrack,
    wanted: Wanted,
    before_commit: Callable[[], None],
    portion: Portion | None = None,
    seen: Seen | None = None,
) -> dict[int, Written]:
    """Apply the effects of some runs, all of a run's or none.

    Args:
        ftrack: Where.
        wanted: Run's id -> its effects, in order.
        before_commit: Called before anything is written; raises when it must not be.
        portion: Runs of one commit; shared by those who write to this ftrack.
        seen: What was read of ftrack a moment ago; what it does not hold is read.
    """

    def write_some(runs: Sequence[int]) -> list[Written]:
        return _write_together(ftrack, {run: wanted[run] for run in runs}, before_commit, seen)

    runs = list(wanted)
    results = in_portions(runs, write_some, portion or Portion(COMMIT))
    return {
        run: result if isinstance(result, Written) else Written([], result)
        for run, result in zip(runs, results, strict=True)
    }


def _write_together(
    ftrack: Ftrack, wanted: Wanted, before_commit: Callable[[], None], seen: Seen | None
) -> list[Written]:
    together = [effect for effects in wanted.values() for effect in effects]
    for attempt in range(1, _TRIES + 1):
        known = FtrackState.from_seen(seen, together) if seen is not None else None
        present = known or FtrackState.read(ftrack, together)
        operations: list[Operation] = []
        written = [Written([_add(effect, present, operations) for effect in each]) for each in wanted.values()]
        before_commit()
        seams.reach("ftrack: before a commit")
        try:
            ftrack.commit(operations)
        except RefusedByFtrack as error:
            # Somebody else created it meanwhile, or changed what had been seen: then it is read as it is.
            if (error.name != "DuplicateEntryError" and known is None) or attempt == _TRIES:
                raise
            seen = None
        else:
            seams.reach("ftrack: committed")
            break
    return written


def _add(effect: FtrackEffect, present: FtrackState, operations: list[Operation]) -> str:
    """Add the operations that an effect still needs, and say what it comes to."""
    match effect:
        case SetStatus():
            return _set_status(effect, present, operations)
        case SetThumbnail():
            return _set_thumbnail(effect, present, operations)
        case SetMetadata():
            return _set_metadata(effect, present, operations)
        case Ensure():
            return _ensure(effect, present, operations)[1]
        case AddToList():
            return _add_to_list(effect, present, operations)


def _set_status(effect: SetStatus, present: FtrackState, operations: list[Operation]) -> str:
    what = f"{effect.entity.type} {effect.name}"
    if not _set(effect.entity, "status_id", effect.status_id, present, operations):
        return f"found {what} to have the status {effect.status}"
    return f"set the status of {what} to {effect.status}"


def _set_thumbnail(effect: SetThumbnail, present: FtrackState, operations: list[Operation]) -> str:
    # What somebody has deleted since cannot be shown.
    there = effect.component_id if effect.component_id in present.components else None
    component_id = icon_component_id(effect.icon) if effect.icon is not None else there
    if not _set(effect.entity, "thumbnail_id", component_id, present, operations):
        return "found that thumbnail there"
    if effect.icon is not None:
        return f"showed the icon {Path(effect.icon).name} as the thumbnail"
    return "brought the former thumbnail back" if component_id else "removed the thumbnail"


def _set(
    entity: Reference, attribute: str, value: str | None, present: FtrackState, operations: list[Operation]
) -> bool:
    place = (entity.id, attribute)
    if place not in present.attributes:
        raise Refused(f"The {entity.type} {entity.id} no longer exists.")
    if present.attributes[place] == value:
        return False
    present.attributes[place] = value
    operations.append(Ftrack.update(entity, {attribute: value}))
    return True


def _set_metadata(effect: SetMetadata, present: FtrackState, operations: list[Operation]) -> str:
    place = (effect.entity.id, effect.key)
    key = Key("Metadata", {"parent_id": effect.entity.id, "key": effect.key})
    there = present.metadata.get(place)
    if there == effect.value:
        return f"found the metadata {effect.key} as it should be"
    if effect.value is None:
        del present.metadata[place]
        operations.append(Ftrack.delete(key))
        return f"removed the metadata {effect.key}"
    present.metadata[place] = effect.value
    if there is None:
        values = {**key.values, "parent_type": effect.entity.type, "value": effect.value}
        operations.append(Ftrack.create("Metadata", values))
    else:
        operations.append(Ftrack.update(key, {"value": effect.value}))
    return f"set the metadata {effect.key} to {effect.value}"


def _ensure(effect: Ensure, present: FtrackState, operations: list[Operation]) -> tuple[str, str]:
    """Return the entity's id, and what was done."""
    key = identity(effect)
    there = present.ensured.get(key)
    if there is not None:
        return there, f"found the {effect.type} {effect.name}"
    new_id = present.ensured[key] = present.new_ids[key]
    operations.append(Ftrack.create(effect.type, {**effect.values, **effect.found_by, "id": new_id}))
    return new_id, f"created the {effect.type} {effect.name}"


def _add_to_list(effect: AddToList, present: FtrackState, operations: list[Operation]) -> str:
    list_id, _ = _ensure(effect.list, present, operations)
    name = effect.list.name
    if (list_id, effect.entity.id) in present.listed:
        return f"found {effect.name} on the list {name}"
    present.listed.add((list_id, effect.entity.id))
    operations.append(
        Ftrack.create(
            "ListObject",
            {"id": id_of(list_id, effect.entity.id), "list_id": list_id, "entity_id": effect.entity.id},
        )
    )
    return f"added {effect.name} to the list {name}"
