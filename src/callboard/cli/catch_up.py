"""``callboard catch-up``: finds missed changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

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
    server = Server(settings_of(config), registry)
    begin = datetime.now(UTC) - back
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading the changes", total=back.total_seconds())
        found = server.catch_up(begin, lambda moment: progress.update(task, completed=(moment - begin).total_seconds()))
    output.print(f"Found {found} missed changes." if found != 1 else "Found 1 missed change.")
