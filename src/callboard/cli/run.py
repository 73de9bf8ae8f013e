"""``callboard run``: runs the event server in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from callboard.cli.common import ConfigFile, settings_of
from callboard.cli.logs import LogFormat, start_logging
from callboard.cli.supervisor import Supervisor
from callboard.errors import CallboardError

_log = logging.getLogger(__name__)

#: Seconds between two looks at whether the server still works.
_LOOK = 0.5


class _Signals:
    """The signals that the operating system sends to this process.

    Attributes:
        asked: Set when anything is asked.
        stop: Whether it is to end.
        reload: Whether it is to take a changed configuration.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.stop = self.reload = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)

    def _on_stop(self, number: int, _frame: FrameType | None) -> None:
        # A second one ends it immediately.
        signal.signal(number, signal.SIG_DFL)
        self.stop = True
        self.asked.set()

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload = True
        self.asked.set()


def run(
    config: ConfigFile = None,
    *,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
    log_format: Annotated[LogFormat, typer.Option(help="How a line of the log is written.")] = LogFormat.TEXT,
) -> None:
    """Run the event server until SIGTERM or Ctrl-C.

    Prints one line, ready, when it hears ftrack; its log goes to stderr. On exit it finishes or parks its work; a
    second signal ends it immediately. SIGHUP, or callboard reload, has it take a changed configuration.
    """
    from callboard.engine.server import Server
    from callboard.registry import registry

    settings = settings_of(config)
    start_logging(log_format, verbose=verbose)
    signals, supervisor = _Signals(), Supervisor()
    server = Server(settings, registry)
    server.start()
    while not signals.asked.is_set() and not server.ready.wait(timeout=0.1):
        continue
    if not signals.stop:
        typer.echo("ready")
        sys.stdout.flush()
        supervisor.ready()
    again = _serve(server.broken, lambda: server.stuck, signals, supervisor, config)
    if again:
        supervisor.reloading()
    else:
        supervisor.stopping()
    server.stop()
    if server.broken.is_set() or server.stuck:
        # Threads that wait for a dead drive would keep the process alive.
        _log.error("work is stuck, so the process ends without waiting for it; start it again")
        logging.shutdown()
        os._exit(1)
    if again:
        # The same process, from its beginning: automations and all settings are read again, and no run is in hand.
        logging.shutdown()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command, no shell


def _serve(
    broken: threading.Event,
    stuck: Callable[[], Sequence[str]],
    signals: _Signals,
    supervisor: Supervisor,
    config: Path | None,
) -> bool:
    """Wait until the server is to end; return whether it is to begin again."""
    while not broken.is_set():
        if signals.asked.wait(timeout=min(_LOOK, supervisor.interval or _LOOK)):
            signals.asked.clear()
            if signals.stop:
                return False
            if signals.reload and _is_sound(config):
                return True
            signals.reload = False
        if not stuck():
            supervisor.alive()
    return False


def _is_sound(config: Path | None) -> bool:
    """Return whether a changed configuration can be taken; the log says why not."""
    try:
        settings_of(config)
    except CallboardError as error:
        _log.error("the changed configuration was not taken, and the old one stays: %s", error)
        return False
    _log.info("taking the changed configuration")
    return True
