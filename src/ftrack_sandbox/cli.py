"""The command ``ftrack-sandbox``."""

from __future__ import annotations

import logging
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ftrack_sandbox import snapshot_commands
from ftrack_sandbox.importing.command import import_ftrack
from ftrack_sandbox.sandbox import FolderInUseError, Sandbox

_log = logging.getLogger(__name__)

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


class Seed(StrEnum):
    """The contents of a new database."""

    EMPTY = "empty"
    STUDIO = "studio"
    DEMO = "demo"


cli.command("import")(import_ftrack)
cli.command("snapshot")(snapshot_commands.snapshot)
cli.command("restore")(snapshot_commands.restore)
cli.command("list")(snapshot_commands.list_snapshots)


@cli.callback()
def _group() -> None:
    """Run a local ftrack-compatible server, to test tools that are made for ftrack."""


@cli.command()
def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8090,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            file_okay=False,
            help="Folder of the database and the uploaded files; a second start with the same folder "
            "continues where the first one ended. By default a new temporary folder.",
        ),
    ] = None,
    seed: Annotated[
        Seed,
        typer.Option(
            help="What a new database holds. empty: only what every ftrack has; studio: that and the users "
            "and the workflow of a small VFX studio; demo: that and a project."
        ),
    ] = Seed.DEMO,
    api_user: Annotated[str, typer.Option(help="The administrator; created if missing.")] = "admin",
    api_key: Annotated[
        str | None,
        typer.Option(help="The administrator's API key. By default a new one, kept in DIR/api_key."),
    ] = None,
    latency: Annotated[
        float, typer.Option(metavar="MS", min=0, help="Milliseconds added to every call of /api and /component.")
    ] = 0.0,
) -> None:
    """Serve a local ftrack until SIGTERM or Ctrl-C.

    Prints one line on stdout when it accepts connections: ready http://HOST:PORT.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    folder = data or Path(tempfile.mkdtemp(prefix="ftrack-sandbox-"))
    sandbox = _open(folder, seed=seed, api_user=api_user, api_key=api_key, latency=latency / 1000)
    try:
        _serve(sandbox, folder, host, port)
    finally:
        sandbox.close()


def _open(folder: Path, *, seed: Seed, api_user: str, api_key: str | None, latency: float) -> Sandbox:
    try:
        return Sandbox(folder, seed=seed.value, api_user=api_user, api_key=api_key, latency=latency)
    except FolderInUseError as error:
        _fail(f"{error} Stop that one first, or choose another --data.", 1)
    except OSError as error:
        _fail(f"The folder {folder} cannot be used for --data: {error.strerror or error}.", 2)


def _serve(sandbox: Sandbox, folder: Path, host: str, port: int) -> None:
    from ftrack_sandbox.server import Server

    def announce() -> None:
        _log.info("Data and the key of %s are in %s.", sandbox.api_user, folder)
        typer.echo(f"ready {server.url}")
        sys.stdout.flush()

    try:
        server = Server(sandbox, host=host, port=port, on_ready=announce)
    except OSError as error:
        _fail(f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose another --port or --host.", 1)
    sandbox.open(server.url)
    server.run_here()


def _fail(sentence: str, code: int) -> NoReturn:
    typer.echo(f"ftrack-sandbox: {sentence}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    cli()
