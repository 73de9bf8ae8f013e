"""Writing down in the studio's ftrack what clients said about its versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids, quote
from callboard.studio.components import (
    SERVER_LOCATION,
    changed_metadata,
    ensure,
    fetch_file,
    file_component,
    located,
    metadata,
    read_metadata,
    send_file,
)
from callboard.studio.media import workspace
from callboard.studio.review.feedback import FRAME, Attachment, ClientNote, Feedback
from callboard.studio.workflow import read_workflow

if TYPE_CHECKING:
    import ftrack_api

#: Metadata of a note in the studio: the client's note that it repeats.
SOURCE_NOTE = "source_note_id"
#: Metadata of a version in the studio: the decisions that were brought last, so that they are brought once.
DECISIONS = "client_decisions"

_VERSION_READS = (
    "version",
    "asset.name",
    "asset.parent.project_id",
    "status_id",
    "task.name",
    "task.type_id",
    "task.status_id",
    "metadata",
    "notes.id",
)


@dataclass(frozen=True)
class Manner:
    """How feedback is written down.

    Attributes:
        author_id: The user whose notes they become.
        category_id: The category of the notes.
        statuses: For each verdict of clients the status that version and task get.
    """

    author_id: str
    category_id: str
    statuses: Mapping[str, str]


def read_manner(ftrack: Ftrack, *, author: str, category: str, statuses: Mapping[str, str]) -> Manner:
    """Find the user and the category by their names.

    Raises:
        Refused: One of them does not exist.
    """
    users, categories = ftrack.query_many(
        [
            f"select id from User where username is {quote(author)}",
            f"select id from NoteCategory where name is {quote(category)} order by sort, id",
        ]
    )
    if not users:
        raise Refused(f"There is no user {author}; correct `note_author`.")
    if not categories:
        raise Refused(f"There is no note category {category}; create it in ftrack, or correct `note_category`.")
    return Manner(users[0].id, categories[0].id, statuses)


def read_versions(ftrack: Ftrack, version_ids: Collection[str]) -> dict[str, Entity]:
    """Those of the versions that exist, by id, with what :class:`Writer` needs to know."""
    reads = ", ".join(_VERSION_READS)
    found = ftrack.query(f"select {reads} from AssetVersion where id in {ids(version_ids)} order by id")
    return {version.id: version for version in found}


class Writer:
    """Writes feedback down, once.

    Attributes:
        notes: How many notes were written.
        verdicts: How many versions got a status.
        problems: A phrase for each thing that could not be brought.

    Args:
        ftrack: The studio's ftrack.
        manner: How to write.
        remote: Gives the official client's session of the ftrack that clients see, when a file must be fetched.
        check: Called now and then; what it raises ends the writing.
    """

    def __init__(
        self, ftrack: Ftrack, manner: Manner, remote: Callable[[], ftrack_api.Session], check: Callable[[], None]
    ) -> None:
        self.notes = 0
        self.verdicts = 0
        self.problems: list[str] = []
        self._ftrack, self._manner, self._remote, self._check = ftrack, manner, remote, check

    def write(self, feedback: Feedback, version: Entity) -> None:
        """Write the notes, then their files, then the statuses; what is there already stays as it is."""
        there = self._existing("Note", "id", [note.id for note in feedback.notes])
        new = [note for note in feedback.notes if note.id not in there]
        self._ftrack.commit(self._note_operations(new, version, there))
        self.notes += len(new)
        files = [(note, each) for note in feedback.notes for each in note.attachments]
        copied = self._existing("NoteComponent", "component_id", [each.local_id for _, each in files])
        for note, each in files:
            if each.local_id not in copied:
                self._copy(note, each, feedback.name)
        self._decide(feedback, version)

    def _existing(self, entity_type: str, column: str, wanted: list[str]) -> set[str]:
        chunks = [wanted[start : start + 200] for start in range(0, len(wanted), 200)]
        answers = self._ftrack.query_many(
            [f"select {column} from {entity_type} where {column} in {ids(chunk)}" for chunk in chunks]
        )
        return {str(row[column]) for answer in answers for row in answer}

    def _note_operations(self, new: list[ClientNote], version: Entity, there: set[str]) -> list[Operation]:
        if not new:
            return []
        operations: list[Operation] = []
        top: list[Reference] = []
        known = set(there)
        for note in new:
            own = Reference("Note", note.id)
            values = {"id": note.id, "content": _content(note), "user_id": self._manner.author_id, "date": note.at}
            if note.reply_to in known:
                values["in_reply_to_id"] = note.reply_to
            else:
                top.append(own)
            operations += [
                self._ftrack.create("Note", values),
                self._ftrack.create("NoteLabelLink", {"note_id": note.id, "label_id": self._manner.category_id}),
                metadata(own, SOURCE_NOTE, note.remote_id),
                *(metadata(own, key, value) for key, value in note.metadata.items() if key != SOURCE_NOTE),
            ]
            known.add(note.id)
        if top:
            # The collection's whole membership, as the official client's note.py attaches notes.
            operations.append(self._ftrack.update(version.reference, {"notes": [*_references(version["notes"]), *top]}))
        return operations

    def _copy(self, note: ClientNote, each: Attachment, name: str) -> None:
        """Copy a file of a note; one that cannot be copied now is tried again by the next launch."""
        self._check()
        try:
            with workspace() as folder:
                file = folder / f"attachment{each.file_type}"
                fetch_file(self._remote(), each.remote_id, file, check=lambda _: self._check())
                ensure(self._ftrack, file_component(each.local_id, each.name, file))
                send_file(self._ftrack, each.local_id, file, check=lambda _: self._check())
            self._ftrack.commit(
                [
                    located(each.local_id, SERVER_LOCATION, each.local_id),
                    self._ftrack.create("NoteComponent", {"note_id": note.id, "component_id": each.local_id}),
                ]
            )
        except Refused as problem:
            self.problems.append(f"the file {each.name} of a note on {name}: {str(problem).rstrip('.')}")

    def _decide(self, feedback: Feedback, version: Entity) -> None:
        """Give version and task the status of the verdict, unless these very decisions were brought before."""
        brought = " ".join(sorted(feedback.decision_ids.values()))
        if feedback.verdict is None or read_metadata(version).get(DECISIONS) == brought:
            return
        status = self._manner.statuses[feedback.verdict]
        workflow = read_workflow(self._ftrack, version["asset"]["parent"]["project_id"])
        targets = [(version, workflow.statuses("AssetVersion"), "versions")]
        if version["task"] is not None:
            targets.append((version["task"], workflow.statuses("Task", version["task"]["type_id"]), "its task"))
        operations: list[Operation] = []
        for entity, allowed, whose in targets:
            if status not in allowed:
                self.problems.append(f"{feedback.name}: the workflow has no status {status} for {whose}")
            elif entity["status_id"] != allowed[status]:
                operations.append(self._ftrack.update(entity.reference, {"status_id": allowed[status]}))
        self._ftrack.commit(operations + changed_metadata(version, DECISIONS, brought))
        self.verdicts += 1


def _references(notes: list[Entity]) -> list[Reference]:
    return [note.reference for note in notes]


def _content(note: ClientNote) -> str:
    frame = _frame(note)
    return f"{note.client}{frame}: {note.content}"


def _frame(note: ClientNote) -> str:
    try:
        number = json.loads(note.metadata[FRAME])["number"]
    except (KeyError, ValueError, TypeError):
        return ""
    return f", frame {number}"
