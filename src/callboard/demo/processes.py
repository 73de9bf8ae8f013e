"""The commands that the demo starts, each in a process of its own, like in a studio."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from callboard.errors import CallboardError

#: Seconds that a command has to become ready, and to end.
PATIENCE = 60


class Process:
    """One of the project's own commands, running until :meth:`stop`.

    Attributes:
        ready: The line that it printed when it was ready.
        log: The file that its stderr goes to.
    """

    def __init__(self, arguments: Sequence[str], log: Path, environment: dict[str, str] | None = None) -> None:
        """Start ``python -m ARGUMENTS`` and wait for its ``ready`` line.

        Raises:
            CallboardError: It ended, or printed nothing in time.
        """
        self.log = log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(  # noqa: S603 - the project's own commands, no shell
                [sys.executable, "-m", *arguments],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=os.environ | (environment or {}),
                # Ctrl-C reaches only the demo, which then ends its processes in order.
                start_new_session=True,
            )
        self.ready = self._first_line()
        if not self.ready.startswith("ready"):
            self.stop()
            raise CallboardError(f"`{' '.join(arguments[:2])}` did not start; see {log}: {_last_line(log)}")

    def stop(self) -> int:
        """End the process in an orderly way, or by force if it takes too long; return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        return self._process.returncode

    def kill(self) -> None:
        """End the process like a power cut does."""
        self._process.kill()
        self._process.wait()

    @property
    def running(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    def _first_line(self) -> str:
        silent = threading.Timer(PATIENCE, self._process.kill)
        silent.start()
        try:
            return self._process.stdout.readline().strip() if self._process.stdout else ""
        finally:
            silent.cancel()


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it is empty."
