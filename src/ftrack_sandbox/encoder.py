"""encode_media: a Job, done in the background, that gives a version its review media and thumbnail."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ftrack_sandbox import media
from ftrack_sandbox.errors import EntityNotFoundError, SandboxError, ValidationError
from ftrack_sandbox.visibility import is_hidden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ftrack_sandbox.api import Api
    from ftrack_sandbox.audience import Readers
    from ftrack_sandbox.files import FileStore
    from ftrack_sandbox.operations.call import Call, Handler

logger = logging.getLogger(__name__)

SERVER_LOCATION_ID = "3a372bde-05bc-11e4-8908-20c9d081909b"
_REVIEW = {"movie": ("ftrackreview-mp4", ".mp4", "video/mp4"), "image": ("ftrackreview-image", ".jpg", "image/jpeg")}


@dataclass(frozen=True)
class _Task:
    """One encode, as its job's data tells of it."""

    source_id: str
    version_id: str | None
    keep_original: bool
    kind: str
    review_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    thumbnail_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def data(self, description: str) -> str:
        """Return the job's data: what clients read, and what a restarted server goes on from."""
        return json.dumps(
            {
                "description": description,
                "output": [
                    {"format": _REVIEW[self.kind][2], "component_id": self.review_id},
                    {"format": "image/jpeg", "component_id": self.thumbnail_id},
                ],
                "source_component_id": self.source_id,
                "keep_original": self.keep_original,
                "encode": asdict(self),
            }
        )


class _ClearedError(Exception):
    """Somebody ended the job while it was being worked on."""


class Encoder:
    """Encodes one file after the other, so that two cores have one left to serve requests."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="ftrack-sandbox-encoder")
        self._stopping = threading.Event()
        self._api: Api
        self._publish: Callable[[Mapping[str, Any], Readers], None]

    @property
    def handlers(self) -> dict[str, Handler]:
        """The operation that this module carries out."""
        return {"encode_media": self._encode_media}

    def start(self, api: Api, publish: Callable[[Mapping[str, Any], Readers], None]) -> None:
        """Take up the jobs that the last run of the server did not end.

        Args:
            api: Where results are written.
            publish: Sends an event to the hub, for those who see the private projects in it.
        """
        self._api = api
        self._publish = publish
        with api.store.reading() as connection:
            jobs = connection.find("Job", status=["queued", "running"])
        for job in jobs:
            if _task_in(job) is not None:
                self._submit(job["id"], job["user_id"])

    def stop(self) -> None:
        """Give up what is being encoded; its job stays open for the next start."""
        self._stopping.set()
        self._worker.shutdown(cancel_futures=True)

    def _encode_media(self, call: Call, operation: dict[str, Any]) -> dict[str, Any]:
        """Make the job; the work begins when the batch is committed."""
        source_id = _known(call, "FileComponent", operation.get("component_id"))
        version_id = operation.get("version_id")
        if version_id is not None:
            _known(call, "AssetVersion", version_id)
        path = self._files.path(source_id)
        task = _Task(
            source_id=source_id,
            version_id=version_id,
            keep_original=operation.get("keep_original") is not False,
            kind="image" if media.is_image(path) else "movie",
        )
        job_id, user_id = str(uuid.uuid4()), call.user.id
        call.create(
            "Job",
            {
                "id": job_id,
                "type": "api_job",
                "status": "queued",
                "user_id": user_id,
                "data": task.data("Encode media"),
            },
        )
        call.after_commit(lambda: self._submit(job_id, user_id))
        return {"job_id": job_id}

    def _submit(self, job_id: str, user_id: str) -> None:
        if not self._stopping.is_set():
            self._worker.submit(self._run, job_id, user_id)

    def _run(self, job_id: str, user_id: str) -> None:
        """Carry out one job, whatever happens to it."""
        try:
            self._carry_out(job_id, user_id)
        except (_ClearedError, media.CancelledError):
            logger.info("Gave up encode job %s.", job_id)
        except (media.UnreadableMediaError, SandboxError) as error:
            self._fail(job_id, user_id, str(error))
        except Exception:
            logger.exception("Encode job %s failed.", job_id)
            self._fail(job_id, user_id, "The server failed to encode the media; its log says why.")

    def _carry_out(self, job_id: str, user_id: str) -> None:
        task = self._begin(job_id, user_id)
        review, thumbnail = self._files.path(task.review_id), self._files.path(task.thumbnail_id)
        review.parent.mkdir(exist_ok=True)
        thumbnail.parent.mkdir(exist_ok=True)
        try:
            source = self._files.existing(task.source_id)
            encoded = media.encode(source, review, thumbnail, cancelled=self._stopping.is_set)
            sizes = (review.stat().st_size, thumbnail.stat().st_size)
            self._act(
                user_id, lambda call: _finish(call, job_id, replace(task, kind=encoded.kind), encoded.meta, sizes)
            )
        except BaseException:
            review.unlink(missing_ok=True)
            thumbnail.unlink(missing_ok=True)
            raise

    def _begin(self, job_id: str, user_id: str) -> _Task:
        found: list[_Task] = []

        def begin(call: Call) -> None:
            found.append(_open_task(call, job_id))
            call.update("Job", job_id, {"status": "running"})

        self._act(user_id, begin)
        return found[0]

    def _fail(self, job_id: str, user_id: str, reason: str) -> None:
        def fail(call: Call) -> None:
            task = _open_task(call, job_id)
            data = task.data(f"Encode media failed: {reason}")
            call.update("Job", job_id, {"status": "failed", "data": data, "finished_at": call.now.isoformat()})

        try:
            self._act(user_id, fail)
        except _ClearedError:
            logger.info("Encode job %s had been ended before it failed: %s", job_id, reason)
        except EntityNotFoundError:
            logger.info("Encode job %s went with its user before it failed: %s", job_id, reason)

    def _act(self, user_id: str, work: Callable[[Call], None]) -> None:
        outcome = self._api.act(user_id, work)
        for event in outcome.events:
            self._publish(event, outcome.readers)


def _known(call: Call, entity_type: str, entity_id: Any) -> str:
    """Return the id of an entity that exists."""
    if not isinstance(entity_id, str):
        raise ValidationError(f"The id of the {entity_type} has to be text, not {entity_id!r}.")
    if call.connection.row(entity_type, entity_id) is None or is_hidden(call, entity_id):
        raise EntityNotFoundError(f"There is no {entity_type} {entity_id}.")
    return entity_id


def _open_task(call: Call, job_id: str) -> _Task:
    """Return what a job is about.

    Raises:
        _ClearedError: The job has been ended or deleted, so nothing is to be done any more.
    """
    job = call.connection.row("Job", job_id)
    task = None if job is None or job["status"] not in {"queued", "running"} else _task_in(job)
    if task is None:
        raise _ClearedError
    return task


def _task_in(job: Mapping[str, Any]) -> _Task | None:
    """Return what the job's data says is to be encoded; None in jobs that are not the server's."""
    try:
        return _Task(**json.loads(job["data"])["encode"])
    except (ValueError, TypeError, KeyError):
        return None


def _finish(call: Call, job_id: str, task: _Task, meta: dict[str, Any], sizes: tuple[int, int]) -> None:
    """Write down what was made: two components, where they are, and the version's thumbnail."""
    _open_task(call, job_id)
    name, file_type, _ = _REVIEW[task.kind]
    for component_id, component in (
        (task.review_id, {"name": name, "file_type": file_type, "size": sizes[0]}),
        (task.thumbnail_id, {"name": "thumbnail", "file_type": ".jpg", "size": sizes[1]}),
    ):
        call.create("FileComponent", {"id": component_id, "version_id": task.version_id, **component})
        call.create(
            "ComponentLocation",
            {
                "component_id": component_id,
                "location_id": SERVER_LOCATION_ID,
                "resource_identifier": component_id,
            },
        )
        call.create("JobComponent", {"job_id": job_id, "component_id": component_id})
    call.create(
        "Metadata",
        {"parent_id": task.review_id, "parent_type": "FileComponent", "key": "ftr_meta", "value": json.dumps(meta)},
    )
    if task.version_id is not None:
        call.update("AssetVersion", task.version_id, {"thumbnail_id": task.thumbnail_id})
    if not task.keep_original:
        call.delete("FileComponent", task.source_id)
    data = task.data("Encode media")
    call.update("Job", job_id, {"status": "done", "data": data, "finished_at": call.now.isoformat()})
