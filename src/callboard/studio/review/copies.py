"""The studio's copies of clients' notes, and what was recorded about each when it was last imported."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field

from callboard.changes import Entity
from callboard.ftrack import Ftrack
from callboard.studio.review.threads import read_threads
from callboard.studio.versions.components import read_metadata

#: Metadata of a note in the studio: the id of the client's note.
SOURCE_NOTE = "source_note_id"
#: Metadata of a note in the studio: what was imported last, as JSON.
RECORD = "client_note"

_READS = (
    "content",
    "parent_id",
    "in_reply_to_id",
    "is_todo",
    "completed_at",
    "metadata",
    "note_components.component_id",
)


@dataclass(frozen=True)
class Record:
    """A client's note as it was when it was last imported: whatever differs from it has changed since.

    Attributes:
        client: The invitee's name.
        remark: Digest of the client's text and frame.
        written: Digest of the text that the copy got; another one in ftrack was written by the studio.
        metadata: Key -> digest of the value that the copy got.
        files: The ids there of the files that were copied.
        gone: Whether the note was deleted there, and the copy was kept.
    """

    client: str
    remark: str = ""
    written: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def text(self) -> str:
        """The value of the metadata that holds it."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class Copy:
    """A copy as it is in the studio now.

    Attributes:
        note: The note.
        source: The id of the client's note.
        record: What was imported last; None if somebody removed that.
    """

    note: Entity
    source: str
    record: Record | None

    @property
    def files(self) -> set[str]:
        """The ids of the components that it has."""
        return {each["component_id"] for each in self.note["note_components"]}


@dataclass(frozen=True)
class Copies:
    """The notes on some versions of the studio.

    Attributes:
        by_id: The copies of clients' notes among them.
        versions: The id of a copy -> the version that its thread is on.
        answers: The id of a note -> the replies to it, the studio's own among them.
    """

    by_id: dict[str, Copy]
    versions: dict[str, str]
    answers: dict[str, list[Entity]]


def digest(text: str) -> str:
    """Return a short checksum of a text."""
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


def read_copies(ftrack: Ftrack, version_ids: Collection[str], note_ids: Collection[str]) -> Copies:
    """Read the notes on versions, and the copies that somebody moved elsewhere.

    Args:
        ftrack: The studio's ftrack.
        version_ids: The versions.
        note_ids: Ids that copies have, or will have.
    """
    notes = read_threads(ftrack, _READS, version_ids, note_ids)
    copies: dict[str, Copy] = {}
    versions: dict[str, str] = {}
    answers: dict[str, list[Entity]] = {}
    for note in notes.values():
        answers.setdefault(note["in_reply_to_id"], []).append(note)
        meta = read_metadata(note)
        if SOURCE_NOTE in meta:
            copies[note.id] = Copy(note, meta[SOURCE_NOTE], read_record(note))
            versions[note.id] = _root(note, notes)["parent_id"]
    return Copies(copies, versions, answers)


def _root(note: Entity, notes: dict[str, Entity]) -> Entity:
    seen = {note.id}
    while note["in_reply_to_id"] in notes and note["in_reply_to_id"] not in seen:
        note = notes[note["in_reply_to_id"]]
        seen.add(note.id)
    return note


def read_record(note: Entity) -> Record | None:
    """Return what was imported last, from a note's metadata; None if nobody can tell."""
    try:
        return Record(**json.loads(read_metadata(note)[RECORD]))
    except (KeyError, ValueError, TypeError):
        return None
