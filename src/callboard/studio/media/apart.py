"""Reading and encoding in a separate process, so that a crashing decoder does not end the server."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from callboard.errors import Refused
from callboard.studio.media.encode import Reviewable
from callboard.studio.media.probe import Media
from callboard.studio.media.slate import Slate

_log = logging.getLogger(__name__)

#: Seconds that a look at a file, and each frame of an encode, may take.
_PATIENCE = 120
#: Processes that are kept for the next call.
_KEPT = 2
#: Words in names of environment variables that a decoder has no business with.
_SECRETS = ("KEY", "TOKEN", "PASSWORD", "SECRET")


def probe(text: str, roots: Sequence[str], **how: Any) -> Media:
    """Look at what a *File path* means; as :func:`callboard.studio.media.probe.probe`, apart from this process.

    Raises:
        MissingFrames: Frames are missing.
        Refused: It is not media that can be read, or it crashed the reader.
        TryAgain: A folder is away.
    """
    return _call("probe", (text, list(roots)), how, text, lambda _: None)  # type: ignore[no-any-return]  # the child's


def make_reviewable(
    media: Media, folder: Path, *, slate: Slate | None = None, watch: Callable[[int], None] = lambda _: None
) -> Reviewable:
    """Encode media for review; as :func:`callboard.studio.media.encode.make_reviewable`, apart from this process.

    What *watch* raises ends the other process.

    Raises:
        Refused: The media is damaged or crashed the reader, or there is no room for the result.
    """
    name = media.source.path
    return _call("make_reviewable", (media, folder), {"slate": slate}, name, watch)  # type: ignore[no-any-return]  # the child's


class _Child:
    """A process that waits for calls."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            environment = {
                name: value for name, value in os.environ.items() if not any(word in name for word in _SECRETS)
            }
            command = [sys.executable, "-m", "callboard.studio.media.child", str(theirs.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._connection = Connection(ours.detach())

    @property
    def is_alive(self) -> bool:
        """Whether it can take a call."""
        return self._process.poll() is None

    def call(self, name: str, arguments: Any, more: Any, watch: Callable[[int], None]) -> tuple[str, Any]:
        """Return how a function ended over there, ``done`` or ``failed``, and with what.

        Raises:
            EOFError: The process ended.
            TimeoutError: It is silent for too long.
        """
        self._connection.send((name, arguments, more))
        while self._connection.poll(_PATIENCE):
            kind, value = self._connection.recv()
            if kind == "log":
                logging.getLogger(value.name).handle(value)
            elif kind == "watch":
                watch(value)
            else:
                return kind, value
        raise TimeoutError

    def end(self) -> int:
        """End it, whatever it is doing; return its exit code, negative for a signal."""
        self._connection.close()
        if self._process.poll() is None:
            self._process.kill()
        return self._process.wait()

    def wait(self) -> int:
        """Return the exit code of one that is ending by itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        return self.end()


_idle: list[_Child] = []
_lock = threading.Lock()


def _call(name: str, arguments: Any, more: Any, path: str, watch: Callable[[int], None]) -> Any:
    child = _take()
    try:
        end, value = child.call(name, arguments, more, watch)
    except (EOFError, ConnectionError) as error:
        code = child.wait()
        _log.error("the process that read %s ended with %s", path, code)
        raise Refused(
            f"{path} cannot be read: it crashes the decoder ({_reason(code)}); save it again from the original."
        ) from error
    except TimeoutError as error:
        child.end()
        raise Refused(f"{path} cannot be read: there was no progress for {_PATIENCE} s; check its storage.") from error
    except BaseException:
        child.end()
        raise
    _give_back(child)
    if end == "failed":
        raise value
    return value


def _reason(code: int) -> str:
    if code >= 0:
        return f"it ended with {code}"
    return signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"


def _take() -> _Child:
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.is_alive:
                return child
            child.end()
    return _Child()


def _give_back(child: _Child) -> None:
    with _lock:
        if len(_idle) < _KEPT:
            _idle.append(child)
            return
    child.end()


@atexit.register
def end_idle() -> None:
    """End the processes that wait for calls."""
    with _lock:
        while _idle:
            _idle.pop().end()
