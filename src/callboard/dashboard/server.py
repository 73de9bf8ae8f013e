"""The web application in a thread of its process."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable

import uvicorn
from anyio import to_thread

from callboard.dashboard.app import create_app
from callboard.dashboard.health import Condition
from callboard.engine.store.database import Store
from callboard.errors import CallboardError
from callboard.registry import Registry
from callboard.settings import Settings
from callboard.settings.models import DashboardSettings

#: Pages that are made at the same time; others wait. The process has other work, and the database other users.
_TOGETHER = 8
#: Seconds that answers under way have when the server stops.
_GRACE = 5


class Dashboard:
    """The web server, which listens between :meth:`start` and :meth:`stop`.

    Args:
        settings: The configuration.
        registry: The automations.
        condition: Returns the condition of this process, for the health check.

    Attributes:
        address: The address that browsers use; with ``port = 0`` it is known after :meth:`start`.
    """

    def __init__(self, settings: Settings, registry: Registry, condition: Callable[[], Condition] = Condition) -> None:
        self._settings, self._registry, self._condition = settings, registry, condition
        self.address = settings.dashboard.address
        # Its own connections: whatever people look at, the event server has all of its own.
        self._store = Store(settings.database.url)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen, and return as soon as requests are answered.

        Raises:
            CallboardError: The address cannot be listened on.
        """
        own = self._settings.dashboard
        listening = listen(own)
        if not own.public_url:
            self.address = own.model_copy(update={"port": listening.getsockname()[1]}).address
        app = create_app(self._settings, self._registry, self._store, address=self.address, condition=self._condition)
        # What a proxy says about whom it speaks for is read by callboard.dashboard.access, from known proxies alone.
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        self._live = app.state.context.live
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="dashboard", daemon=True
        )
        self._thread.start()
        self._server.answers.wait(timeout=10)

    def stop(self) -> None:
        """Stop listening, and return when the last request was answered."""
        if self._server is not None and self._thread is not None:
            self._live.close()
            self._server.should_exit = True
            self._thread.join(timeout=_GRACE + 5)
            self._thread = self._server = None
        self._store.close()


def listen(settings: DashboardSettings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Raises:
        CallboardError: It cannot.
    """
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = "another program uses it" if error.errno == errno.EADDRINUSE else (error.strerror or str(error))
        raise CallboardError(
            f"The dashboard cannot listen on {host}, port {port}: {reason}; set dashboard.host or dashboard.port."
        ) from error


class _Server(uvicorn.Server):
    """Uvicorn's server, which says when it answers.

    Attributes:
        answers: Set when it does.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = _TOGETHER
        await super().startup(sockets)
        self.answers.set()
