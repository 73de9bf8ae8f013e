"""``callboard dashboard``: the pages alone, beside event servers that run elsewhere or not at all."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Annotated

import typer

from callboard.cli.common import ConfigFile, settings_of
from callboard.cli.logs import LogFormat, start_logging

#: Seconds between two tries to reach a database that is away.
_LOOK = 2.0


def dashboard(
    config: ConfigFile = None,
    *,
    log_format: Annotated[LogFormat, typer.Option(help="How a line of the log is written.")] = LogFormat.TEXT,
) -> None:
    """Serve the pages alone, until SIGTERM or Ctrl-C.

    Needs no event server; those that use the same database may run or not. Prints one line, the
    address of the pages; its log goes to stderr.
    """
    from callboard.dashboard import Dashboard
    from callboard.registry import registry

    settings = settings_of(config)
    start_logging(log_format, verbose=False)
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    if away := _prepare(settings.database.url):
        typer.echo(away, err=True)
    pages = Dashboard(settings, registry)
    pages.start()
    typer.echo(pages.address)
    sys.stdout.flush()
    while not asked.wait(timeout=_LOOK if away else None):
        away = _prepare(settings.database.url)
    pages.stop()


def _prepare(url: str) -> str:
    """Make the tables that are missing; return why the database cannot be reached, which the pages say as well."""
    from callboard.engine.store.database import Store
    from callboard.errors import TryAgain

    store = Store(url)
    try:
        store.prepare()
    except TryAgain as error:
        return str(error)
    finally:
        store.close()
    return ""
