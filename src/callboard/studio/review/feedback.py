"""The clients' notes and decisions, read from the ftrack that they see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack, ids
from callboard.studio.review.ids import SOURCE_VERSION, mirrored_id, removed_session_id, session_id
from callboard.studio.versions.components import read_metadata

APPROVED, CHANGES = "approved", "require_changes"
#: Metadata of a client's note, with the names that ftrack's own review pages use.
INVITEE, OBJECT, FRAME = "inviteeId", "reviewSessionObjectId", "reviewFrame"
#: Metadata that we add to a client's note: its copy in the studio, so that it is imported once.
BROUGHT = "studio_note_id"

_NOTE_READS = (
    "content",
    "date",
    "parent_id",
    "in_reply_to_id",
    "metadata",
    "note_components.component_id",
    "note_components.component.name",
    "note_components.component.file_type",
    "note_components.component.size",
)
_OBJECT_READS = (
    "name",
    "version_id",
    "asset_version.metadata",
    "statuses.status",
    "statuses.created_at",
    "statuses.review_session_invitee_id",
)


@dataclass(frozen=True)
class Attachment:
    """A file of a note: a picture, a document, an annotation drawn on a frame."""

    remote_id: str
    local_id: str
    name: str
    file_type: str
    size: int


@dataclass(frozen=True)
class ClientNote:
    """A client's note, ready to be written to the studio's ftrack.

    Attributes:
        id: The id of its copy, always the same.
        remote_id: Its id in the ftrack where the client wrote it.
        client: The invitee's name.
        content: What the client wrote.
        at: When it was written.
        reply_to: The local id of the note that it answers, or None.
        metadata: The note's own metadata, without keys that mean nothing in the studio.
        attachments: Its files.
        brought: Whether it was imported before.
    """

    id: str
    remote_id: str
    client: str
    content: str
    at: datetime
    reply_to: str | None
    metadata: dict[str, str]
    attachments: list[Attachment]
    brought: bool


@dataclass
class Feedback:
    """The clients' feedback on one local version.

    Attributes:
        name: The object's name, for people.
        notes: In the order in which they were written; replies follow the notes that they answer.
        decisions: The newest decision of each client (``approved`` or ``require_changes``), by the client's id.
        decision_ids: The ids of these decisions.
    """

    name: str
    notes: list[ClientNote] = field(default_factory=list)
    decisions: dict[str, str] = field(default_factory=dict)
    decision_ids: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str | None:
        """The overall decision: one client who requires changes outweighs any approval."""
        if CHANGES in self.decisions.values():
            return CHANGES
        return APPROVED if self.decisions else None


def read_feedback(ftrack: Ftrack, local_session_id: str) -> tuple[dict[str, Feedback], list[str]]:
    """Read all feedback on a mirrored session.

    Returns:
        The feedback by local version id, and a phrase for everything that cannot be attributed.

    Raises:
        TryAgain: That ftrack cannot be reached.
        Refused: The session has never been mirrored.
    """
    sessions = ids([session_id(local_session_id), removed_session_id(local_session_id)])
    found, objects = ftrack.query_many(
        [
            f"select id from ReviewSession where id in {sessions}",
            (
                f"select {', '.join(_OBJECT_READS)} from ReviewSessionObject where review_session_id in {sessions} "
                "order by sort_order, id"
            ),
        ]
    )
    if not found:
        raise Refused("The review session is not with the clients yet; launch Client Review Sync first.")
    return _Reading(ftrack, objects).feedback()


class _Reading:
    def __init__(self, ftrack: Ftrack, objects: list[Entity]) -> None:
        self._problems: list[str] = []
        self._objects = objects
        self._notes = _read_notes(ftrack, {each["version_id"] for each in objects} | {each.id for each in objects})
        self._clients = _read_clients(ftrack, self._notes.values())
        self._parents = {each.id: each for each in objects} | {each["version_id"]: each for each in objects}

    def feedback(self) -> tuple[dict[str, Feedback], list[str]]:
        found: dict[str, Feedback] = {}
        local = {}
        for each in self._objects:
            version_id = read_metadata(each["asset_version"]).get(SOURCE_VERSION)
            if version_id is None:
                self._problems.append(f"{each['name']} has no id of a version in the studio")
                continue
            local[each.id] = found.setdefault(version_id, Feedback(each["name"]))
        self._take_decisions(local)
        for note in sorted(self._notes.values(), key=lambda note: (note["date"], self._depth(note), note.id)):
            parent = self._parent(note)
            read = self._note(note, parent) if parent is not None and parent.id in local else None
            if parent is not None and read is not None:
                local[parent.id].notes.append(read)
        return found, self._problems

    def _take_decisions(self, local: Mapping[str, Feedback]) -> None:
        """Keep the newest decision of each client; skip anything that is not a decision (``seen``)."""
        made = [(status, each) for each in self._objects for status in each["statuses"] if each.id in local]
        for status, each in sorted(made, key=lambda pair: (pair[0]["created_at"], pair[0].id)):
            client = status["review_session_invitee_id"]
            if status["status"] not in {APPROVED, CHANGES}:
                continue
            if client is None:
                self._problems.append(f"a decision ({status['status']}) on {each['name']} names no invitee")
                continue
            local[each.id].decisions[client] = status["status"]
            local[each.id].decision_ids[client] = status.id

    def _note(self, note: Entity, parent: Entity) -> ClientNote | None:
        meta = read_metadata(note)
        client = self._clients.get(meta.get(INVITEE, ""))
        if client is None:
            self._problems.append(f"a note of {note['date']:%Y-%m-%d %H:%M} on {parent['name']} names no invitee")
            return None
        attachments = [_attachment(note, each) for each in note["note_components"]]
        for each in attachments:
            # The note's references to its files (an annotation's place) must point at the copies.
            meta = {key: value.replace(each.remote_id, each.local_id) for key, value in meta.items()}
        answered = note["in_reply_to_id"]
        return ClientNote(
            id=_local_id(note.id),
            remote_id=note.id,
            client=client,
            content=note["content"] or "",
            at=note["date"],
            reply_to=_local_id(answered) if answered in self._notes and self._is_clients(answered) else None,
            metadata={key: value for key, value in meta.items() if key not in {INVITEE, OBJECT, BROUGHT}},
            attachments=attachments,
            brought=BROUGHT in meta,
        )

    def _is_clients(self, note_id: str) -> bool:
        return read_metadata(self._notes[note_id]).get(INVITEE) in self._clients

    def _parent(self, note: Entity) -> Entity | None:
        """Return the review object of a note, or of the note that it answers."""
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


def _read_notes(ftrack: Ftrack, parent_ids: set[str]) -> dict[str, Entity]:
    """Return the notes on these entities with all their replies, by id."""
    notes: dict[str, Entity] = {}
    column, above = "parent_id", sorted(parent_ids)
    while above:
        chunks = [above[start : start + 200] for start in range(0, len(above), 200)]
        answers = ftrack.query_many(
            [
                f"select {', '.join(_NOTE_READS)} from Note where {column} in {ids(chunk)} order by id"
                for chunk in chunks
            ]
        )
        new = {note.id: note for answer in answers for note in answer if note.id not in notes}
        notes |= new
        column, above = "in_reply_to_id", sorted(new)
    return notes


def _read_clients(ftrack: Ftrack, notes: Iterable[Entity]) -> dict[str, str]:
    invitees = {read_metadata(note).get(INVITEE, "") for note in notes} - {""}
    found = ftrack.query(
        f"select name, email from ReviewSessionInvitee where id in {ids(sorted(invitees))} order by id"
    )
    return {invitee.id: invitee["name"] or invitee["email"] for invitee in found}


def _attachment(note: Entity, each: Entity) -> Attachment:
    component = each["component"]
    remote_id = each["component_id"]
    return Attachment(
        remote_id=remote_id,
        local_id=mirrored_id("attachment", note.id, remote_id),
        name=component["name"],
        file_type=component["file_type"] or "",
        size=component["size"] or 0,
    )


def _local_id(note_id: str) -> str:
    return mirrored_id("note", note_id)
