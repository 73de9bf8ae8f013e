"""The effects that an automation can yield.

An automation yields effects and touches nothing itself. Every effect is repeatable: applied twice, it is applied once.
Effects are plain data, so that a plan can be shown, stored, and resumed after a crash.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from callboard.changes import Reference
from callboard.mrkdwn import fill

#: The version of what follows. It grows when an effect that an older Callboard stored cannot be applied as it is.
EFFECTS_VERSION = 1

#: What an attribute may get: plain values, which a stored plan keeps as they are.
Value = str | bool | int | float | None


class _Effect(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Skip(_Effect):
    """Do nothing, and say why: ``Skip(reason="The version has no task.")``."""

    kind: Literal["skip"] = "skip"
    reason: str

    def describe(self) -> str:
        """Return one sentence for a person."""
        return self.reason


class SetStatus(_Effect):
    """Give an entity a status; nothing when it has it already.

    Attributes:
        entity: What gets the status.
        name: The entity's name, for people.
        status: The status' name, for people.
        status_id: The status' id.
    """

    kind: Literal["set_status"] = "set_status"
    entity: Reference
    name: str
    status: str
    status_id: str

    def describe(self) -> str:
        """Return one phrase for a person."""
        return f"set the status of {self.entity.type} {self.name} to {self.status}"


class SetMetadata(_Effect):
    """Set one metadata value of an entity; None removes it."""

    kind: Literal["set_metadata"] = "set_metadata"
    entity: Reference
    key: str
    value: str | None

    def describe(self) -> str:
        """Return one phrase for a person."""
        if self.value is None:
            return f"remove the metadata {self.key}"
        return f"set the metadata {self.key} to {self.value}"


class Ensure(_Effect):
    """Have an entity that is found by some of its values; create it when there is none.

    Attributes:
        type: Schema type, such as ``AssetVersionList``.
        found_by: Attribute -> value (ids, texts, numbers, booleans) that identify it.
        values: Further attributes that a newly created one gets.
    """

    kind: Literal["ensure"] = "ensure"
    type: str
    found_by: dict[str, Value]
    values: dict[str, Value] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The entity's name for people, or the values that identify it."""
        return str(self.found_by.get("name", self.found_by))

    def describe(self) -> str:
        """Return one phrase for a person."""
        return f"have the {self.type} {self.name}"


class AddToList(_Effect):
    """Put an entity on a list, unless it is on it."""

    kind: Literal["add_to_list"] = "add_to_list"
    list: Ensure
    entity: Reference
    name: str

    def describe(self) -> str:
        """Return one phrase for a person."""
        return f"add {self.name} to the list {self.list.name}"


class SetThumbnail(_Effect):
    """Show an icon as an entity's thumbnail, or an existing component's picture.

    Attributes:
        entity: What gets the thumbnail.
        icon: Path of an image file, uploaded once per ftrack and shared; or None.
        component_id: When there is no icon: the component to show, or None for no thumbnail.
    """

    kind: Literal["set_thumbnail"] = "set_thumbnail"
    entity: Reference
    icon: str | None = None
    component_id: str | None = None

    def describe(self) -> str:
        """Return one phrase for a person."""
        if self.icon is not None:
            return f"show the icon {PurePath(self.icon).name} as the thumbnail"
        return "bring the former thumbnail back" if self.component_id else "remove the thumbnail"


class MakeFolders(_Effect):
    """Make folders below a project's folder.

    Attributes:
        base: The folder that must exist already (the storage): nothing is made while it is away. Absolute.
        folder: The project's folder, below *base*. Made when missing.
        folders: Paths below *folder*, with ``/`` between names. Existing ones are kept as they are.
    """

    kind: Literal["make_folders"] = "make_folders"
    base: str
    folder: str
    folders: list[str]

    def describe(self) -> str:
        """Return one phrase for a person."""
        if len(self.folders) == 1:
            return f"make the folder {self.folder}/{self.folders[0]}"
        return f"make {len(self.folders)} folders in {self.folder}"


class CopyFiles(_Effect):
    """Copy every file of a folder into another one, never over an existing file.

    Attributes:
        source: Folder to copy from. Absolute.
        base: As of :class:`MakeFolders`.
        target: Folder to copy into, below *base*.
    """

    kind: Literal["copy_files"] = "copy_files"
    source: str
    base: str
    target: str

    def describe(self) -> str:
        """Return one phrase for a person."""
        return f"copy the files of {self.source} into {self.target}"


class CopyTemplate(_Effect):
    """Copy the template file of a task type, unless any version of the file exists, and note its path in ftrack.

    Attributes:
        template: The template's name without extension, such as ``compositing``.
        sources: Folders to look for it in, in order. A missing folder is passed over.
        base: As of :class:`MakeFolders`.
        target: The new file's path below *base*, without extension and version: ``…/scene/comp/SH010``.
        entity: The new file's path is kept in this entity's metadata …
        metadata_key: … under this key.
    """

    kind: Literal["copy_template"] = "copy_template"
    template: str
    sources: list[str]
    base: str
    target: str
    entity: Reference
    metadata_key: str = "filename"

    def describe(self) -> str:
        """Return one phrase for a person."""
        return f"copy the template {self.template} to {self.target}_v01"


class SendSlack(_Effect):
    """Send one Slack message to each of some people, or to a channel when there is nobody.

    What comes from ftrack goes into *values*, so that a name such as ``_old_`` or ``A<B`` arrives as it is:
    ``SendSlack(..., text="*{shot}* is omitted.", values={"shot": shot["name"]})``.

    Attributes:
        people: ftrack users to write to: (user name, e-mail address or "").
        project: The project's name, whose channel is the fallback before the default channel.
        text: The message, in Slack's mrkdwn; names in braces stand for *values*, and are replaced right away.
        values: Texts that the message shows as they are, by those names.
        fallback_reason: Said in the channel when *people* is empty ("nobody is assigned").
        task: A task that the message links to in ftrack …
        project_id: … and the id of its project.
    """

    kind: Literal["send_slack"] = "send_slack"
    people: list[tuple[str, str]]
    project: str
    text: str
    values: dict[str, str] = Field(default_factory=dict, exclude=True)
    fallback_reason: str = ""
    task: Reference | None = None
    project_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("text"), str) and given.get("values"):
            return {**given, "text": fill(given["text"], given["values"]), "values": {}}
        return given

    def describe(self) -> str:
        """Return one phrase for a person."""
        to = ", ".join(username for username, _ in self.people) or f"the channel ({self.fallback_reason})"
        return f"send a Slack message to {to}"


Effect = Annotated[
    Skip
    | SetStatus
    | SetMetadata
    | Ensure
    | AddToList
    | SetThumbnail
    | MakeFolders
    | CopyFiles
    | CopyTemplate
    | SendSlack,
    Field(discriminator="kind"),
]
