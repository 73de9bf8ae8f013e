"""The supervised event hub of the official client, which hears ftrack's events without end.

The client's hub ends its reconnecting after five minutes, silences the logging of the whole process meanwhile, and can
go deaf without noticing. So every connection here is a new hub that never reconnects by itself, and counts as connected
only while it hears the events that it sends to itself.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ftrack_api.event.base
import ftrack_api.event.hub
from ftrack_api.exception import EventHubConnectionError

_log = logging.getLogger(__name__)

Event = Mapping[str, Any]
Reply = Callable[[dict[str, Any]], None]

_ECHO = "callboard.echo"
#: Seconds between two echoes, and after which a connection without one is given up.
_EVERY, _DEAF = 10.0, 25.0
#: Seconds between two attempts to connect: doubling from the first to the second.
_PAUSES = (0.5, 10.0)
#: Seconds of listening between two checks whether to continue.
_STRETCH = 0.2


class Hub:
    """One server's ear, in a thread of its own.

    Args:
        server: ftrack's address.
        api_user: User name.
        api_key: The user's API key.
        on_connected: Called when events are heard, at the start and after every loss.
        on_lost: Called when they are not heard any more.
        topics: Topic -> what is called with each event of it, and with a function that publishes a reply. It must
            return soon; what it raises is logged.
        clock: A clock that is never set back, in seconds.
    """

    def __init__(
        self,
        server: str,
        api_user: str,
        api_key: str,
        *,
        on_connected: Callable[[], None],
        on_lost: Callable[[], None],
        topics: Mapping[str, Callable[[Event, Reply], None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._access = (server, api_user, api_key)
        self._clock = clock
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._topics = topics
        self._stopping = threading.Event()
        self._connection: _Connection | None = None
        self._thread = threading.Thread(target=self._supervise, name="hub", daemon=True)
        self.connected = False

    @property
    def echo_age(self) -> float | None:
        """The seconds since it heard an event of its own; None if it does not hear any."""
        connection = self._connection
        return connection.echo_age if connection is not None and connection.heard else None

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _supervise(self) -> None:
        pause = _PAUSES[0]
        while not self._stopping.is_set():
            connection = self._connection = _Connection(*self._access, self._clock)
            try:
                self._subscribe(connection)
                connection.connect()
                self._listen(connection)
            except EventHubConnectionError as error:
                _log.info("ftrack's events cannot be heard: %s", error)
            except Exception:  # noqa: BLE001 - whatever the client meets, the next connection is a new one
                _log.exception("the event hub met a defect; connecting again")
            finally:
                connection.drop()
            pause = _PAUSES[0] if self.connected else min(pause * 2, _PAUSES[1])
            self._lose()
            self._stopping.wait(pause)

    def _subscribe(self, connection: _Connection) -> None:
        for topic, handle in self._topics.items():
            connection.subscribe(f"topic={topic}", self._guard(connection, handle))
        connection.subscribe(f"topic={_ECHO} and source.id={connection.id}", lambda _event: connection.hear())

    def _guard(self, connection: _Connection, handle: Callable[[Event, Reply], None]) -> Callable[[Any], None]:
        def call(event: Any) -> None:
            def reply(data: dict[str, Any]) -> None:
                connection.publish_reply(event, data)

            try:
                handle(event, reply)
            except Exception:  # noqa: BLE001 - anything may be in an event; the next one is heard all the same
                _log.exception("an event of the topic %s was not understood", event["topic"])

        return call

    def _listen(self, connection: _Connection) -> None:
        """Hear and handle events until the connection is lost, deaf or no longer wanted."""
        echoed = -math.inf
        while not self._stopping.is_set() and connection.is_alive():
            if self._clock() - echoed > _EVERY:
                echoed = self._clock()
                connection.publish(ftrack_api.event.base.Event(_ECHO))
            with _logging_errors():
                connection.wait(_STRETCH)
            if connection.heard and not self.connected:
                self.connected = True
                _log.info("hearing the events of %s", self._access[0])
                self._on_connected()

    def _lose(self) -> None:
        was_connected, self.connected = self.connected, False
        if was_connected and not self._stopping.is_set():
            _log.warning("ftrack's events are no longer heard; connecting again")
            self._on_lost()


class _Connection(ftrack_api.event.hub.EventHub):  # type: ignore[misc]  # the client has no types
    """The official client's hub, for one connection."""

    def __init__(self, server: str, api_user: str, api_key: str, clock: Callable[[], float]) -> None:
        super().__init__(server, api_user, api_key)
        self.heard = False
        self._clock = clock
        self._last = clock()

    def hear(self) -> None:
        """Note an echo."""
        self.heard = True
        self._last = self._clock()

    @property
    def echo_age(self) -> float:
        """The seconds since the last echo, or since it was made."""
        return self._clock() - self._last

    def is_alive(self) -> bool:
        """Return whether it is connected and not deaf."""
        return bool(self.connected) and self.echo_age < _DEAF

    def connect(self) -> None:
        """Connect, and let decoding find what is not UTF-8.

        The client's websocket library looks at it byte by byte in Python before: most of a second for the event of a
        batch with 2,000 new tasks.
        """
        super().connect()
        self._connection.frame_buffer.skip_utf8_validation = True
        self._connection.cont_frame.skip_utf8_validation = True

    def reconnect(self, attempts: int = 0, delay: float = 0) -> None:  # noqa: ARG002 - the client's signature
        """Do not; a new connection is made."""
        raise EventHubConnectionError("The connection was lost.")

    def drop(self) -> None:
        """Close it without ceremony: whoever is at the other end may be gone."""
        self._intentional_disconnect = True
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown()

    def _handle_packet(self, code: Any, packet_identifier: Any, path: Any, data: Any) -> None:
        # The client's receiving thread ends at the first packet that it does not understand.
        try:
            super()._handle_packet(code, packet_identifier, path, data)
        except EventHubConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - anything may come through the wire
            _log.warning("a packet of the event hub was not understood: %r", error)


@contextlib.contextmanager
def _logging_errors() -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 - an event that even the client cannot route costs nothing but itself
        _log.exception("an event was not understood")
