"""The parts that commands share: the configuration option, the terminal, and wrong usage."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from callboard.changes import Reference
from callboard.configuration.load import load
from callboard.settings import Settings

#: ``-c FILE`` of every command that reads the configuration.
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The configuration file. Default: callboard.toml here, then /etc/callboard.toml.",
        show_default=False,
    ),
]

#: ``--json`` of the commands whose output scripts read.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

#: Results go to stdout; if that is not a terminal, long lines are not wrapped.
output = Console(highlight=False, width=None if sys.stdout.isatty() else 400)


def settings_of(config: Path | None) -> Settings:
    """Return the configuration.

    Raises:
        ConfigurationError: It has mistakes.
    """
    return load(config, os.environ)


def print_plain(text: str) -> None:
    """Print text that scripts read, exactly as it is."""
    typer.echo(text)


def in_studio_time(settings: Settings, moment: str) -> str:
    """Return a time in ISO 8601 on the studio's clock, for people."""
    return f"{datetime.fromisoformat(moment).astimezone(settings.studio.zone):%Y-%m-%d %H:%M:%S}"


def reference_of(entity: str) -> Reference:
    """Return the entity that ``--entity TYPE:ID`` names."""
    entity_type, _, entity_id = entity.partition(":")
    if not entity_type or not entity_id:
        raise wrong_usage(f"--entity {entity!r} is not TYPE:ID, such as Task:7b1c...")
    return Reference(entity_type, entity_id)


def wrong_usage(sentence: str) -> typer.BadParameter:
    """Return the error to raise for a wrong argument; the command ends with exit code 2."""
    return typer.BadParameter(sentence)
