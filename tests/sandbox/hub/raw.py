"""A hub client that is nothing but frames, to do what the official clients never would."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import requests
from websockets.sync.client import connect

if TYPE_CHECKING:
    from ftrack_sandbox.testing import SandboxServer


def handshake(server: SandboxServer) -> str:
    """Return the id with which one may connect."""
    headers = {"ftrack-user": server.api_user, "ftrack-api-key": server.api_key}
    response = requests.get(f"{server.url}/socket.io/1/", headers=headers, timeout=10)
    response.raise_for_status()
    return response.text.split(":")[0]


def hub_url(server: SandboxServer, session_id: str) -> str:
    """Return where to connect with an id."""
    return server.url.replace("http", "ws", 1) + f"/socket.io/1/websocket/{session_id}"


class RawClient:
    """A connection whose frames a test writes and reads itself."""

    def __init__(self, server: SandboxServer, *, receive_buffer: int | None = None) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        line = socket.create_connection((host, int(port)))
        if receive_buffer is not None:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._open = ExitStack()
        self.socket = self._open.enter_context(
            connect(hub_url(server, handshake(server)), sock=line, max_size=None, compression=None, close_timeout=0.1)
        )
        assert self.receive() == "1::"

    def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        self.socket.send(frame)

    def publish(self, event: Any, packet_id: str = "1+") -> Any:
        """Send an event; return what its acknowledgement says, passing over other frames."""
        self.send(f"5:{packet_id}::{json.dumps({'name': 'ftrack.event', 'args': [event]})}")
        return self.acknowledged()

    def subscribe(self, subscription: str, **metadata: Any) -> Any:
        """Subscribe; return what the acknowledgement says."""
        data = {"subscriber": {"id": "raw", **metadata}, "subscription": subscription}
        return self.publish({"topic": "ftrack.meta.subscribe", "data": data})

    def acknowledged(self) -> Any:
        """Return what the next acknowledgement says, passing over other frames."""
        while True:
            frame = self.receive()
            if frame.startswith("6:::"):
                return json.loads(frame.partition("+")[2])[0]

    def event(self) -> dict[str, Any]:
        """Return the next event, passing over other frames."""
        while True:
            frame = self.receive()
            if frame.startswith("5:::"):
                [event] = json.loads(frame[4:])["args"]
                assert isinstance(event, dict)
                return event

    def receive(self) -> str:
        """Return the next frame."""
        frame = self.socket.recv(timeout=10)
        assert isinstance(frame, str)
        return frame

    def close(self) -> None:
        """Close the connection."""
        self._open.close()
