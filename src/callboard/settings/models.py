"""The tables of the configuration file, as models: a field is a key, its description is its documentation."""

from __future__ import annotations

import difflib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, PrivateAttr, SecretStr, field_validator, model_validator

from callboard.settings.addresses import (
    absolute_path,
    any_absolute_path,
    is_loopback,
    network,
    web_address,
    without_dots,
)
from callboard.settings.durations import Duration
from callboard.settings.table import Table, from_environment


class FtrackSettings(Table):
    """``[ftrack]``: the studio's ftrack, and the API user that Callboard works as."""

    server: str = from_environment("FTRACK_SERVER", "Address of ftrack, such as https://studio.ftrackapp.com.")
    api_user: str = from_environment("FTRACK_API_USER", "User name that Callboard works as.")
    api_key: SecretStr = from_environment("FTRACK_API_KEY", "The API key of that user.")

    @field_validator("server")
    @classmethod
    def _address(cls, server: str) -> str:
        return web_address(server).rstrip("/")


class ReviewFtrackSettings(FtrackSettings):
    """``[review_ftrack]``: the ftrack that clients see; without it the two client actions are off."""

    server: str = from_environment(
        "REVIEW_FTRACK_SERVER", "Address of the ftrack for clients, such as https://studio-review.ftrackapp.com."
    )
    api_user: str = from_environment("REVIEW_FTRACK_API_USER", "User name that Callboard works as there.")
    api_key: SecretStr = from_environment("REVIEW_FTRACK_API_KEY", "The API key of that user.")


class SlackSettings(Table):
    """``[slack]``: where messages go; without it, automations that send messages are off."""

    token: SecretStr = from_environment("SLACK_BOT_TOKEN", "The bot token of the studio's Slack app (xoxb-...).")
    api_url: str = Field(default="https://slack.com/api/", description="Address of Slack's Web API.")
    default_channel: str = Field(
        default="", description="Channel for messages that reach nobody else, such as #production."
    )
    people: dict[str, str] = Field(
        default={},
        description="ftrack user name = Slack user id, channel or e-mail address; others are found by e-mail address.",
    )
    projects: dict[str, str] = Field(default={}, description="Project name = channel for that project.")

    @field_validator("api_url")
    @classmethod
    def _address(cls, url: str) -> str:
        return web_address(url).rstrip("/") + "/"


class StudioSettings(Table):
    """``[studio]``: the studio's folders, and its time zone."""

    timezone: str = Field(default="UTC", description="The studio's time zone, such as Africa/Johannesburg.")
    project_root: str = Field(
        default="", description="Folder for projects that have neither a root nor a disk in ftrack."
    )
    template_files: str = Field(default="", description="Folder with the studio's template files.")
    media_roots: list[str] = Field(
        default=[], description="Upload Media and Update RV Component read only files below these folders."
    )
    ocio: str = Field(
        default="",
        description="OpenColorIO's config: a file, or a built-in one such as ocio://default; empty: $OCIO, else that.",
    )
    path_map: dict[str, str] = Field(
        default={},
        description="Path prefix on other machines = the same folder here: 'P:' = '/data/production', "
        "'/Volumes/production' = '/data/production'.",
    )
    component_paths: Literal["here", "windows", "macos", "linux"] = Field(
        default="here",
        description="Platform of the players, whose prefixes in path_map the paths of components get: 'windows', "
        "'macos', 'linux'; 'here': paths as this server reads them.",
    )
    mounts: list[str] = Field(
        default=[], description="Folders that must be mounted before Callboard creates anything below them."
    )
    automations: str = Field(default="", description="Folder with the studio's own automations (Python files).")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        zones = available_timezones()
        if name not in zones:
            near = difflib.get_close_matches(name, zones, n=1)
            hint = f"did you mean {near[0]}?" if near else "use a name such as Europe/London or UTC"
            raise ValueError(f"{name!r} is not a time zone; {hint}")
        return name

    @field_validator("project_root", "template_files")
    @classmethod
    def _absolute(cls, folder: str) -> str:
        return absolute_path(folder) if folder else folder

    @field_validator("ocio")
    @classmethod
    def _config(cls, config: str) -> str:
        return config if not config or config.startswith("ocio://") else absolute_path(config)

    @field_validator("path_map")
    @classmethod
    def _check_map(cls, folders: dict[str, str]) -> dict[str, str]:
        if not all(prefix.strip("/\\ ") for prefix in folders):
            raise ValueError("has an empty prefix; write one such as P: or /Volumes/production")
        return {any_absolute_path(prefix): without_dots(absolute_path(folder)) for prefix, folder in folders.items()}

    @field_validator("media_roots", "mounts")
    @classmethod
    def _all_absolute(cls, folders: list[str]) -> list[str]:
        return [absolute_path(folder) for folder in folders]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, for arithmetic."""
        return ZoneInfo(self.timezone)


class DatabaseSettings(Table):
    """``[database]``: where Callboard keeps its history and its queue."""

    url: str = from_environment(
        "CALLBOARD_DATABASE_URL",
        "sqlite:///FILE (relative to this configuration file) or postgresql://USER@HOST/NAME.",
        default="sqlite:///callboard.db",
    )
    keep_days: int = Field(default=90, ge=1, description="Finished runs stay in the history for this many days.")

    @field_validator("url")
    @classmethod
    def _known(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return url


class DashboardSettings(Table):
    """``[dashboard]``: the web server for the pages, action icons, the health check and the figures."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every network of this machine."
    )
    port: int = Field(default=8095, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    password: SecretStr = from_environment(
        "CALLBOARD_PASSWORD",
        "Password of the pages. Required when host can be reached from other machines, unless proxy_header is set.",
        default=SecretStr(""),
    )
    viewer_password: SecretStr = from_environment(
        "CALLBOARD_VIEWER_PASSWORD",
        "Password of people who may see everything and change nothing; empty: there is none.",
        default=SecretStr(""),
    )
    sign_in_for: Duration = Field(default=timedelta(hours=12), description="How long somebody stays signed in.")
    public_url: str = Field(
        default="",
        description="Address that browsers use to reach it; empty: http://HOST:PORT from host and port.",
    )
    proxy_header: str = Field(
        default="",
        description="Header in which a reverse proxy names whoever has signed in there, such as X-Remote-User.",
    )
    proxy_role_header: str = Field(
        default="",
        description="Header in which the proxy gives a role: full, or another for read-only; empty: all are full.",
    )
    proxy_addresses: list[str] = Field(
        default=[], description="Addresses or networks of reverse proxies: only these are believed whom they speak for."
    )

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        return web_address(url).rstrip("/") if url else url

    @field_validator("proxy_addresses")
    @classmethod
    def _networks(cls, addresses: list[str]) -> list[str]:
        return [network(address) for address in addresses]

    @model_validator(mode="after")
    def _check_proxy(self) -> DashboardSettings:
        if (self.proxy_header or self.proxy_role_header) and not self.proxy_addresses:
            raise ValueError("proxy_addresses is missing; name the reverse proxy's address, such as 127.0.0.1")
        if self.proxy_role_header and not self.proxy_header:
            raise ValueError("proxy_header is missing; name the header that says who somebody is")
        return self

    @model_validator(mode="after")
    def _check_password(self) -> DashboardSettings:
        full, viewer = self.password.get_secret_value(), self.viewer_password.get_secret_value()
        if viewer and (not full or full == viewer):
            raise ValueError("password is missing, or the same as viewer_password; set another one")
        if not is_loopback(self.host) and not full and not self.proxy_header:
            raise ValueError(
                f"password is missing, and {self.host} can be reached from other machines; set password, "
                f"or CALLBOARD_PASSWORD, or host to 127.0.0.1"
            )
        return self

    @property
    def address(self) -> str:
        """The address that browsers use, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"


#: What is done about a change that is handled long after it happened.
OnLate = Literal["handle", "if_still_true", "skip"]


def late_default(rule: OnLate) -> Any:
    """Return the field ``on_late`` with another default, for the settings of an automation.

    Args:
        rule: ``handle`` it all the same; only ``if_still_true``, that is if the entity still has the status that it
            got; or ``skip`` it.
    """
    return Field(
        default=rule,
        description='Changes handled later than late_after: "handle" them, only "if_still_true", or "skip" them.',
    )


class AutomationSettings(Table):
    """The settings that every automation has in its table ``[automations.NAME]``."""

    enabled: bool = Field(default=True, description="false turns the automation off.")
    projects: list[str] = Field(default=[], description="Names of the projects it works in; empty: all projects.")
    retry_for: Duration = Field(
        default=timedelta(hours=24), description="How long to keep retrying while something is unavailable."
    )
    on_late: OnLate = late_default("handle")
    late_after: Duration = Field(default=timedelta(days=1), description="How old a change is when on_late applies.")

    _studio: StudioSettings = PrivateAttr(default_factory=StudioSettings)

    @property
    def studio(self) -> StudioSettings:
        """The ``[studio]`` table."""
        return self._studio

    def in_studio(self, studio: StudioSettings) -> AutomationSettings:
        """Return a copy of these settings that knows the ``[studio]`` table."""
        copy = self.model_copy()
        copy._studio = studio  # noqa: SLF001 - it is the copy's own
        return copy


class ActionSettings(AutomationSettings):
    """The settings that every action has."""

    roles: list[str] = Field(default=[], description="Names of the security roles that may use it; empty: everyone.")


class Settings(Table):
    """The whole configuration.

    Attributes:
        source: The file it was read from, or None.
        origins: Where each value that somebody set comes from, by its dotted name such as ``studio.timezone``.
        automations: The settings of every known automation, by name.
    """

    ftrack: FtrackSettings
    review_ftrack: ReviewFtrackSettings | None = None
    slack: SlackSettings | None = None
    studio: StudioSettings = StudioSettings()
    database: DatabaseSettings = DatabaseSettings()
    dashboard: DashboardSettings = DashboardSettings()
    automations: dict[str, AutomationSettings] = Field(default={})
    source: Path | None = None
    origins: dict[str, str] = Field(default={})

    def automation(self, name: str) -> Any:
        """Return the settings of one automation, as an instance of its own model.

        Raises:
            KeyError: There is no automation of that name.
        """
        return self.automations[name].in_studio(self.studio)

    def why_off(self, name: str, needs: tuple[str, ...] = ()) -> str | None:
        """Return why the automation is off, or None when it is on.

        Args:
            name: The automation's name.
            needs: Tables of the configuration that it requires, such as ``slack``.
        """
        if not self.automations[name].enabled:
            return f"{name} is turned off in [automations.{name}]."
        for table in needs:
            if getattr(self, table) is None:
                return f"{name} is off, because the configuration has no [{table}]."
        return None
