"""The clients' feedback on the versions of a review: notes with their files, and decisions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

APPROVED, CHANGES = "approved", "require_changes"
#: Metadata of a client's note, with the names that ftrack's own review pages use.
INVITEE, OBJECT, FRAME = "inviteeId", "reviewSessionObjectId", "reviewFrame"
#: Metadata that we add to a client's note: its copy in the studio and a digest of what was imported.
BROUGHT = "studio_note_id"


@dataclass(frozen=True)
class Attachment:
    """A file of a note: a picture, a document, an annotation drawn on a frame."""

    remote_id: str
    local_id: str
    name: str
    file_type: str


@dataclass(frozen=True)
class ClientNote:
    """A client's note as it is now, ready to be compared with its copy in the studio.

    Attributes:
        id: The id of its copy, always the same.
        remote_id: Its id in the ftrack where the client wrote it.
        client: The invitee's name; empty text if the invitee of an imported note was deleted since.
        content: What the client wrote.
        at: When it was written.
        reply_to: The local id of the note that it answers, or None.
        metadata: The note's own metadata, without keys that mean nothing in the studio.
        attachments: Its files.
        mark: What was recorded on it when it was imported; empty if it never was.
    """

    id: str
    remote_id: str
    client: str
    content: str
    at: datetime
    reply_to: str | None
    metadata: dict[str, str]
    attachments: list[Attachment]
    mark: str

    @property
    def remark(self) -> str:
        """The frame, if there is one, and the text, as they follow the client's name in the studio."""
        try:
            frame = f", frame {json.loads(self.metadata[FRAME])['number']}"
        except (KeyError, ValueError, TypeError):
            frame = ""
        return f"{frame}: {self.content}"


@dataclass(frozen=True)
class Decision:
    """A client's decision about a version.

    Attributes:
        id: The id of the decision.
        client_id: The invitee's id.
        client: The invitee's name.
        status: ``approved`` or ``require_changes``.
        at: When it was made, or last changed.
    """

    id: str
    client_id: str
    client: str
    status: str
    at: datetime


@dataclass
class Feedback:
    """The clients' feedback on one local version.

    Attributes:
        name: The object's name, for people.
        notes: In the order in which they were written; replies follow the notes that they answer.
        decisions: The newest decision of each client, by the client's id.
        is_shown: Whether the object is still there; the decisions of one that is gone are not known.
    """

    name: str
    notes: list[ClientNote] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    is_shown: bool = True
