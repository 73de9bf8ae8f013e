"""The order of a mirrored session's objects, and their removal without losing a client's words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from callboard.changes import Entity
from callboard.ftrack import Ftrack, Operation, quote
from callboard.studio.review.ids import SOURCE_OBJECT, removed_session_id
from callboard.studio.review.source import Session
from callboard.studio.review.target import Stage, remote_object_id, remote_version_id
from callboard.studio.review.threads import read_entities
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import read_metadata

_READS = (
    "name",
    "description",
    "version",
    "sort_order",
    "version_id",
    "asset_version.metadata",
    "asset_version.notes.id",
    "notes.id",
    "statuses.id",
)


def show(ftrack: Ftrack, stage: Stage, session: Session, ready: Collection[str]) -> tuple[int, int]:
    """Make the objects of the mirrored session match those of the local one, in the same order.

    An object that was removed, or has another version now, leaves the session. If clients wrote about it, it moves with
    everything they wrote to a separate session without invitees.

    Args:
        ftrack: The ftrack that clients see.
        stage: The mirrored project, folder and session.
        session: The local session.
        ready: Ids of the local objects whose media is ready there.

    Returns:
        The number of objects that joined the session, and of those that left it.
    """
    joined, left = 0, 0

    def missing() -> list[Operation]:
        nonlocal joined, left
        there = _read_objects(ftrack, stage)
        wanted = {remote_object_id(each) for each in session.objects}
        # A version that was shown before is in the session of removed objects; people may have moved others.
        elsewhere = read_entities(ftrack, "ReviewSessionObject", _READS, wanted - there.keys())
        joining, leaving, changes = _compare(session, stage, there, {each.id: each for each in elsewhere}, ready)
        joined, left = len(joining), len(leaving)
        kept = [each for each in leaving if _has_feedback(each)]
        if kept:
            _make_room(ftrack, stage, session)
        room = {"review_session_id": removed_session_id(session.id)}
        return [
            *joining,
            *changes,
            *(
                Ftrack.update(each.reference, room) if each in kept else Ftrack.delete(each.reference)
                for each in leaving
            ),
        ]

    commit_missing(ftrack, missing)
    return joined, left


def _read_objects(ftrack: Ftrack, stage: Stage) -> dict[str, Entity]:
    found = ftrack.query(
        f"select {', '.join(_READS)} from ReviewSessionObject where review_session_id is {quote(stage.session_id)} "
        "order by sort_order, id"
    )
    return {each.id: each for each in found}


def _compare(
    session: Session,
    stage: Stage,
    there: dict[str, Entity],
    elsewhere: dict[str, Entity],
    ready: Collection[str],
) -> tuple[list[Operation], list[Entity], list[Operation]]:
    """Return the operations that let objects join, the objects to leave, and the operations that change the others."""
    joining, changes = [], []
    for place, each in enumerate(session.objects):
        wanted = {"name": each.name, "description": each.description, "version": each.version, "sort_order": place}
        found = there.get(remote_object_id(each))
        if found is not None:
            changed = {name: value for name, value in wanted.items() if found[name] != value}
            if changed:
                changes.append(Ftrack.update(found.reference, changed))
        elif each.id in ready:
            values = {"review_session_id": stage.session_id, **wanted}
            former = elsewhere.get(remote_object_id(each))
            ids = {"id": remote_object_id(each), "version_id": remote_version_id(each)}
            joining.append(
                Ftrack.update(former.reference, values)
                if former is not None
                else Ftrack.create("ReviewSessionObject", {**ids, **values})
            )
    wanted_ids = {remote_object_id(each) for each in session.objects}
    ours = [each for each in there.values() if SOURCE_OBJECT in read_metadata(each["asset_version"])]
    return joining, [each for each in ours if each.id not in wanted_ids], changes


def _has_feedback(each: Entity) -> bool:
    return bool(each["statuses"] or each["notes"] or each["asset_version"]["notes"])


def _make_room(ftrack: Ftrack, stage: Stage, session: Session) -> None:
    values: dict[str, Any] = {
        "id": removed_session_id(session.id),
        "project_id": stage.project_id,
        "name": f"{session.name} (removed)",
        "description": "What clients said about versions that were removed from the review.",
        "start_date": session.start,
        "end_date": session.end,
    }

    def missing() -> list[Operation]:
        there = ftrack.query(f"select id from ReviewSession where id is {quote(values['id'])}")
        return [] if there else [Ftrack.create("ReviewSession", values)]

    commit_missing(ftrack, missing)
