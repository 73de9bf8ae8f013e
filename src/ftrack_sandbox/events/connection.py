"""One client of the event hub: its subscribers, and the queue of what it has yet to read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from ftrack_sandbox.api import User
from ftrack_sandbox.events import expression, packets

MAXIMUM_QUEUED_FRAMES = 20_000
MAXIMUM_QUEUED_CHARACTERS = 64 * 1024 * 1024
MAXIMUM_SUBSCRIBERS = 10_000


class _Subscriber(NamedTuple):
    metadata: Mapping[str, Any]
    wants: expression.Matcher


class Connection:
    """A connected client; used from the event loop only.

    Attributes:
        user: The user who connected.
        heard_at: When the client last sent something (``time.monotonic``).
    """

    def __init__(self, websocket: WebSocket, user: User) -> None:
        self.user = user
        self.heard_at = time.monotonic()
        self._websocket = websocket
        self._subscribers: dict[str, _Subscriber] = {}
        self._queue: deque[str] = deque()
        self._queued_characters = 0
        self._filled = asyncio.Event()
        self._work: asyncio.Future[Any] | None = None

    def subscribe(self, data: Any) -> None:
        """Add a subscriber; one with the same id is replaced, as clients announce theirs repeatedly.

        Raises:
            PacketError: The data is not a subscription, or there are too many.
            ExpressionError: The subscription is not an expression.
        """
        metadata = _subscriber_metadata(data)
        subscription = data.get("subscription")
        if not isinstance(subscription, str):
            raise packets.PacketError("The subscription has to be text.")
        if len(self._subscribers) >= MAXIMUM_SUBSCRIBERS and metadata["id"] not in self._subscribers:
            raise packets.PacketError(f"One connection has at most {MAXIMUM_SUBSCRIBERS:,} subscribers.")
        self._subscribers[metadata["id"]] = _Subscriber(metadata, expression.parse(subscription))

    def unsubscribe(self, data: Any) -> None:
        """Forget a subscriber; harmless if none has that id.

        Raises:
            PacketError: The data names no subscriber.
        """
        self._subscribers.pop(_subscriber_metadata(data)["id"], None)

    def wants(self, event: Mapping[str, Any], target: expression.Matcher | None) -> bool:
        """Tell whether any one subscriber is meant by the target and interested in the event."""
        return any(
            (target is None or target(subscriber.metadata)) and subscriber.wants(event)
            for subscriber in self._subscribers.values()
        )

    def enqueue(self, frame: str) -> bool:
        """Have a frame sent after those that wait; False if the client is too far behind."""
        full = (
            len(self._queue) >= MAXIMUM_QUEUED_FRAMES
            or self._queued_characters + len(frame) > MAXIMUM_QUEUED_CHARACTERS
        )
        if not full:
            self._queue.append(frame)
            self._queued_characters += len(frame)
            self._filled.set()
        return not full

    async def run(self, receive: Callable[[Connection, str], None]) -> None:
        """Send what is queued and pass on what comes, until either side ends it."""
        sending = asyncio.ensure_future(self._send_queued())
        receiving = asyncio.ensure_future(self._receive(receive))
        self._work = asyncio.gather(sending, receiving)
        try:
            await self._work
        except (WebSocketDisconnect, asyncio.CancelledError):
            # Both are ways for a connection to end, and are handled alike.
            pass
        finally:
            for task in (sending, receiving):
                task.cancel()
            self._queue.clear()

    def cut(self) -> None:
        """End the connection without a word."""
        if self._work is not None:
            self._work.cancel()

    async def _send_queued(self) -> None:
        while True:
            while self._queue:
                frame = self._queue.popleft()
                self._queued_characters -= len(frame)
                await self._websocket.send_text(frame)
            self._filled.clear()
            await self._filled.wait()

    async def _receive(self, receive: Callable[[Connection, str], None]) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            text = message.get("text")
            if text is not None:
                receive(self, text)


def _subscriber_metadata(data: Any) -> Mapping[str, Any]:
    metadata = data.get("subscriber") if isinstance(data, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("id"), str):
        raise packets.PacketError("The subscriber has to be an object with an id.")
    return metadata
