"""The day from its beginning to its end."""

from __future__ import annotations

import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from callboard.demo import cast, clients, evening, morning, publishing, rehearsing, reviewing
from callboard.demo.stage import ROBOT, Stage, open_stage
from callboard.demo.teller import Teller
from callboard.errors import ConfigurationError

#: The parts of the day, in order.
CHAPTERS = (morning.play, publishing.play, reviewing.play, clients.play, evening.play, rehearsing.play)


def tell(console: Console, *, root: Path | None, port: int, once: bool, slowly: bool = False) -> bool:
    """Play the day.

    Args:
        console: Where the story is printed.
        root: Empty folder to keep everything in; None creates a temporary one.
        port: First of four ports; 0 takes free ones.
        once: Whether to end with the story; otherwise everything keeps running until Ctrl-C.
        slowly: Whether the story waits for Enter between two parts of the day.

    Returns:
        Whether every claim was verified.

    Raises:
        ConfigurationError: The folder is not empty.
        CallboardError: A server did not start.
    """
    folder = _folder(root)
    teller = Teller(console, wait=_wait_for_enter if slowly else lambda: None)
    console.print(f"Starting two ftrack sandboxes, a stand-in for Slack and Callboard in {folder} ...", soft_wrap=True)
    with open_stage(folder, teller, port) as stage:
        stage.start_callboard()
        if not once:
            _show_places(stage)
        _play(stage)
        _end(stage)
        if not once:
            _invite(stage)
            _wait_for_the_end()
    return not teller.broken


def _play(stage: Stage) -> None:
    for play in CHAPTERS:
        try:
            play(stage)
        except Exception as error:  # noqa: BLE001 - any error becomes part of the story, which ends there
            stage.teller.fail(f"the story stopped: {type(error).__name__}: {error}")
            return


def _folder(root: Path | None) -> Path:
    if root is None:
        return Path(tempfile.mkdtemp(prefix="callboard-demo-"))
    root = root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise ConfigurationError([f"{root} is not empty; name an empty folder."])
    return root


def _end(stage: Stage) -> None:
    teller = stage.teller
    teller.act("The end of the day")
    if teller.broken:
        claims = teller.verified + len(teller.broken)
        teller.console.print(f"[bold red]{len(teller.broken)} of {claims} claims did not hold.[/]")
        for claim in teller.broken:
            teller.console.print(f"  [red]✗[/] {escape(claim)}", soft_wrap=True)
    else:
        teller.console.print(f"[bold green]All {teller.verified} claims were verified.[/]")
    _show_places(stage)


def _show_places(stage: Stage) -> None:
    """Print where to look: pages in a browser first."""
    places = {
        "the studio's ftrack": stage.studio.url,
        "the clients' ftrack": stage.review.url,
        "Callboard's dashboard": stage.dashboard,
        "Slack": stage.slack.page,
        "the projects' folders": stage.production,
        "API keys": f"of the user {ROBOT}, in {stage.root}/ftrack/api_key and {stage.root}/review-ftrack/api_key",
        "what Callboard did": f"callboard runs -c {stage.configuration}",
        "logs": stage.root / "logs",
    }
    stage.teller.console.print()
    for name, place in places.items():
        stage.teller.console.print(f"  {name:<22} {place}", soft_wrap=True)


def _invite(stage: Stage) -> None:
    """Print what a person may try by hand."""
    stage.teller.console.print(
        f"\n[bold]Now it is your turn.[/] Open the studio's ftrack in a browser, sign in as {cast.PRODUCER}, open "
        f"{cast.PROJECT} / SQ010 / {morning.SHOTS[-1]} / Animation, and set its status to Ready for Lighting. The run "
        f"is on the dashboard, and {cast.LIGHTER} gets a message in Slack.\nEverything keeps running until Ctrl-C.",
        soft_wrap=True,
    )


def _wait_for_enter() -> None:
    """Wait for the person who shows the story; where nobody can press a key, continue."""
    with suppress(EOFError):
        input("\nPress Enter for the next scene. ")


def _wait_for_the_end() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
