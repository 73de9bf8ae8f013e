"""The clients' notes and decisions, read from the ftrack that they see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, ids, quote
from callboard.studio.review.ids import (
    SOURCE_VERSION,
    attachment_copy_id,
    copy_id,
    removed_session_id,
    session_id,
)
from callboard.studio.review.local import LocalReview
from callboard.studio.review.notices import differences
from callboard.studio.review.remarks import (
    APPROVED,
    BROUGHT,
    CHANGES,
    INVITEE,
    OBJECT,
    Attachment,
    ClientNote,
    Decision,
    Feedback,
)
from callboard.studio.review.threads import find_ids, read_entities, read_threads
from callboard.studio.versions.components import read_metadata

_NOTE_READS = (
    "content",
    "date",
    "parent_id",
    "in_reply_to_id",
    "metadata",
    "note_components.component_id",
    "note_components.component.name",
    "note_components.component.file_type",
)
_OBJECT_READS = (
    "name",
    "version_id",
    "sort_order",
    "review_session_id",
    "review_session.name",
    "asset_version.metadata",
    "statuses.status",
    "statuses.created_at",
    "statuses.review_session_invitee_id",
    "statuses.invitee.name",
    "statuses.invitee.email",
)


@dataclass
class Reading:
    """Everything that was read of a mirrored session.

    Attributes:
        feedback: By local version id, in the session's order.
        problems: A phrase for everything that cannot be attributed.
        notices: A phrase for everything in which the session there differs from the studio's.
        note_ids: The ids there of all notes that were read.
    """

    feedback: dict[str, Feedback] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    note_ids: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Shown:
    """A version that clients see, or saw: what their notes are about.

    Attributes:
        id: The id of its review object.
        name: Its name, for people.
        version_id: The id of the version there.
        source: The id of the version in the studio; None if nobody knows.
        statuses: What clients decided; None if the object is gone, and the decisions with it.
    """

    id: str
    name: str
    version_id: str
    source: str | None
    statuses: list[Entity] | None


def read_feedback(ftrack: Ftrack, review: LocalReview) -> Reading:
    """Read all feedback on a mirrored session, wherever its objects are by now.

    Args:
        ftrack: The ftrack that clients see.
        review: The session in the studio.

    Raises:
        TryAgain: That ftrack cannot be reached.
        Refused: The session has never been mirrored.
    """
    own = session_id(review.id)
    sessions = ids([own, removed_session_id(review.id)])
    found, objects = ftrack.query_many(
        [
            f"select name, is_open from ReviewSession where id is {quote(own)}",
            (
                f"select {', '.join(_OBJECT_READS)} from ReviewSessionObject where review_session_id in {sessions} "
                "order by sort_order, id"
            ),
        ]
    )
    there = {each.id for each in objects}
    missing = {each.remote_id: each for each in review.objects if each.remote_id not in there}
    moved = read_entities(ftrack, "ReviewSessionObject", _OBJECT_READS, missing)
    lost = [each for each in missing.values() if each.remote_id not in {other.id for other in moved}]
    versions = find_ids(ftrack, "AssetVersion", [each.remote_version_id for each in lost])
    gone = [each for each in lost if each.remote_version_id in versions]
    if not (found or objects or moved or gone):
        raise Refused("The review session is not with the clients yet; launch Client Review Sync first.")
    shown = [_shown(each) for each in [*objects, *moved]]
    shown += [_Shown(each.remote_id, each.name, each.remote_version_id, each.version_id, None) for each in gone]
    reading = _Reader(ftrack, shown).read()
    reading.notices = differences(review, found[0] if found else None, objects, moved, gone)
    return reading


def _shown(found: Entity) -> _Shown:
    source = read_metadata(found["asset_version"]).get(SOURCE_VERSION)
    return _Shown(found.id, found["name"], found["version_id"], source, found["statuses"])


class _Reader:
    def __init__(self, ftrack: Ftrack, shown: list[_Shown]) -> None:
        self._shown = shown
        self._notes = read_threads(
            ftrack, _NOTE_READS, {each.version_id for each in shown} | {each.id for each in shown}
        )
        self._clients = _read_clients(ftrack, self._notes.values())
        self._parents = {each.id: each for each in shown} | {each.version_id: each for each in shown}
        self._reading = Reading(note_ids=set(self._notes))

    def read(self) -> Reading:
        for each in self._shown:
            if each.source is None:
                self._reading.problems.append(f"{each.name} has no id of a version in the studio")
                continue
            feedback = self._reading.feedback.setdefault(each.source, Feedback(each.name))
            if each.statuses is None:
                feedback.is_shown = False
            else:
                self._take_decisions(feedback, each.statuses)
        for note in sorted(self._notes.values(), key=lambda note: (note["date"], self._depth(note), note.id)):
            shown = self._about(note)
            read = self._note(note, shown) if shown is not None and shown.source is not None else None
            if shown is not None and shown.source is not None and read is not None:
                self._reading.feedback[shown.source].notes.append(read)
        return self._reading

    def _take_decisions(self, feedback: Feedback, statuses: list[Entity]) -> None:
        """Keep the newest decision of each client; skip anything that is not a decision (``seen``)."""
        for status in statuses:
            client_id = status["review_session_invitee_id"]
            if status["status"] not in {APPROVED, CHANGES}:
                continue
            if client_id is None:
                self._reading.problems.append(f"a decision ({status['status']}) on {feedback.name} names no invitee")
                continue
            name = status.at("invitee.name") or status.at("invitee.email") or "a client"
            decision = Decision(status.id, client_id, name, status["status"], status["created_at"])
            known = feedback.decisions.get(client_id)
            if known is None or (known.at, known.id) < (decision.at, decision.id):
                feedback.decisions[client_id] = decision

    def _note(self, note: Entity, shown: _Shown) -> ClientNote | None:
        meta = read_metadata(note)
        client = self._clients.get(meta.get(INVITEE, ""), "")
        if not client and BROUGHT not in meta:
            self._reading.problems.append(f"a note of {note['date']:%Y-%m-%d %H:%M} on {shown.name} names no invitee")
            return None
        attachments = [_attachment(note, each) for each in note["note_components"]]
        for each in attachments:
            # The note's references to its files (an annotation's place) must point at the copies.
            meta = {key: value.replace(each.remote_id, each.local_id) for key, value in meta.items()}
        answered = note["in_reply_to_id"]
        return ClientNote(
            id=copy_id(note.id),
            remote_id=note.id,
            client=client,
            content=note["content"] or "",
            at=note["date"],
            reply_to=copy_id(answered) if answered in self._notes and self._is_clients(answered) else None,
            metadata={key: value for key, value in meta.items() if key not in {INVITEE, OBJECT, BROUGHT}},
            attachments=attachments,
            mark=meta.get(BROUGHT, ""),
        )

    def _is_clients(self, note_id: str) -> bool:
        meta = read_metadata(self._notes[note_id])
        return BROUGHT in meta or meta.get(INVITEE) in self._clients

    def _about(self, note: Entity) -> _Shown | None:
        """Return what a note, or the note that it answers, is about."""
        seen = {note.id}
        while note["in_reply_to_id"] in self._notes and note["in_reply_to_id"] not in seen:
            note = self._notes[note["in_reply_to_id"]]
            seen.add(note.id)
        named = read_metadata(note).get(OBJECT, "")
        return self._parents.get(named) or self._parents.get(note["parent_id"] or "")

    def _depth(self, note: Entity) -> int:
        """Return the number of notes above a reply; a reply of the same second follows the note that it answers."""
        depth = 0
        while note["in_reply_to_id"] in self._notes and depth < len(self._notes):
            note, depth = self._notes[note["in_reply_to_id"]], depth + 1
        return depth


def _read_clients(ftrack: Ftrack, notes: Iterable[Entity]) -> dict[str, str]:
    invitees = {read_metadata(note).get(INVITEE, "") for note in notes} - {""}
    found = read_entities(ftrack, "ReviewSessionInvitee", ["name", "email"], invitees)
    return {invitee.id: invitee["name"] or invitee["email"] for invitee in found}


def _attachment(note: Entity, each: Entity) -> Attachment:
    component, remote_id = each["component"], each["component_id"]
    return Attachment(
        remote_id=remote_id,
        local_id=attachment_copy_id(note.id, remote_id),
        name=component["name"],
        file_type=component["file_type"] or "",
    )
