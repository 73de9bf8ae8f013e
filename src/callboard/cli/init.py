"""``callboard init``: write a commented configuration file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from callboard.cli.common import output
from callboard.configuration.discovery import load_automations
from callboard.errors import CallboardError, ConfigurationError


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path("callboard.toml"),
) -> None:
    """Write a configuration file to fill in.

    It contains every setting, explained, at its default. An existing file is kept.
    """
    from callboard.configuration.template import configuration_template

    text = configuration_template(load_automations())
    try:
        # It will hold secrets, so only its owner may read it.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigurationError([f"{file} exists already and was kept; name another file, or remove it."]) from None
    except OSError as error:
        raise CallboardError(f"{file} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    output.print(f"Wrote {file}. Fill in \\[ftrack], then run: callboard check -c {file}", soft_wrap=True)
