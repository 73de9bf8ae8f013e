"""``callboard reload``: a changed configuration for the servers on this machine."""

from __future__ import annotations

import os
import signal
import time

from callboard.cli.common import ConfigFile, output, settings_of
from callboard.errors import Refused

#: Seconds that a server has to restart; it finishes or parks its work first.
_PATIENCE = 90.0
_LOOK = 0.2


def reload(config: ConfigFile = None) -> None:
    """Let running servers use the changed configuration.

    It concerns the event servers on this machine. If the configuration has mistakes, they are listed, and the servers
    keep the old one. No run is lost.
    """
    settings = settings_of(config)
    from callboard.engine.store.database import Store
    from callboard.engine.store.servers import servers_here

    store = Store(settings.database.url)
    try:
        store.prepare()
        before = servers_here(store)
        if not before:
            raise Refused("No event server on this machine uses this database; start one with `callboard run`.")
        for pid in before.values():
            _ask(pid)
        deadline = time.monotonic() + _PATIENCE
        while (old := set(before) & set(now := servers_here(store))) or len(now) < len(before):
            if time.monotonic() > deadline:
                pids = ", ".join(str(before[each]) for each in old) or "that was asked"
                raise Refused(f"The server {pids} has not restarted after {_PATIENCE:g} s; see its log.")
            time.sleep(_LOOK)
    finally:
        store.close()
    output.print(f"{len(before)} taken." if len(before) != 1 else "The changed configuration was taken.")


def _ask(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        raise Refused(f"The server {pid} has just ended; start it with callboard run.") from None
    except PermissionError:
        raise Refused(f"The server {pid} belongs to another user; call this as that user or as root.") from None
