"""Upload Media: a movie, a still or a sequence becomes a version that everybody can look at."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from callboard import (
    ActionSettings,
    Cancelled,
    Entity,
    Form,
    Job,
    Launch,
    Message,
    Refused,
    StartJob,
    TryAgain,
    action,
    forms,
    media,
    quote,
    read_workflow,
    versions,
)

TITLE = "Upload Media"
YES_NO = [("yes", "Yes"), ("no", "No")]
READS = ("name", "parent_id", "parent.name", "project_id", "project.name")
_VERSION = re.compile(r"(?:^|[._-])(v\d+)(?=[._-]|$)", re.IGNORECASE)


class UploadMediaSettings(ActionSettings):
    """``[automations.upload_media]``."""

    asset_name: str = Field(default="ReviewAsset", description="The asset's name that the form proposes.")
    asset_type: str = Field(default="Upload", description="Type of the assets that are made.")
    status: str = Field(default="Pending Internal Review", description="Status of the new versions.")
    frame_rate: Annotated[Fraction, BeforeValidator(media.exact_rate), PlainSerializer(str, return_type=str)] = Field(
        default=Fraction(24),
        description="Frames per second of sequences whose files do not say: '25', '23.976' or '24000/1001'.",
    )


@action(TITLE, on=("Task",), settings=UploadMediaSettings, reads=READS, heavy=True)
def upload_media(launch: Launch, settings: UploadMediaSettings) -> Form | Message | StartJob:
    """Make a version for review of a movie, a still or an image sequence."""
    task, values = launch.selection[0], launch.values
    form = _form(task, settings, values)
    if "file_path" not in values:
        return form
    try:
        found = media.probe(_text(values, "file_path"), settings.studio.media_roots, rate=settings.frame_rate)
        asset = _asset_name(_text(values, "asset_name"))
        _status_id(launch.ftrack, task, settings)
    except (Refused, TryAgain) as mistake:
        return form.with_mistake(str(mistake))
    arguments = {
        "task": task.id,
        "path": found.source.text,
        "asset": asset,
        "slate": _text(values, "add_slate") == "yes",
        "note": _text(values, "note"),
    }
    name = Path(found.source.path).name
    reply = Message(f"{name} is on its way to {task['name']}; its Job tells the rest.")
    return StartJob(upload, arguments, f"{TITLE} of {name} waits.", reply)


def upload(job: Job, arguments: dict[str, Any]) -> str:
    """Encode the media, send it, and make the version in one transaction, so that it is never seen half done."""
    version_id = _version_id(job)
    version = versions.read_version(job.ftrack, version_id)
    if version is None:
        try:
            version = _published(job, arguments, version_id)
        except (Refused, Cancelled):
            versions.withdraw(job.ftrack, version_id)
            raise
    return f"Made version {version['version']} of {version['asset']['name']} from {arguments['path']}."


def _published(job: Job, arguments: dict[str, Any], version_id: str) -> Entity:
    settings: UploadMediaSettings = job.automation_settings
    task = _read_task(job, arguments["task"])
    status_id = _status_id(job.ftrack, task, settings)
    found = media.probe(arguments["path"], settings.studio.media_roots, rate=settings.frame_rate)
    name = Path(found.source.path).name
    slate = _slate(job, task, name) if arguments["slate"] else None
    with media.workspace() as folder:
        made = media.make_reviewable(found, folder, slate=slate, watch=_progress(job, found, name))
        job.progress(f"Sending {name}")
        publication = versions.Publication(
            version_id=version_id,
            task_id=task.id,
            parent_id=task["parent_id"],
            asset=arguments["asset"],
            asset_type=settings.asset_type,
            user_id=job.user.id,
            status_id=status_id,
            note=arguments["note"],
            source=found.source,
            reviewable=made,
        )
        return versions.publish(job.ftrack, publication, check=lambda _sent: job.check())


def _version_id(job: Job) -> str:
    """Return the id of the version, the same after a crash."""
    version_id = job.recall("version")
    if version_id is None:
        job.remember("version", version_id := str(uuid.uuid4()))
    return str(version_id)


def _read_task(job: Job, task_id: str) -> Entity:
    found = job.ftrack.query(f"select {', '.join(READS)} from Task where id is {quote(task_id)}")
    if not found:
        raise Refused("The task does not exist any more.")
    return found[0]


def _status_id(ftrack: Any, task: Entity, settings: UploadMediaSettings) -> str:
    statuses = read_workflow(ftrack, task["project_id"]).statuses("AssetVersion")
    if settings.status not in statuses:
        raise Refused(
            f"The workflow of {task['project']['name']} has no status {settings.status} for versions; "
            f"add it in ftrack, or correct `status`."
        )
    return statuses[settings.status]


def _progress(job: Job, found: media.Media, name: str) -> Callable[[int], None]:
    def watch(done: int) -> None:
        job.progress(f"Encoding {name}: {min(99, 100 * done // max(1, found.count))} %")

    return watch


def _slate(job: Job, task: Entity, name: str) -> media.Slate:
    versions = _VERSION.findall(Path(name).stem)
    parts = [task["project"]["name"], task["parent"]["name"], task["name"], *versions[-1:], _artist(job)]
    today = datetime.now(job.settings.studio.zone).date()
    return media.Slate(" | ".join(part for part in parts if part), today.isoformat())


def _artist(job: Job) -> str:
    return job.user.name or job.user.username


def _asset_name(written: str) -> str:
    if not written or len(written) > 255 or not written.isprintable():
        raise Refused("Asset name is empty or longer than 255 characters; write one such as ReviewAsset.")
    return written


def _form(task: Entity, settings: UploadMediaSettings, values: Mapping[str, Any]) -> Form:
    return Form(
        [
            forms.text(
                "file_path", "File path", _text(values, "file_path"), hint="/…/shot.%04d.exr, a movie or a still"
            ),
            forms.text("asset_name", "Asset name", _text(values, "asset_name") or settings.asset_name),
            forms.choice("add_slate", "Add slate", YES_NO, _text(values, "add_slate") or "yes"),
            forms.text_area("note", "Note", _text(values, "note")),
        ],
        f"{TITLE} to {task['name']}",
        "Upload",
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value).strip()
