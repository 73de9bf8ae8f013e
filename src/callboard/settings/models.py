"""The tables of the configuration file, as models: a field is a key, its description is its documentation."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator


class Table(BaseModel):
    """A table of the configuration file: unknown keys are mistakes, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StudioSettings(Table):
    """``[studio]``: where and when the studio works."""

    timezone: str = Field(default="UTC", description="The studio's time zone, such as Africa/Johannesburg.")
    project_root: str = Field(
        default="", description="Folder of the projects that have neither a root nor a disk in ftrack."
    )
    template_files: str = Field(default="", description="Folder of the studio's template files.")
    media_roots: list[str] = Field(
        default=[], description="Upload Media and Update RV Component read below these folders only."
    )
    mounts: list[str] = Field(
        default=[], description="Folders that must be mounted before anything is made below them."
    )
    automations: str = Field(default="", description="Folder of the studio's own automations (Python files).")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is no time zone; use a name such as Europe/London or UTC")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, for arithmetic."""
        return ZoneInfo(self.timezone)


class AutomationSettings(Table):
    """What every automation can be told in its table ``[automations.NAME]``."""

    enabled: bool = Field(default=True, description="false turns the automation off.")
    projects: list[str] = Field(default=[], description="Names of the projects it works in; empty: in all.")
    retry_for: timedelta = Field(
        default=timedelta(hours=24), description="How long it is tried again while something is away."
    )

    _studio: StudioSettings = PrivateAttr(default_factory=StudioSettings)

    @property
    def studio(self) -> StudioSettings:
        """The ``[studio]`` table."""
        return self._studio

    def in_studio(self, studio: StudioSettings) -> AutomationSettings:
        """The same settings in a studio of these settings; what the loader and tests call."""
        copy = self.model_copy()
        copy._studio = studio  # noqa: SLF001 - it is the copy's own
        return copy


class ActionSettings(AutomationSettings):
    """What every action can be told."""

    roles: list[str] = Field(default=[], description="Names of the security roles that may use it; empty: everybody.")
