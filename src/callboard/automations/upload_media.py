"""Upload Media: a movie, a still or an image sequence becomes a version that everyone can review."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator

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
    paths,
    quote,
    read_workflow,
    versions,
)

TITLE = "Upload Media"
YES_NO = [("yes", "Yes"), ("no", "No")]
MISSING_FRAMES = [
    ("refuse", "Do not upload"),
    ("hold", "Hold the frame before"),
    ("mark", "Mark the missing frames"),
]
READS = ("name", "parent_id", "parent.name", "project_id", "project.name")
_VERSION = re.compile(r"(?:^|[._-])(v\d+)(?=[._-]|$)", re.IGNORECASE)


class UploadMediaSettings(ActionSettings):
    """``[automations.upload_media]``."""

    asset_name: str = Field(default="ReviewAsset", description="The asset's name that the form proposes.")
    asset_type: str = Field(default="Upload", description="Type of new assets.")
    status: str = Field(default="Pending Internal Review", description="Status of the new versions.")
    frame_rate: Annotated[Fraction, BeforeValidator(media.exact_rate), PlainSerializer(str, return_type=str)] = Field(
        default=Fraction(24),
        description="Frames per second of sequences whose files do not state a rate: '25', '23.976' or '24000/1001'.",
    )
    missing_frames: media.Missing = Field(
        default="refuse",
        description="If frames of a sequence are missing: 'refuse' it (the form asks), 'hold' the frame before, "
        "or 'mark' them.",
    )
    colour_spaces: dict[str, str] = Field(
        default={},
        description="File extension = its colour space in the OpenColorIO config: '.exr' = 'ACEScg'.",
    )
    display: str = Field(default="", description="Display of the config that reviewers use; empty: sRGB.")
    view: str = Field(default="", description="View of that display; empty: the config's default.")
    slate_frame: bool = Field(default=False, description="true: a slate frame comes before the first frame of movies.")
    slate_font: str = Field(
        default="", description="Font file for slates; missing letters come from the fonts of this machine."
    )

    @field_validator("colour_spaces")
    @classmethod
    def _endings(cls, spaces: dict[str, str]) -> dict[str, str]:
        return {"." + ending.lower().lstrip("."): space for ending, space in spaces.items()}

    @property
    def colour(self) -> media.ColourSettings:
        """The colour settings of the studio."""
        return media.ColourSettings(self.studio.ocio, tuple(self.colour_spaces.items()), self.display, self.view)


@action(TITLE, on=("Task",), settings=UploadMediaSettings, reads=READS, heavy=True)
def upload_media(launch: Launch, settings: UploadMediaSettings) -> Form | Message | StartJob:
    """Publish a movie, a still or an image sequence as a version for review."""
    task, values = launch.selection[0], launch.values
    form = _form(task, settings, values)
    if "file_path" not in values:
        return form
    arguments: dict[str, Any] = {
        "task": task.id,
        "path": _text(values, "file_path"),
        "asset": _text(values, "asset_name"),
        "slate": _text(values, "add_slate") == "yes",
        "note": _text(values, "note"),
        "layer": _text(values, "layer"),
        "missing": _missing(values, settings),
    }
    try:
        arguments["path"] = paths.local_path(arguments["path"], settings.studio)
        found = _probe(arguments, settings)
    except media.MissingFrames as mistake:
        asking = [] if "missing_frames" in values else [_missing_choice(settings.missing_frames)]
        return _with(form, *asking).with_mistake(str(mistake))
    except (Refused, TryAgain) as mistake:
        return form.with_mistake(str(mistake))
    if found.layers:
        form = _with(form, forms.choice("layer", "Layer", [(name, name) for name in found.layers], found.layer))
    if found.layers and "layer" not in values:
        return form
    try:
        _check_asset_name(arguments["asset"])
        _status_id(launch.ftrack, task, settings)
    except (Refused, TryAgain) as mistake:
        return form.with_mistake(str(mistake))
    arguments["path"] = found.source.text
    name = media.readable(Path(found.source.path).name)
    reply = Message(f"{name} is being uploaded to {task['name']}, {_seen(found)}; its Job shows the progress.")
    return StartJob(upload, arguments, f"{TITLE} of {name} is waiting.", reply)


def upload(job: Job, arguments: dict[str, Any]) -> str:
    """Encode the media, send it, and create the version in one transaction, so nobody ever sees half of it."""
    version_id = _version_id(job)
    version = versions.read_version(job.ftrack, version_id)
    if version is None:
        try:
            version = _publish(job, arguments, version_id)
        except (Refused, Cancelled):
            versions.withdraw(job.ftrack, version_id)
            raise
    name = version["asset"]["name"]
    return (
        f"Made version {version['version']} of {name} from {media.readable(arguments['path'])}, {job.recall('seen')}."
    )


def _probe(arguments: Mapping[str, Any], settings: UploadMediaSettings) -> media.Media:
    return media.probe(
        arguments["path"],
        settings.studio.media_roots,
        rate=settings.frame_rate,
        missing=arguments.get("missing", settings.missing_frames),
        layer=arguments.get("layer", ""),
        colour=settings.colour,
    )


def _missing(values: Mapping[str, Any], settings: UploadMediaSettings) -> str:
    written = _text(values, "missing_frames")
    return written if written in get_args(media.Missing) else settings.missing_frames


#: The part of the work that encoding usually is; the rest is sending.
_ENCODING = 0.8


def _seen(found: media.Media) -> str:
    """Return how the media is shown, as the end of a sentence."""
    return _colours(found) + ("; its interlaced frames are deinterlaced" if found.is_interlaced else "")


def _colours(found: media.Media) -> str:
    layer = f"layer {found.layer}, " if found.layer not in {"", "RGB"} else ""
    return f"{layer}shown from {found.transform.text}" if found.transform else f"{layer}with its colours unchanged"


def _publish(job: Job, arguments: dict[str, Any], version_id: str) -> Entity:
    settings: UploadMediaSettings = job.automation_settings
    task = _read_task(job, arguments["task"])
    status_id = _status_id(job.ftrack, task, settings)
    found = _probe(arguments, settings)
    name = media.readable(Path(found.source.path).name)
    job.remember("seen", _seen(found))
    slate = _slate(job, task, found, arguments["note"]) if arguments["slate"] else None
    with media.workspace() as folder:
        made = media.make_reviewable(found, folder, slate=slate, watch=_progress(job, found, name))
        if made.deinterlaced:
            job.remember("seen", f"{_colours(found)}; {made.deinterlaced} interlaced frames were deinterlaced")
        job.show(made.thumbnail.read_bytes())
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
            studio=settings.studio,
        )
        return versions.publish(job.ftrack, publication, check=_sending(job, made.file.stat().st_size, name))


def _version_id(job: Job) -> str:
    """Return the id of the version, the same after a crash."""
    version_id = job.recall("version")
    if version_id is None:
        job.remember("version", version_id := str(uuid.uuid4()))
    return str(version_id)


def _read_task(job: Job, task_id: str) -> Entity:
    found = job.ftrack.query(f"select {', '.join(READS)} from Task where id is {quote(task_id)}")
    if not found:
        raise Refused("The task no longer exists.")
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
        part = min(done / max(1, found.count), 1.0)
        job.progress(f"Encoding {name}: {min(99, int(100 * part))} %", _ENCODING * part)

    return watch


def _sending(job: Job, size: int, name: str) -> Callable[[int], None]:
    far = 0.0

    def check(sent: int) -> None:
        nonlocal far
        # After the movie come smaller things, each counted from its own beginning.
        far = max(far, min(sent / max(1, size), 1.0))
        job.progress(f"Sending {name}", _ENCODING + (1 - _ENCODING) * far)

    return check


def _slate(job: Job, task: Entity, found: media.Media, note: str) -> media.Slate:
    settings: UploadMediaSettings = job.automation_settings
    numbers = _VERSION.findall(Path(found.source.path).stem)
    last = found.first_frame + found.count - 1
    parts = {
        "Project": task["project"]["name"],
        "Shot": task["parent"]["name"],
        "Task": task["name"],
        "Version": numbers[-1] if numbers else "",
        "Artist": _artist(job),
    }
    today = datetime.now(job.settings.studio.zone).date().isoformat()
    rows = {
        **parts,
        "Date": today,
        "Frames": f"{found.first_frame} to {last} ({found.count})",
        "Rate": f"{float(found.rate):.6g} frames per second",
        "Colour": found.transform.text if found.transform else "unchanged",
    }
    return media.Slate(
        line=" | ".join(part for part in parts.values() if part),
        date=today,
        rows=tuple((name, value) for name, value in rows.items() if value),
        note=note,
        font=settings.slate_font,
        has_frame=settings.slate_frame and found.kind != "still",
    )


def _artist(job: Job) -> str:
    return job.user.name or job.user.username


def _check_asset_name(written: str) -> None:
    if not written or len(written) > 255 or any(ord(character) < ord(" ") for character in written):
        raise Refused("Asset name is empty, too long or has control characters; write a name such as ReviewAsset.")


def _missing_choice(value: str) -> dict[str, Any]:
    return forms.choice("missing_frames", "Missing frames", MISSING_FRAMES, value)


def _with(form: Form, *items: dict[str, Any]) -> Form:
    """Return the form with further questions below the path."""
    return Form([form.items[0], *items, *form.items[1:]], form.title, form.submit_label)


def _form(task: Entity, settings: UploadMediaSettings, values: Mapping[str, Any]) -> Form:
    gaps = [_missing_choice(_missing(values, settings))] if "missing_frames" in values else []
    return Form(
        [
            forms.text(
                "file_path", "File path", _text(values, "file_path"), hint="/…/shot.%04d.exr, a movie or a still"
            ),
            *gaps,
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
