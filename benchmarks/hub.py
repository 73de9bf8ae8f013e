"""The sandbox's event hub: 1,000 events a second to 20 connections, none lost."""

from __future__ import annotations

import json
import selectors
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import requests

from rows import Row
from servers import Sandbox, sandbox

if TYPE_CHECKING:
    from pathlib import Path

CONNECTIONS = 20
EVENTS = 5_000
RATE = 1_000
DEADLINE = 60
MARK = b'"number":'
"""Once in every copy of an event of this benchmark, and nowhere else."""


def measure(folder: Path) -> list[Row]:
    """Send events at a steady rate, and as fast as they go, and count the copies that arrive."""
    rows = []
    for name, rate, aim in (
        (f"hub: {RATE} events/s to {CONNECTIONS} connections", RATE, f"{EVENTS * CONNECTIONS} copies, at once"),
        (f"hub: {EVENTS} events at once to {CONNECTIONS} connections", None, ""),
    ):
        with sandbox(folder / f"hub-{rate}", seed="empty") as server:
            copies, sending, lag = _run(server, rate)
        rows.append(
            Row(
                name,
                f"{copies} copies; sent in {sending:.2f} s, all there {lag:.2f} s later",
                aim,
                (copies == EVENTS * CONNECTIONS and lag < 1) if aim else None,
                "the listeners only count, so that the hub is measured and not its clients",
            )
        )
    return rows


def _run(server: Sandbox, rate: int | None) -> tuple[int, float, float]:
    """Return the copies that arrived, the seconds of sending, and the seconds until the last copy after that."""
    listeners = [_subscribed(server) for _ in range(CONNECTIONS)]
    counted: list[int] = []
    counting = threading.Thread(target=lambda: counted.append(_count(listeners)))
    counting.start()
    sender = _connected(server)
    started = time.perf_counter()
    for number in range(EVENTS):
        if rate is not None:
            time.sleep(max(0.0, started + number / rate - time.perf_counter()))
        sender.sendall(_event("bench", {"number": number, "padding": "x" * 300}))
    sent = time.perf_counter()
    counting.join()
    ended = time.perf_counter()
    for each in (*listeners, sender):
        each.close()
    return counted[0], sent - started, ended - sent


def _count(listeners: list[socket.socket]) -> int:
    """Count the copies that come off all sockets until all are there, or the deadline."""
    copies, tails = 0, dict.fromkeys(listeners, b"")
    deadline = time.monotonic() + DEADLINE
    with selectors.DefaultSelector() as selector:
        for each in listeners:
            selector.register(each, selectors.EVENT_READ)
        while copies < EVENTS * CONNECTIONS and time.monotonic() < deadline:
            for key, _ in selector.select(timeout=1):
                line = key.fileobj
                assert isinstance(line, socket.socket)
                received = tails[line] + line.recv(1 << 20)
                copies += received.count(MARK)
                # A mark may be cut in two where one piece ends.
                tails[line] = received[-(len(MARK) - 1) :]
    return copies


def _subscribed(server: Sandbox) -> socket.socket:
    line = _connected(server)
    line.sendall(_event("ftrack.meta.subscribe", {"subscriber": {"id": "bench"}, "subscription": "topic=bench"}))
    _read_until(line, b'"success":true')
    return line


def _connected(server: Sandbox) -> socket.socket:
    """Return a bare socket on which the hub's protocol is spoken."""
    answer = requests.get(f"{server.url}/socket.io/1/", headers=server.headers, timeout=10).text
    host, _, port = server.url.removeprefix("http://").partition(":")
    line = socket.create_connection((host, int(port)))
    line.sendall(
        f"GET /socket.io/1/websocket/{answer.split(':')[0]} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    _read_until(line, b"1::")
    return line


def _read_until(line: socket.socket, mark: bytes) -> None:
    received = b""
    while mark not in received:
        received += line.recv(4096)


def _event(topic: str, data: dict[str, Any]) -> bytes:
    """Return an event as a websocket's text frame, masked with zeros."""
    packet = json.dumps({"name": "ftrack.event", "args": [{"topic": topic, "data": data}]})
    content = f"5:1+::{packet}".encode()
    return struct.pack("!BBHI", 0x81, 0x80 | 126, len(content), 0) + content
