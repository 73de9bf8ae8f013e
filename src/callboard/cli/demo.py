"""``callboard demo``: plays a day at a studio."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the story, with 0 only if everything was verified.")
    ] = False,
    slowly: Annotated[
        bool, typer.Option("--slowly", help="Wait for Enter between scenes, to show the day to a room.")
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="Empty folder for everything.",
            show_default="a temporary one",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="P", min=0, max=65532, help="First of four ports; 0 picks free ones.")
    ] = 0,
) -> None:
    """Play a day at a studio, and verify it.

    Starts a sandbox, a second one for the clients, a stand-in for Slack and the event server, and lets people work.
    """
    from callboard.demo.story import tell

    # SIGTERM ends the servers like Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(highlight=False)
    try:
        verified = tell(console, root=root, port=port, once=once, slowly=slowly)
    except KeyboardInterrupt:
        console.print("Ended before the story did.")
        raise typer.Exit(1) from None
    if not verified:
        raise typer.Exit(1)


def _interrupt(_number: int, _frame: Any) -> NoReturn:
    raise KeyboardInterrupt
