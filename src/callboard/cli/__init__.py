"""The command ``callboard``: one module per subcommand."""

from __future__ import annotations

import os
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from callboard.cli.catch_up import catch_up
from callboard.cli.check import check
from callboard.cli.dashboard import dashboard
from callboard.cli.demo import demo
from callboard.cli.init import init
from callboard.cli.pausing import pause, resume
from callboard.cli.plan import plan
from callboard.cli.rehearse import rehearse
from callboard.cli.reload import reload
from callboard.cli.retry import retry
from callboard.cli.run import run
from callboard.cli.runs import runs
from callboard.cli.status import status
from callboard.cli.why import why
from callboard.errors import CallboardError, ConfigurationError

app = typer.Typer(
    help="Run the event server of a VFX studio beside ftrack, and see what it does.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (
    run,
    check,
    init,
    status,
    runs,
    retry,
    plan,
    why,
    pause,
    resume,
    catch_up,
    rehearse,
    reload,
    dashboard,
    demo,
):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _options(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if show_version:
        typer.echo(f"callboard {version('callboard')}")
        raise typer.Exit


def main() -> None:
    """Run a command; an error becomes one sentence on stderr and an exit code."""
    try:
        app(prog_name="callboard")
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        sys.exit(2)
    except CallboardError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("CALLBOARD_TRACEBACK"):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        typer.echo(
            f"This is a defect in Callboard: {type(error).__name__}: {error} ({Path(frame.filename).name}:"
            f"{frame.lineno}); set CALLBOARD_TRACEBACK=1 to see the traceback.",
            err=True,
        )
        sys.exit(1)
