"""Differences between a session in the studio and the one that clients see: not imported, but reported."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from callboard.changes import Entity
from callboard.ftrack import Operation
from callboard.studio.review.copies import digest
from callboard.studio.review.ids import removed_session_id, session_id
from callboard.studio.review.local import LocalObject, LocalReview
from callboard.studio.versions.components import read_metadata, set_metadata

#: Names that a phrase lists.
_SHOWN = 5


def differences(
    review: LocalReview,
    session: Entity | None,
    objects: Sequence[Entity],
    moved: Sequence[Entity],
    gone: Sequence[LocalObject],
) -> list[str]:
    """Return a phrase for each difference.

    Args:
        review: The session in the studio.
        session: The one that clients see; None if it was deleted.
        objects: The objects there, in order; those that left the session among them.
        moved: The objects that are in other sessions there.
        gone: The objects that were removed there.
    """
    found = []
    if session is None:
        return ["the session was deleted"]
    if session["name"] != review.name:
        found.append(f"the session is called {session['name']}")
    if review.is_open and not session["is_open"]:
        found.append("the session is closed")
    for name in sorted({each.at("review_session.name") or "another session" for each in moved}):
        names = [each["name"] for each in moved if (each.at("review_session.name") or "another session") == name]
        found.append(f"{list_names(names)} moved to {name}")
    removed = [each["name"] for each in objects if _was_taken_off(review, each)]
    removed += [each.name for each in gone]
    if removed:
        found.append(f"{list_names(removed)} left the session")
    elsewhere = _elsewhere(review, objects)
    if elsewhere:
        found.append(f"{list_names(elsewhere)} stand{'s' if len(elsewhere) == 1 else ''} in another place")
    return found


def told(project: Entity, review_id: str, notices: Sequence[str]) -> tuple[list[str], list[Operation]]:
    """Return the notices that are new, and the operations that record all of them.

    They describe a state, which may last; people read of it once. A review session has no metadata, so its project
    holds the record.

    Args:
        project: Read with its metadata.
        review_id: The session in the studio.
        notices: All that are true now.
    """
    key = f"client_review_{review_id}"
    known = read_metadata(project).get(key, "").split()
    digests = {digest(notice): notice for notice in notices}
    new = [notice for found, notice in digests.items() if found not in known]
    record = " ".join(sorted(digests))
    if record == " ".join(known):
        return new, []
    return new, set_metadata(project, key, record)


def list_names(names: Sequence[str]) -> str:
    """Return names as part of a sentence; of many only the first ones."""
    shown = list(dict.fromkeys(names))
    if len(shown) > _SHOWN:
        shown = [*shown[: _SHOWN - 1], f"{len(shown) - _SHOWN + 1} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _was_taken_off(review: LocalReview, each: Entity) -> bool:
    """Return whether somebody there put an object aside that the studio still shows."""
    wanted = {local.remote_id for local in review.objects}
    return each["review_session_id"] == removed_session_id(review.id) and each.id in wanted


def _elsewhere(review: LocalReview, objects: Sequence[Entity]) -> list[str]:
    """Return the fewest objects that must have been moved to have the order that is there."""
    places = {local.remote_id: place for place, local in enumerate(review.objects)}
    own = session_id(review.id)
    there = [each for each in objects if each.id in places and each["review_session_id"] == own]
    kept = _longest_rise([places[each.id] for each in there])
    return [each["name"] for index, each in enumerate(there) if index not in kept]


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """Return the indices of a longest increasing subsequence."""
    ends: list[int] = []
    indices: list[int] = []
    before: list[int | None] = []
    for index, number in enumerate(numbers):
        place = bisect_left(ends, number)
        before.append(indices[place - 1] if place else None)
        if place == len(ends):
            ends.append(number)
            indices.append(index)
        else:
            ends[place], indices[place] = number, index
    kept: set[int] = set()
    last = indices[-1] if indices else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept
