"""A client of the event hub at the other end of a websocket, with the queue of what it has yet to read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from ftrack_sandbox.api import User
from ftrack_sandbox.events.member import Member

MAXIMUM_QUEUED_FRAMES = 20_000
MAXIMUM_QUEUED_CHARACTERS = 64 * 1024 * 1024


class Connection(Member):
    """A client that is connected by a websocket."""

    def __init__(self, websocket: WebSocket, user: User) -> None:
        super().__init__(user)
        self._websocket = websocket
        self._queue: deque[str] = deque()
        self._queued_characters = 0
        self._filled = asyncio.Event()
        self._work: asyncio.Future[Any] | None = None

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
