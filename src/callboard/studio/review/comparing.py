"""The comparison of clients' notes with their copies in the studio, and the operations that bring these up to date.

Pure: it is called again when somebody else wrote in the meantime, and yields nothing for what is done.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from callboard.changes import Reference
from callboard.ftrack import Ftrack, Key, Operation
from callboard.studio.review.copies import RECORD, SOURCE_NOTE, Copies, Copy, Record, digest
from callboard.studio.review.ids import attachment_copy_id
from callboard.studio.review.manner import Manner
from callboard.studio.review.news import News
from callboard.studio.review.remarks import Attachment, ClientNote, Feedback
from callboard.studio.versions.components import add_metadata, read_metadata, set_metadata

#: Letters of a text that a phrase quotes.
_QUOTED = 80


@dataclass
class Plan:
    """The work of one import on the notes of one version.

    Attributes:
        groups: Operations; those of a group belong together.
        files: The files to copy after that.
        marks: What is to be recorded on clients' notes after that, by the ids there.
    """

    groups: list[list[Operation]] = field(default_factory=list)
    files: list[tuple[ClientNote, Attachment]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)


class Comparison:
    """Compares the notes of one version with their copies.

    Args:
        feedback: The clients' feedback on it.
        version_id: The version in the studio.
        copies: The copies of its notes, and perhaps those of others.
        manner: The author and category of new copies.
        news: Gets what is found.
    """

    def __init__(self, feedback: Feedback, version_id: str, copies: Copies, manner: Manner, news: News) -> None:
        self._feedback, self._version_id, self._copies = feedback, version_id, copies
        self._manner, self._news = manner, news
        self._plan = Plan()

    def plan(self, gone: Collection[str]) -> Plan:
        """Return what is to be written.

        Args:
            gone: The ids of the copies whose notes were deleted by the clients.
        """
        known = set(self._copies.by_id)
        for note in self._feedback.notes:
            copy = self._copies.by_id.get(note.id)
            mark = f"{note.id} {digest(note.remark)}"
            if copy is not None:
                self._update(note, copy)
            elif not note.mark:
                self._create(note, known)
                known.add(note.id)
            elif note.mark != mark:
                # It was deleted on purpose in the studio, and edited since.
                self._keep(
                    f"{note.client or 'A client'} changed a note that was deleted here, to {_quote(note.content)}"
                )
            if note.mark != mark:
                self._plan.marks[note.remote_id] = mark
        self._remove(gone)
        return self._plan

    def _create(self, note: ClientNote, known: Collection[str]) -> None:
        own = Reference("Note", note.id)
        content = f"{note.client}{note.remark}"
        values = {"id": note.id, "content": content, "user_id": self._manner.author_id, "date": note.at}
        if note.reply_to in known:
            values["in_reply_to_id"] = note.reply_to
        else:
            # Not through the version's collection of notes, where two writers would undo each other's changes.
            values |= {"parent_id": self._version_id, "parent_type": "AssetVersion"}
        meta = {key: value for key, value in note.metadata.items() if key not in {SOURCE_NOTE, RECORD}}
        digests = {key: digest(value) for key, value in meta.items()}
        record = Record(note.client, digest(note.remark), digest(content), digests)
        meta |= {SOURCE_NOTE: note.remote_id, RECORD: record.text}
        self._plan.groups.append(
            [
                Ftrack.create("Note", values),
                Ftrack.create("NoteLabelLink", {"note_id": note.id, "label_id": self._manner.category_id}),
                *(add_metadata(own, key, value) for key, value in meta.items()),
            ]
        )
        self._plan.files += [(note, each) for each in note.attachments]
        self._news.add(note.id, self._feedback.name, note.client, "wrote")

    def _update(self, note: ClientNote, copy: Copy) -> None:
        before = copy.record or Record(note.client)
        client = note.client or before.client
        content = f"{client}{note.remark}"
        now = replace(before, client=client, remark=digest(note.remark), written=digest(content), gone=False)
        operations: list[Operation] = []
        edited = copy.record is not None and now.remark != before.remark
        if now.written not in {before.written, digest(copy.note["content"])}:
            if digest(copy.note["content"]) == before.written:
                operations.append(Ftrack.update(copy.note.reference, {"content": content}))
            elif now.remark != before.remark:
                self._keep(f"{client} changed a note that was changed here too, to {_quote(note.content)}")
                edited = False
        if copy.record is not None and client != before.client:
            self._news.rename(before.client, client)
        metadata, written = self._update_metadata(note, copy, before)
        files, removed = self._update_files(note, copy, before)
        now = replace(now, metadata=metadata, files=files)
        operations += [*written, *removed]
        if edited or (written and copy.record is not None):
            self._news.add(note.id, self._feedback.name, client, "edited")
        if now != before or copy.record is None:
            operations += set_metadata(copy.note, RECORD, now.text)
        if operations:
            self._plan.groups.append(operations)

    def _update_metadata(self, note: ClientNote, copy: Copy, before: Record) -> tuple[dict[str, str], list[Operation]]:
        """Return the digests of a note's metadata, and the operations that change that of its copy."""
        there = read_metadata(copy.note)
        wanted = {key: value for key, value in note.metadata.items() if key not in {SOURCE_NOTE, RECORD}}
        operations: list[Operation] = []
        for key, value in wanted.items():
            is_ours = key not in there or digest(there[key]) == before.metadata.get(key)
            if digest(value) != before.metadata.get(key) and is_ours:
                operations += set_metadata(copy.note, key, value)
        for key in before.metadata.keys() - wanted.keys():
            if key in there and digest(there[key]) == before.metadata[key]:
                operations.append(Ftrack.delete(Key("Metadata", {"parent_id": copy.note.id, "key": key})))
        return {key: digest(value) for key, value in wanted.items()}, operations

    def _update_files(self, note: ClientNote, copy: Copy, before: Record) -> tuple[list[str], list[Operation]]:
        """Return the files that were copied and are still there, and the operations that remove the others."""
        now = {each.remote_id for each in note.attachments}
        client = note.client or before.client
        copied = set(before.files)
        for each in note.attachments:
            if each.local_id in copy.files:
                copied.add(each.remote_id)
            elif each.remote_id not in copied:
                self._plan.files.append((note, each))
        operations: list[Operation] = []
        for remote_id in sorted(copied - now):
            deleted = _delete_file(copy, attachment_copy_id(copy.source, remote_id))
            if deleted:
                operations += deleted
                self._news.add(remote_id, self._feedback.name, client, "detached")
        return sorted(copied & now), operations

    def _remove(self, gone: Collection[str]) -> None:
        """Delete the copies of deleted notes, replies first, unless the studio did something about them."""
        removed: set[str] = set()
        for copy_id in sorted(gone, key=self._depth, reverse=True):
            copy = self._copies.by_id[copy_id]
            record = copy.record or Record("A client")
            if not self._is_untouched(copy, record, removed):
                if not record.gone:
                    said = str(copy.note["content"])
                    self._keep(f"{record.client} deleted a note that was answered or changed here ({_quote(said)})")
                    self._plan.groups.append(set_metadata(copy.note, RECORD, replace(record, gone=True).text))
                continue
            files = [operation for each in sorted(copy.files) for operation in _delete_file(copy, each)]
            self._plan.groups.append([*files, Ftrack.delete(copy.note.reference)])
            self._news.add(copy_id, self._feedback.name, record.client, "deleted")
            removed.add(copy_id)

    def _is_untouched(self, copy: Copy, record: Record, removed: Collection[str]) -> bool:
        ours = {attachment_copy_id(copy.source, remote_id) for remote_id in record.files}
        answers = self._copies.answers.get(copy.note.id, [])
        return (
            digest(copy.note["content"]) == record.written
            and not (copy.note["is_todo"] or copy.note["completed_at"])
            and copy.files <= ours
            and all(answer.id in removed for answer in answers)
        )

    def _depth(self, copy_id: str) -> int:
        depth, above = 0, self._copies.by_id[copy_id].note["in_reply_to_id"]
        while above in self._copies.by_id and depth < len(self._copies.by_id):
            depth, above = depth + 1, self._copies.by_id[above].note["in_reply_to_id"]
        return depth

    def _keep(self, phrase: str) -> None:
        self._news.kept.append(f"{self._feedback.name}: {phrase}")


def _delete_file(copy: Copy, component_id: str) -> list[Operation]:
    if component_id not in copy.files:
        return []
    link = Key("NoteComponent", {"component_id": component_id, "note_id": copy.note.id})
    return [Ftrack.delete(link), Ftrack.delete(Reference("FileComponent", component_id))]


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _QUOTED else line[:_QUOTED] + '…'}”"
