"""The clients' feedback as notes, files and statuses of the studio's versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from callboard.changes import Entity, Reference
from callboard.errors import Refused
from callboard.ftrack import Ftrack, Key, Operation, TooMuchForFtrack, ids, quote
from callboard.jobs import Job
from callboard.studio.media import workspace
from callboard.studio.review.comparing import Comparison, Plan
from callboard.studio.review.copies import RECORD, Copies, read_copies, read_record
from callboard.studio.review.deciding import Decider
from callboard.studio.review.feedback import Reading
from callboard.studio.review.local import LocalReview
from callboard.studio.review.manner import Manner
from callboard.studio.review.news import News
from callboard.studio.review.notices import told
from callboard.studio.review.remarks import BROUGHT, Attachment, ClientNote, Feedback
from callboard.studio.review.threads import find_ids
from callboard.studio.versions.commits import commit_missing
from callboard.studio.versions.components import SERVER_LOCATION, add_location, add_metadata, set_metadata
from callboard.studio.versions.transport import fetch_file, send_file

#: Notes that are compared together, and operations of one commit.
_NOTES, _PART = 100, 600
#: Versions that are compared together.
_VERSIONS = 100


class Writer:
    """Writes feedback once, even if another sync imports the same feedback at the same moment.

    Attributes:
        news: What was imported; it survives a crash with the job's checkpoints.

    Args:
        job: The job that does it.
        manner: The author, category and statuses to use.
    """

    def __init__(self, job: Job, manner: Manner) -> None:
        self.news = News.recall(job)
        self._job, self._manner = job, manner
        self._ftrack, self._remote = job.ftrack, job.review_ftrack

    def write(self, review: LocalReview, reading: Reading, versions: Mapping[str, Entity]) -> None:
        """Write the notes, then their files, then the statuses; whatever the studio changed stays unchanged.

        Args:
            review: The session in the studio.
            reading: What was read of the session that clients see.
            versions: The studio's versions, as :func:`~callboard.studio.review.deciding.read_versions` returns them.

        Raises:
            TryAgain: One of the two servers cannot be reached.
        """
        self.news.problems += reading.problems
        present = {each: about for each, about in reading.feedback.items() if each in versions}
        for version_id, about in reading.feedback.items():
            if version_id not in versions and (about.notes or about.decisions):
                self.news.problems.append(f"the studio deleted the version of {about.name}")
        for together in _portions(present):
            self._job.progress(f"Importing notes on {present[together[0]].name}")
            self._write_notes(together, reading)
        Decider(self._job, review.id, self._manner.statuses, self.news).decide_all(present, versions)
        self._tell(review, reading.notices)

    def _write_notes(self, together: Sequence[str], reading: Reading) -> None:
        """Write the notes on some versions; when ftrack refuses them, those on each version by itself."""
        plans: dict[str, Plan] = {}
        draft = News()

        def missing() -> list[Operation]:
            nonlocal plans, draft
            draft = News()
            plans = self._plan(together, reading, draft)
            if any(plan.groups or plan.marks for plan in plans.values()):
                self.news.remember(self._job, draft)
            return [operation for plan in plans.values() for group in plan.groups for operation in group]

        try:
            commit_missing(self._ftrack, missing, lambda _: self._commit(plans.values()))
        except (Refused, TooMuchForFtrack) as problem:
            if len(together) > 1:
                for version_id in together:
                    self._write_notes([version_id], reading)
                return
            if isinstance(problem, TooMuchForFtrack):
                raise
            self.news.problems.append(f"{reading.feedback[together[0]].name}: {_phrase(problem)}")
            return
        self.news.merge(draft)
        self._mark({note_id: mark for plan in plans.values() for note_id, mark in plan.marks.items()})
        for version_id, plan in plans.items():
            for note, each in plan.files:
                self._copy(note, each, reading.feedback[version_id].name)

    def _plan(self, together: Sequence[str], reading: Reading, news: News) -> dict[str, Plan]:
        copies = read_copies(
            self._ftrack, together, [note.id for each in together for note in reading.feedback[each].notes]
        )
        gone = self._find_gone(copies, reading)
        plans = {}
        for version_id in together:
            comparison = Comparison(reading.feedback[version_id], version_id, copies, self._manner, news)
            plans[version_id] = comparison.plan([each for each in gone if copies.versions[each] == version_id])
        return plans

    def _find_gone(self, copies: Copies, reading: Reading) -> list[str]:
        """Return the copies whose notes do not exist any more, neither in this session nor in another one."""
        unseen = {copy.source: copy_id for copy_id, copy in copies.by_id.items() if copy.source not in reading.note_ids}
        there = find_ids(self._remote, "Note", unseen) if unseen else set()
        return [copy_id for source, copy_id in unseen.items() if source not in there]

    def _commit(self, plans: Iterable[Plan]) -> None:
        """Commit what plans have, in parts; the operations of a group belong together."""
        part: list[Operation] = []
        for group in [group for plan in plans for group in plan.groups]:
            if part and len(part) + len(group) > _PART:
                self._job.check()
                self._ftrack.commit(part)
                part = []
            part = part + group
        self._job.check()
        self._ftrack.commit(part)

    def _mark(self, marks: Mapping[str, str]) -> None:
        """Record on the clients' notes what was imported of them."""

        def missing() -> list[Operation]:
            reads = f"select parent_id, value from Metadata where key is {quote(BROUGHT)} and parent_id in {ids(marks)}"
            there = {row["parent_id"]: row["value"] for row in self._remote.query(reads)}
            operations = []
            for note_id, mark in marks.items():
                if note_id not in there:
                    operations.append(add_metadata(Reference("Note", note_id), BROUGHT, mark))
                elif there[note_id] != mark:
                    key = Key("Metadata", {"parent_id": note_id, "key": BROUGHT})
                    operations.append(Ftrack.update(key, {"value": mark}))
            return operations

        if not marks:
            return
        try:
            commit_missing(self._remote, missing)
        except Refused as problem:
            self.news.problems.append(f"the import cannot be recorded in the clients' ftrack: {_phrase(problem)}")

    def _copy(self, note: ClientNote, each: Attachment, name: str) -> None:
        """Copy a file of a note; if that fails, the next launch tries again."""

        def check(_: int) -> None:
            self._job.check()

        check(0)
        try:
            with workspace() as folder:
                file = folder / f"attachment{each.file_type}"
                fetch_file(self._job.review_session(), each.remote_id, file, check=check)
                send_file(self._ftrack, each.local_id, each.name, file, check=check)
            if not self.news.has(note.id, "wrote"):
                self.news.add(each.remote_id, name, note.client or "A client", "attached")
                self.news.remember(self._job)
            commit_missing(self._ftrack, lambda: self._attach(note, each))
        except Refused as problem:
            self.news.drop(each.remote_id, "attached")
            self.news.problems.append(f"the file {each.name} of a note on {name}: {_phrase(problem)}")

    def _attach(self, note: ClientNote, each: Attachment) -> list[Operation]:
        found = self._ftrack.query(
            f"select metadata, note_components.component_id from Note where id is {quote(note.id)}"
        )
        if not found or each.local_id in {link["component_id"] for link in found[0]["note_components"]}:
            return []
        record = read_record(found[0])
        noted = replace(record, files=sorted({*record.files, each.remote_id})) if record is not None else None
        return [
            add_location(each.local_id, SERVER_LOCATION, each.local_id),
            Ftrack.create("NoteComponent", {"note_id": note.id, "component_id": each.local_id}),
            *(set_metadata(found[0], RECORD, noted.text) if noted is not None else []),
        ]

    def _tell(self, review: LocalReview, notices: Sequence[str]) -> None:
        """Report what differs there, unless an earlier import did."""
        new, operations = told(review.project, review.id, notices)
        self.news.notices += [notice for notice in new if notice not in self.news.notices]
        if operations:
            self.news.remember(self._job)
            commit_missing(self._ftrack, lambda: self._record_notices(review, notices))

    def _record_notices(self, review: LocalReview, notices: Sequence[str]) -> list[Operation]:
        projects = self._ftrack.query(f"select metadata from Project where id is {quote(review.project.id)}")
        return [operation for project in projects for operation in told(project, review.id, notices)[1]]


def _portions(feedback: Mapping[str, Feedback]) -> list[list[str]]:
    """Return the versions in portions of about as many notes each."""
    portions: list[list[str]] = []
    count = 0
    for version_id, about in feedback.items():
        if not portions or count + len(about.notes) > _NOTES or len(portions[-1]) == _VERSIONS:
            portions.append([])
            count = 0
        portions[-1].append(version_id)
        count += len(about.notes)
    return portions


def _phrase(problem: Exception) -> str:
    return str(problem).rstrip(".")
