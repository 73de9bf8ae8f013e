"""``callboard catch-up``: finds missed changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from callboard.cli.common import ConfigFile, output, settings_of, wrong_usage
from callboard.settings.durations import read_duration


def catch_up(
    since: Annotated[str, typer.Option(metavar="DURATION", help="How far back to look, such as 12h or 2d.")],
    *,
    config: ConfigFile = None,
) -> None:
    """Find missed changes, and handle them.

    A running server handles them immediately; otherwise they wait for its next start. Nothing is handled twice.
    """
    from callboard.engine.server import Server
    from callboard.registry import registry

    try:
        back = read_duration(since)
    except ValueError as error:
        raise wrong_usage(f"--since: {error}") from None
    found = Server(settings_of(config), registry).catch_up(datetime.now(UTC) - back)
    output.print(f"Found {found} missed changes." if found != 1 else "Found 1 missed change.")
