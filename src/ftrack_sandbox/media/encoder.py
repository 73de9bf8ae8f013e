"""encode_media: a Job, done in the background, that gives a version its review media and thumbnail."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ftrack_sandbox.api import Api
from ftrack_sandbox.errors import EntityNotFoundError, SandboxError, ValidationError
from ftrack_sandbox.media import encode
from ftrack_sandbox.media.errors import CancelledError, UnreadableMediaError
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.media.libraries import need
from ftrack_sandbox.media.stills import is_still
from ftrack_sandbox.operations.audience import Readers
from ftrack_sandbox.operations.call import Call, Handler
from ftrack_sandbox.operations.creating import create
from ftrack_sandbox.operations.deleting import delete
from ftrack_sandbox.operations.updating import update
from ftrack_sandbox.operations.visibility import is_hidden

_log = logging.getLogger(__name__)

SERVER_LOCATION_ID = "3a372bde-05bc-11e4-8908-20c9d081909b"
_REVIEW = {"movie": ("ftrackreview-mp4", ".mp4", "video/mp4"), "image": ("ftrackreview-image", ".jpg", "image/jpeg")}


@dataclass(frozen=True)
class _Task:
    """One encode, as described by its job's data."""

    source_id: str
    version_id: str | None
    keep_original: bool
    kind: str
    review_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    thumbnail_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def components(self) -> list[tuple[str, dict[str, str]]]:
        """Return the ids and values of the two components that it makes: what is reviewed, and the thumbnail."""
        name, file_type, _ = _REVIEW[self.kind]
        return [
            (self.review_id, {"name": name, "file_type": file_type}),
            (self.thumbnail_id, {"name": "thumbnail", "file_type": ".jpg"}),
        ]

    def data(self, description: str) -> str:
        """Return the job's data: what clients read, and the state from which a restarted server continues."""
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
            task = _task_in(job)
            if task is not None:
                self._submit(job["id"], job["user_id"], task)

    def stop(self) -> None:
        """Give up what is being encoded; its job stays open for the next start."""
        self._stopping.set()
        self._worker.shutdown(cancel_futures=True)

    def _encode_media(self, call: Call, operation: dict[str, Any]) -> dict[str, Any]:
        """Make the job and the components that it names; the work begins when the batch is committed."""
        need("encode_media", av="PyAV", PIL="Pillow")
        source_id = _known(call, "FileComponent", operation.get("component_id"))
        version_id = operation.get("version_id")
        if version_id is not None:
            _known(call, "AssetVersion", version_id)
        path = self._files.path(source_id)
        task = _Task(
            source_id=source_id,
            version_id=version_id,
            keep_original=operation.get("keep_original") is not False,
            kind="image" if is_still(path) else "movie",
        )
        job_id, user_id = str(uuid.uuid4()), call.user.id
        create(
            call,
            "Job",
            {
                "id": job_id,
                "type": "api_job",
                "status": "queued",
                "user_id": user_id,
                "data": task.data("Encode media"),
            },
        )
        # Clients ask for these as soon as they have the job; a location tells when there is anything in them.
        for component_id, values in task.components():
            create(call, "FileComponent", {"id": component_id, "version_id": version_id, "size": 0, **values})
        call.after_commit(lambda: self._submit(job_id, user_id, task))
        return {"job_id": job_id}

    def _submit(self, job_id: str, user_id: str, task: _Task) -> None:
        if not self._stopping.is_set():
            self._worker.submit(self._run, job_id, user_id, task)

    def _run(self, job_id: str, user_id: str, task: _Task) -> None:
        """Carry out one job, whatever happens to it."""
        try:
            self._carry_out(job_id, user_id, task)
        except CancelledError:
            _log.info("Parked encode job %s.", job_id)
        except _ClearedError:
            _log.info("Gave up encode job %s.", job_id)
            self._end(job_id, user_id, lambda call: _forget(call, task))
        except (UnreadableMediaError, SandboxError) as error:
            self._fail(job_id, user_id, task, str(error))
        except Exception:  # noqa: BLE001 - logged, and the job fails with a sentence
            _log.exception("Encode job %s failed.", job_id)
            self._fail(job_id, user_id, task, "The server failed to encode the media; its log says why.")

    def _carry_out(self, job_id: str, user_id: str, task: _Task) -> None:
        self._act(user_id, lambda call: _begin(call, job_id))
        review, thumbnail = self._files.path(task.review_id), self._files.path(task.thumbnail_id)
        review.parent.mkdir(exist_ok=True)
        thumbnail.parent.mkdir(exist_ok=True)
        try:
            source = self._files.existing(task.source_id)
            encoded = encode.encode(source, review, thumbnail, cancelled=self._stopping.is_set)
            sizes = (review.stat().st_size, thumbnail.stat().st_size)
            self._act(
                user_id, lambda call: _finish(call, job_id, replace(task, kind=encoded.kind), encoded.meta, sizes)
            )
        except BaseException:
            review.unlink(missing_ok=True)
            thumbnail.unlink(missing_ok=True)
            raise

    def _fail(self, job_id: str, user_id: str, task: _Task, reason: str) -> None:
        def fail(call: Call) -> None:
            _forget(call, task)
            if _is_open(call, job_id):
                data = task.data(f"Encode media failed: {reason}")
                update(call, "Job", job_id, {"status": "failed", "data": data, "finished_at": call.now.isoformat()})

        self._end(job_id, user_id, fail)

    def _end(self, job_id: str, user_id: str, work: Callable[[Call], None]) -> None:
        try:
            self._act(user_id, work)
        except EntityNotFoundError:
            _log.info("Encode job %s went with its user before it ended.", job_id)

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


def _is_open(call: Call, job_id: str) -> bool:
    job = call.connection.row("Job", job_id)
    return job is not None and job["status"] in {"queued", "running"}


def _begin(call: Call, job_id: str) -> None:
    if not _is_open(call, job_id):
        raise _ClearedError
    update(call, "Job", job_id, {"status": "running"})


def _forget(call: Call, task: _Task) -> None:
    """Take away the components in which nothing came to be."""
    for component_id, _ in task.components():
        if call.connection.row("FileComponent", component_id) is not None:
            delete(call, "FileComponent", component_id)


def _task_in(job: Mapping[str, Any]) -> _Task | None:
    """Return what the job's data says is to be encoded; None in jobs that are not the server's."""
    try:
        return _Task(**json.loads(job["data"])["encode"])
    except (ValueError, TypeError, KeyError):
        return None


def _finish(call: Call, job_id: str, task: _Task, meta: dict[str, Any], sizes: tuple[int, int]) -> None:
    """Write down what was made: how large the components are, where they lie, and the version's thumbnail."""
    if not _is_open(call, job_id):
        raise _ClearedError
    for (component_id, values), size in zip(task.components(), sizes, strict=True):
        update(call, "FileComponent", component_id, {"size": size, **values})
        create(
            call,
            "ComponentLocation",
            {
                "component_id": component_id,
                "location_id": SERVER_LOCATION_ID,
                "resource_identifier": component_id,
            },
        )
        create(call, "JobComponent", {"job_id": job_id, "component_id": component_id})
    create(
        call,
        "Metadata",
        {"parent_id": task.review_id, "parent_type": "FileComponent", "key": "ftr_meta", "value": json.dumps(meta)},
    )
    if task.version_id is not None:
        update(call, "AssetVersion", task.version_id, {"thumbnail_id": task.thumbnail_id})
        call.reported.append((call.records.get("AssetVersion", [task.version_id]), "encoded"))
    if not task.keep_original:
        delete(call, "FileComponent", task.source_id)
    data = task.data("Encode media")
    update(call, "Job", job_id, {"status": "done", "data": data, "finished_at": call.now.isoformat()})
