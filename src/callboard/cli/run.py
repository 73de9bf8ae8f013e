"""``callboard run``: runs the event server in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import Annotated, Any

import typer

from callboard.cli.common import ConfigFile, LogFormatter, settings_of


def run(
    config: ConfigFile = None,
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
) -> None:
    """Run the event server until SIGTERM or Ctrl-C.

    Prints one line, ready, when it hears ftrack; its log goes to stderr. On exit it finishes or parks its work; a
    second signal ends it immediately.
    """
    from callboard.engine.server import Server
    from callboard.registry import registry

    settings = settings_of(config)
    _log(verbose=verbose)
    stop = threading.Event()

    def stop_once(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    signal.signal(signal.SIGTERM, stop_once)
    signal.signal(signal.SIGINT, stop_once)
    server = Server(settings, registry)
    server.start()
    while not stop.is_set() and not server.ready.wait(timeout=0.1):
        continue
    if not stop.is_set():
        typer.echo("ready")
        sys.stdout.flush()
    while not stop.wait(timeout=0.5) and not server.broken.is_set():
        continue
    server.stop()
    if server.broken.is_set() or server.stuck:
        # Threads that wait for a dead drive would keep the process alive.
        logging.getLogger("callboard").error(
            "work is stuck, so the process ends without waiting for it; start it again"
        )
        logging.shutdown()
        os._exit(1)


def _log(*, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("callboard").setLevel(logging.DEBUG if verbose else logging.INFO)
    # The official client logs problems that Callboard fixes itself, such as a lost hub connection.
    logging.getLogger("ftrack_api").setLevel(logging.ERROR)
