"""The web application in a thread of the event server."""

from __future__ import annotations

import errno
import socket
import threading

import uvicorn

from callboard.dashboard.app import Health, create_app
from callboard.errors import CallboardError
from callboard.settings.models import DashboardSettings


class Dashboard:
    """The web server, which listens between :meth:`start` and :meth:`stop`.

    Attributes:
        address: The address that browsers use; with ``port = 0`` it is known after :meth:`start`.
    """

    def __init__(self, settings: DashboardSettings, health: Health = dict) -> None:
        self._settings = settings
        self.address = settings.address
        self._started = threading.Event()
        config = uvicorn.Config(create_app(health), lifespan="off", log_config=None, access_log=False)
        self._server = _Server(config, self._started)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and return as soon as requests are answered.

        Raises:
            CallboardError: The address cannot be listened on.
        """
        listening = self._listen()
        if not self._settings.public_url:
            self.address = self._settings.model_copy(update={"port": listening.getsockname()[1]}).address
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="dashboard", daemon=True
        )
        self._thread.start()
        self._started.wait(timeout=10)

    def stop(self) -> None:
        """Stop listening, and return when the last request was answered."""
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)
            self._thread = None

    def _listen(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, port), family=family)
        except OSError as error:
            reason = "another program uses it" if error.errno == errno.EADDRINUSE else (error.strerror or str(error))
            raise CallboardError(
                f"The dashboard cannot listen on {host}, port {port}: {reason}; set dashboard.host or dashboard.port."
            ) from error


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._said = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._said.set()
