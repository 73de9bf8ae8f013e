"""What the commands share: the configuration option, the terminal, and how a command ends badly."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from callboard.settings import Settings
from callboard.settings.load import load

#: ``-c FILE`` of every command that reads the configuration.
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The configuration; without it callboard.toml here, then /etc/callboard.toml.",
        show_default=False,
    ),
]

#: ``--json`` of the commands whose answer scripts read.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

#: Results go to stdout; where no person looks at them, a line is not folded.
output = Console(highlight=False, width=None if sys.stdout.isatty() else 400)


def settings_of(config: Path | None) -> Settings:
    """The configuration.

    Raises:
        ConfigurationError: It has mistakes.
    """
    return load(config, os.environ)


def wrong_usage(sentence: str) -> typer.BadParameter:
    """What to raise when an argument is not what the command takes; it ends with exit code 2."""
    return typer.BadParameter(sentence)
