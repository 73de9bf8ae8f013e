"""The transfer of a session's media: all of it is sent, then all of it is encoded there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict

from callboard.changes import Entity
from callboard.errors import Refused
from callboard.ftrack import Ftrack
from callboard.jobs import Job
from callboard.studio.review.choosing import Content, Making
from callboard.studio.review.encodes import wait_for_jobs
from callboard.studio.review.media import Mirror
from callboard.studio.review.source import ReviewObject, Session
from callboard.studio.review.target import Stage, set_versions

#: Objects whose versions are made and read in one request.
_TOGETHER = 100


class Transfer:
    """One transfer of a session's media; a problem with one object does not stop the others.

    Attributes:
        ready: Ids of the objects whose media is ready there.

    Args:
        job: The job that does it; its checkpoints record the encodes that were started.
        session: The local session.
        remote: The ftrack that clients see.
    """

    def __init__(self, job: Job, session: Session, remote: Ftrack) -> None:
        self.ready: set[str] = set()
        self._failed: dict[str, str] = {}
        self._job, self._session, self._remote = job, session, remote
        self._objects = {each.id: each for each in session.objects}
        self._sent: dict[str, tuple[str, Content]] = {}
        upload = job.settings.automation("upload_media")
        making = Making(upload.colour, upload.frame_rate, upload.missing_frames)
        self._mirror = Mirror(self._remote, job.session, job.settings.studio, making, lambda _sent: job.check())

    def send_all(self, stage: Stage) -> None:
        """Send the media that is missing there.

        Raises:
            TryAgain: One of the two servers cannot be reached.
        """
        with closing(self._mirror):
            for start in range(0, len(self._session.objects), _TOGETHER):
                self._send_together(stage, start)

    def encode_all(self, *, seconds: float) -> None:
        """Have the sent media encoded there, and record what is shown.

        Args:
            seconds: Give up if no encode has ended for this long.

        Raises:
            TryAgain: The other server cannot be reached.
        """
        encodes = {}
        for object_id, (component_id, content) in self._sent.items():
            try:
                encodes[object_id] = self._begin_encode(self._objects[object_id], component_id, content)
            except Refused as problem:
                self._end(object_id, [], str(problem))
        results = wait_for_jobs(self._remote, encodes, seconds=seconds, check=self._job.check)
        for count, (object_id, made, reason) in enumerate(results, 1):
            self._job.progress(f"Encoded {count} of {len(encodes)}", 0.5 + 0.5 * count / len(encodes))
            self._end(object_id, made, reason)

    @property
    def sent(self) -> int:
        """The number of objects whose media was sent."""
        return len(self._sent)

    @property
    def problems(self) -> list[str]:
        """The name of each object that could not be sent, and why."""
        return [f"{self._objects[object_id].name}: {problem}" for object_id, problem in self._failed.items()]

    def _send_together(self, stage: Stage, start: int) -> None:
        together = self._session.objects[start : start + _TOGETHER]
        for object_id, problem in set_versions(self._remote, stage, together).items():
            self._fail(object_id, problem)
        versions = self._mirror.read(together)
        for number, each in enumerate(together, start + 1):
            of = len(self._session.objects)
            self._job.progress(f"Sending {number} of {of}: {each.name}", 0.5 * (number - 1) / of)
            if each.id in versions:
                self._send(each, versions[each.id])
            elif each.id not in self._failed:
                self._fail(each.id, "its version was deleted there")

    def _send(self, each: ReviewObject, version: Entity) -> None:
        try:
            choice = self._mirror.choose(each, version)
            begun = self._job.recall(_checkpoint(each, choice.content))
            if begun is not None:
                # Its encode started before a crash, and its original may be gone by now.
                self._sent[each.id] = (begun["component"], Content(**begun["content"]))
            elif self._mirror.shows(version, choice):
                self.ready.add(each.id)
            else:
                self._sent[each.id] = self._mirror.send(each, choice)
        except Refused as problem:
            self._fail(each.id, problem)

    def _begin_encode(self, each: ReviewObject, component_id: str, content: Content) -> str:
        checkpoint = _checkpoint(each, content)
        begun = self._job.recall(checkpoint)
        if begun is not None:
            return str(begun["encode"])
        encode = self._mirror.begin_encode(each, component_id)
        self._job.remember(checkpoint, {"encode": encode, "component": component_id, "content": asdict(content)})
        return encode

    def _end(self, object_id: str, made: list[str], reason: str) -> None:
        """Show the result of an encode, or that of another sync's encode of the same file."""
        each, (component_id, content) = self._objects[object_id], self._sent[object_id]
        made = made or self._mirror.made_by_others(each, component_id)
        if not made:
            self._fail(object_id, reason)
            return
        try:
            self._mirror.finish(each, content, made)
        except Refused as problem:
            self._fail(object_id, problem)
        else:
            self.ready.add(object_id)

    def _fail(self, object_id: str, problem: object) -> None:
        self._failed[object_id] = str(problem).rstrip(".")


def _checkpoint(each: ReviewObject, content: Content) -> str:
    return f"encode {each.id} {each.version_id} {content.origin} {content.size} {content.modified} {content.look}"
