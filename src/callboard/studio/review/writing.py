"""The clients' feedback as notes and statuses of the studio's versions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Operation, ids, quote
from callboard.jobs import Job
from callboard.studio.media import workspace
from callboard.studio.review.feedback import BROUGHT, FRAME, Attachment, ClientNote, Feedback
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import (
    SERVER_LOCATION,
    add_location,
    add_metadata,
    read_metadata,
    set_metadata,
)
from callboard.studio.versions.transport import fetch_file, send_file
from callboard.studio.workflow import read_workflow

#: Metadata of a note in the studio: the id of the client's note.
SOURCE_NOTE = "source_note_id"
#: Metadata of a version in the studio: the decisions that were imported last, so that they are imported once.
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
)


@dataclass(frozen=True)
class Manner:
    """The author, category and statuses for imported feedback.

    Attributes:
        author_id: The user who becomes the author of the notes.
        category_id: The category of the notes.
        statuses: Decision -> the status that version and task get.
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
    """Return the existing versions by id, with what :class:`Writer` needs."""
    reads = ", ".join(_VERSION_READS)
    found = ftrack.query(f"select {reads} from AssetVersion where id in {ids(version_ids)} order by id")
    return {version.id: version for version in found}


class Writer:
    """Writes feedback once, even if another sync imports the same feedback at the same moment.

    Attributes:
        notes: The number of notes written.
        verdicts: The number of versions that got a status.
        problems: A phrase for everything that could not be imported.

    Args:
        job: The job that does it.
        manner: The author, category and statuses to use.
    """

    def __init__(self, job: Job, manner: Manner) -> None:
        self.notes = 0
        self.verdicts = 0
        self.problems: list[str] = []
        self._job, self._manner = job, manner
        self._ftrack, self._remote = job.ftrack, job.review_ftrack

    def write(self, feedback: Feedback, version: Entity) -> None:
        """Write the notes, then their files, then the statuses; whatever exists stays unchanged.

        Raises:
            TryAgain: One of the two servers cannot be reached.
            Refused: The studio's ftrack does not allow it.
        """
        present = self._write_notes(feedback, version)
        self._mark([note for note in present if not note.brought], feedback.name)
        files = [(note, each) for note in present for each in note.attachments]
        copied = _find(self._ftrack, "NoteComponent", "component_id", [each.local_id for _, each in files])
        for note, each in files:
            if each.local_id not in copied:
                self._copy(note, each, feedback.name)
        self._decide(feedback, version)

    def _write_notes(self, feedback: Feedback, version: Entity) -> list[ClientNote]:
        """Write the new notes, and return all notes that exist then."""
        there: set[str] = set()
        new: list[ClientNote] = []

        def missing() -> list[Operation]:
            nonlocal there, new
            there = _find(self._ftrack, "Note", "id", [note.id for note in feedback.notes])
            # A note that was imported and does not exist was deleted on purpose in the studio.
            new = [note for note in feedback.notes if note.id not in there and not note.brought]
            return self._note_operations(new, version, there)

        commit_missing(self._ftrack, missing)
        self.notes += len(new)
        present = there | {note.id for note in new}
        return [note for note in feedback.notes if note.id in present]

    def _note_operations(self, new: list[ClientNote], version: Entity, there: set[str]) -> list[Operation]:
        operations: list[Operation] = []
        known = set(there)
        for note in new:
            own = Reference("Note", note.id)
            values = {"id": note.id, "content": _content(note), "user_id": self._manner.author_id, "date": note.at}
            if note.reply_to in known:
                values["in_reply_to_id"] = note.reply_to
            else:
                # Not through the version's collection of notes, where two writers would undo each other's changes.
                values |= {"parent_id": version.id, "parent_type": "AssetVersion"}
            operations += [
                self._ftrack.create("Note", values),
                self._ftrack.create("NoteLabelLink", {"note_id": note.id, "label_id": self._manner.category_id}),
                add_metadata(own, SOURCE_NOTE, note.remote_id),
                *(add_metadata(own, key, value) for key, value in note.metadata.items() if key != SOURCE_NOTE),
            ]
            known.add(note.id)
        return operations

    def _mark(self, notes: list[ClientNote], name: str) -> None:
        """Record on the clients' notes that they were imported."""

        def missing() -> list[Operation]:
            marked = _find(self._remote, "Metadata", "parent_id", remote_ids, also=f" and key is {quote(BROUGHT)}")
            return [
                add_metadata(Reference("Note", note.remote_id), BROUGHT, note.id)
                for note in notes
                if note.remote_id not in marked
            ]

        remote_ids = [note.remote_id for note in notes]
        if not notes:
            return
        try:
            commit_missing(self._remote, missing)
        except Refused as problem:
            self.problems.append(f"the import of the notes on {name} cannot be recorded there: {_phrase(problem)}")

    def _copy(self, note: ClientNote, each: Attachment, name: str) -> None:
        """Copy a file of a note; if that fails, the next launch tries again."""

        def check(_: int) -> None:
            self._job.check()

        def missing() -> list[Operation]:
            if _find(self._ftrack, "NoteComponent", "component_id", [each.local_id]):
                return []
            return [
                add_location(each.local_id, SERVER_LOCATION, each.local_id),
                self._ftrack.create("NoteComponent", {"note_id": note.id, "component_id": each.local_id}),
            ]

        check(0)
        try:
            with workspace() as folder:
                file = folder / f"attachment{each.file_type}"
                fetch_file(self._job.review_session(), each.remote_id, file, check=check)
                send_file(self._ftrack, each.local_id, each.name, file, check=check)
            commit_missing(self._ftrack, missing)
        except Refused as problem:
            self.problems.append(f"the file {each.name} of a note on {name}: {_phrase(problem)}")

    def _decide(self, feedback: Feedback, version: Entity) -> None:
        """Give version and task the status for the decisions, unless these decisions were imported before."""
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

        def missing() -> list[Operation]:
            now = read_versions(self._ftrack, [version.id])
            noted = set_metadata(now[version.id], DECISIONS, brought) if version.id in now else []
            return [*operations, *noted] if noted else []

        commit_missing(self._ftrack, missing)
        self.verdicts += 1


def _find(ftrack: Ftrack, entity_type: str, column: str, wanted: list[str], *, also: str = "") -> set[str]:
    """Return which of the ids occur in a column of an entity type."""
    chunks = [wanted[start : start + 200] for start in range(0, len(wanted), 200)]
    answers = ftrack.query_many(
        [f"select {column} from {entity_type} where {column} in {ids(chunk)}{also}" for chunk in chunks]
    )
    return {str(row[column]) for answer in answers for row in answer}


def _phrase(problem: Refused) -> str:
    return str(problem).rstrip(".")


def _content(note: ClientNote) -> str:
    frame = _frame(note)
    return f"{note.client}{frame}: {note.content}"


def _frame(note: ClientNote) -> str:
    try:
        number = json.loads(note.metadata[FRAME])["number"]
    except (KeyError, ValueError, TypeError):
        return ""
    return f", frame {number}"
