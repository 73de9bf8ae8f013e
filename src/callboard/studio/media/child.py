"""The process that reads media for the server: what :mod:`~callboard.studio.media.apart` starts.

Decoders are written in C, and some files make them crash. Here that ends this process alone.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
from multiprocessing.connection import Connection
from typing import Any

from callboard.errors import CallboardError
from callboard.studio.media.encode import make_reviewable
from callboard.studio.media.probe import probe

#: Seconds without work after which it ends.
_IDLE = 600
#: Bytes that it may hold: a still of the largest size several times, and the libraries.
_MEMORY = 16 << 30


def serve(connection: Connection) -> None:
    """Do what arrives until nothing does any more.

    A call is the name of a function, its arguments and its named ones. The answers to it are pairs: ``log`` with a
    record and ``watch`` with a number, any number of times, and at the end ``done`` with the result or ``failed`` with
    the error.
    """
    while connection.poll(_IDLE):
        try:
            name, arguments, more = connection.recv()
        except EOFError:
            return
        connection.send(_answer(connection, name, arguments, more))


def _answer(connection: Connection, name: str, arguments: Any, more: Any) -> tuple[str, Any]:
    try:
        if name == "probe":
            return "done", probe(*arguments, **more)
        return "done", make_reviewable(*arguments, **more, watch=lambda count: connection.send(("watch", count)))
    except CallboardError as error:
        return "failed", error


class _Forward(logging.Handler):
    """Hands log records to the server, whose log they belong in."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record, its text ready."""
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.msg, record.args, record.exc_info = record.getMessage(), None, None
        self._connection.send(("log", record))


def main() -> None:
    """Serve the connection whose file descriptor is the one argument."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(int(sys.argv[1])) as connection:
        logging.getLogger("callboard").addHandler(_Forward(connection))
        logging.getLogger("callboard").setLevel(logging.INFO)
        try:
            serve(connection)
        except (BrokenPipeError, ConnectionResetError):
            # The server is gone, or gave the work up; nothing is left to be tidied here.
            os._exit(0)


if __name__ == "__main__":
    main()
