"""A sandbox served over HTTP, in the main thread or its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.web import app

_log = logging.getLogger(__name__)

_MAXIMUM_FRAME = 16 * 1024 * 1024
#: How long requests that are being answered may last when the server ends.
_GRACE_SECONDS = 2.0


class Server(uvicorn.Server):
    """An HTTP server on a socket that is bound already; it starts and ends without delay."""

    def __init__(self, sandbox: Sandbox, *, host: str, port: int, on_ready: Callable[[], None]) -> None:
        """Bind the socket.

        Args:
            sandbox: What to serve.
            host: Address to listen on.
            port: Port to listen on; 0 takes a free one.
            on_ready: Called once requests are answered.

        Raises:
            OSError: The address cannot be used.
        """
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{_in_url(host)}:{self.port}"
        self._on_ready = on_ready
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(
            app.Application(sandbox),
            loop="asyncio",
            http="httptools",
            ws=WebSocketsSansIOProtocol,
            # Pings of the websocket layer would hide it when the hub is made to fall silent.
            ws_ping_interval=None,
            ws_ping_timeout=None,
            ws_max_size=_MAXIMUM_FRAME,
            ws_per_message_deflate=False,
            lifespan="on",
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        super().__init__(config)

    def run_here(self) -> None:
        """Serve until ``end`` is called, SIGTERM or Ctrl-C comes."""
        asyncio.run(self.serve([self._socket]))

    def end(self) -> None:
        """Stop serving; may be called from any thread."""
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ending.set)

    def handle_exit(self, sig: int, _frame: object) -> None:
        """End in good order on SIGTERM and SIGINT, also on a second signal."""
        _log.info("Received signal %d: stopping.", sig)
        self.end()

    async def main_loop(self) -> None:
        """Serve until ``end`` is called, without polling for it."""
        self._loop = asyncio.get_running_loop()
        self._on_ready()
        if not self.should_exit:
            await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests in progress, then cut the connections that stay open."""
        for listening in self.servers:
            listening.close()
        for listener in sockets or []:
            listener.close()
        await self.lifespan.shutdown()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_SECONDS)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class ServerThread:
    """A server that runs in a thread of this process, for tests and demos."""

    def __init__(self, sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._sandbox = sandbox
        self._ready = threading.Event()
        self._server = Server(sandbox, host=host, port=port, on_ready=self._ready.set)
        self._thread = threading.Thread(target=self._server.run_here, name="ftrack-sandbox", daemon=True)
        self.url = self._server.url
        self.port = self._server.port

    def start(self) -> None:
        """Serve; returns once requests are answered.

        Raises:
            RuntimeError: The server did not start.
        """
        self._sandbox.open(self.url)
        self._thread.start()
        if not self._ready.wait(30) or not self._thread.is_alive():
            raise RuntimeError("The sandbox did not start; its log says why.")

    def stop(self) -> None:
        """End the server and release the sandbox's data."""
        self._server.end()
        self._thread.join()
        self._sandbox.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Where the protocol is not named, asyncio leaves Nagle's algorithm on: 40 ms for every answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A server that was killed leaves connections behind that would keep its port for a minute.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
