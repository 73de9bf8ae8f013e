"""Client Review Sync: mirror a review session to the ftrack that clients see."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import Field

from callboard import ActionSettings, Job, Launch, Message, Refused, StartJob, action
from callboard.studio.review.encodes import ended
from callboard.studio.review.local import ReviewObject, Session, read_session
from callboard.studio.review.media import Content, Mirror
from callboard.studio.review.show import show
from callboard.studio.review.stage import Stage, set_stage, set_version

TITLE = "Client Review Sync"


class ClientReviewSyncSettings(ActionSettings):
    """``[automations.client_review_sync]``."""

    encode_minutes: int = Field(
        default=60, ge=1, description="Minutes without one finished encode there, after which the rest is given up."
    )


@action(
    TITLE,
    on=("ReviewSession",),
    settings=ClientReviewSyncSettings,
    reads=("name",),
    needs=("review_ftrack",),
    heavy=True,
)
def client_review_sync(launch: Launch, settings: ClientReviewSyncSettings) -> StartJob:
    """Bring a review session, with its media, to the ftrack that clients see."""
    del settings
    session = launch.selection[0]
    reply = Message(f"{session['name']} is being brought to the clients; the Job tells how far it is.")
    return StartJob(sync_review, {"session": session.id}, f"{TITLE} of {session['name']} waits.", reply)


def sync_review(job: Job, arguments: dict[str, Any]) -> str:
    """Send what is new, have it encoded there, and show it in the local session's order."""
    session = read_session(job.ftrack, arguments["session"])
    job.progress(f"Preparing {session.name}")
    remote = job.review_ftrack
    stage = set_stage(remote, session)
    sync = _Sync(job, session, remote)
    sync.send_all(stage)
    sync.encode_all()
    job.progress(f"Putting {session.name} in order")
    joined, left = show(remote, stage, session, sync.ready)
    return sync.summary(joined, left)


class _Sync:
    """One synchronisation: what is ready, what is being encoded, and what went wrong, by the object's id."""

    def __init__(self, job: Job, session: Session, remote: Any) -> None:
        self.ready: set[str] = set()
        self.problems: dict[str, str] = {}
        self._job, self._session, self._remote = job, session, remote
        self._objects = {each.id: each for each in session.objects}
        self._sent: dict[str, tuple[str, Content]] = {}
        roots = job.settings.studio.media_roots
        self._mirror = Mirror(self._remote, job.session, roots, lambda _sent: job.check())

    def send_all(self, stage: Stage) -> None:
        """Send the media that is not there; what is wrong with one object does not stop the others."""
        for number, each in enumerate(self._session.objects, 1):
            self._job.progress(f"Sending {number} of {len(self._session.objects)}: {each.name}")
            try:
                set_version(self._remote, stage, each)
                self._send(each)
            except Refused as problem:
                self._fail(each, str(problem))

    def encode_all(self) -> None:
        """Have encoded there what was sent, and note what is shown then."""
        encodes = {}
        for object_id, (component_id, content) in self._sent.items():
            try:
                encodes[object_id] = self._begin_encode(self._objects[object_id], component_id, content)
            except Refused as problem:
                self._fail(self._objects[object_id], str(problem))
        minutes = self._job.automation_settings.encode_minutes
        results = ended(self._remote, encodes, seconds=60 * minutes, check=self._job.check)
        for count, (object_id, made, reason) in enumerate(results, 1):
            self._job.progress(f"Encoded {count} of {len(encodes)}")
            if reason:
                self._fail(self._objects[object_id], reason)
            else:
                self._mirror.finish(self._objects[object_id], self._sent[object_id][1], made)
                self.ready.add(object_id)

    def summary(self, joined: int, left: int) -> str:
        """What was done, in a sentence.

        Raises:
            Refused: Some objects could not be brought over; the sentence names them and why.
        """
        total = len(self._session.objects)
        if self.problems:
            which = "; ".join(self.problems.values())
            raise Refused(f"{len(self.problems)} of {total} could not be brought over: {which}.")
        if not (self._sent or joined or left):
            return f"{self._session.name} is there already, all {total} of it."
        counts = f"{len(self._sent)} sent, {joined} added, {left} taken off, {total} in all"
        return f"Brought {self._session.name} over: {counts}."

    def _send(self, each: ReviewObject) -> None:
        content, file = self._mirror.choose(each)
        begun = self._job.recall(_checkpoint(each, content))
        if begun is not None:
            # Its encode began before a crash, and its original may be gone from there by now.
            self._sent[each.id] = (begun["component"], Content(**begun["content"]))
        elif self._mirror.shown(each, content, file):
            self.ready.add(each.id)
        else:
            self._sent[each.id] = self._mirror.send(each, content, file)

    def _begin_encode(self, each: ReviewObject, component_id: str, content: Content) -> str:
        checkpoint = _checkpoint(each, content)
        begun = self._job.recall(checkpoint)
        if begun is not None:
            return str(begun["encode"])
        encode = self._mirror.begin_encode(each, component_id)
        self._job.remember(checkpoint, {"encode": encode, "component": component_id, "content": asdict(content)})
        return encode

    def _fail(self, each: ReviewObject, problem: str) -> None:
        self.problems[each.id] = f"{each.name}: {problem.rstrip('.')}"


def _checkpoint(each: ReviewObject, content: Content) -> str:
    return f"encode {each.id} {each.version_id} {content.origin} {content.size} {content.modified}"
