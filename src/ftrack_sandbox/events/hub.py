"""The event hub: gives every event to the connections that have a subscriber for it.

The hub lives in the server's event loop; ``publish`` may be called from any thread. Nobody waits for
anybody: each connection has a queue of its own, and one that cannot keep up is cut off. Events are not
kept for those who are away.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ftrack_sandbox.api import User
from ftrack_sandbox.control.faults import Faults
from ftrack_sandbox.control.recorder import Recorder
from ftrack_sandbox.control.statistics import Statistics
from ftrack_sandbox.events import expression, packets
from ftrack_sandbox.events.member import Member
from ftrack_sandbox.operations import audience
from ftrack_sandbox.operations.audience import Readers

_log = logging.getLogger(__name__)

#: The official JavaScript client takes 15 s without a heartbeat for a lost line, the Python one 60 s.
HEARTBEAT_SECONDS = 10.0
#: A client that sends nothing at all for so long, not even the answer to a heartbeat, is cut off.
SILENCE_SECONDS = 60.0
#: How long the id from a handshake may be used to connect.
INVITATION_SECONDS = 60.0


class Hub:
    """All connections, and the routing between them."""

    def __init__(self, *, faults: Faults, statistics: Statistics, recorder: Recorder) -> None:
        self._faults = faults
        self._statistics = statistics
        self._recorder = recorder
        self._invitations: dict[str, tuple[User, float]] = {}
        self._connections: set[Member] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._changes = 0

    @property
    def changes(self) -> int:
        """The number of events that the server itself sent; whoever shows its data looks again when it grows."""
        return self._changes

    @property
    def connection_count(self) -> int:
        """The number of connected clients."""
        return len(self._connections)

    @property
    def is_down(self) -> bool:
        """Whether clients are refused, as a fault asks for."""
        return self._faults.hub == "down"

    async def start(self) -> None:
        """Begin to send heartbeats; from now on events can be published."""
        self._loop = asyncio.get_running_loop()
        self._heartbeat = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Cut every connection and accept no further event."""
        self._loop = None
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._cut_all("the server ends")

    def invite(self, user: User) -> str:
        """Return the id with which the user may connect, once."""
        now = time.monotonic()
        self._invitations = {sid: (who, end) for sid, (who, end) in self._invitations.items() if end > now}
        session_id = uuid.uuid4().hex
        self._invitations[session_id] = (user, now + INVITATION_SECONDS)
        return session_id

    def accept(self, session_id: str) -> User | None:
        """Return who was invited with that id, if anybody, and forget the invitation."""
        user, end = self._invitations.pop(session_id, (None, 0.0))
        return user if end > time.monotonic() else None

    def join(self, connection: Member) -> None:
        """Let a connection take part, and greet it."""
        self._connections.add(connection)
        self._send(connection, packets.CONNECT)

    def leave(self, connection: Member) -> None:
        """Forget a connection that ended."""
        self._connections.discard(connection)

    def publish(self, event: Mapping[str, Any], readers: Readers | None = None) -> None:
        """Give an event to whom it concerns; may be called from any thread.

        After the server has ended the event is dropped, as for anybody who is not connected.

        Args:
            event: The event.
            readers: The users who see the private projects in it; others get the event without those.
        """
        normal = packets.normalise(event)
        self.soon(lambda: self._announce(normal, readers or {}))

    def soon(self, work: Callable[[], object]) -> None:
        """Have something done in the hub's event loop, until the server ends; may be called from any thread."""
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(work)
            except RuntimeError:
                # The loop was closed between the two lines above: the server has just ended.
                _log.debug("The server has ended.")

    def cut_all(self) -> None:
        """Cut every connection; may be called from any thread."""
        self.soon(lambda: self._cut_all("a fault was asked for"))

    def receive(self, connection: Member, frame: str) -> None:
        """Act on what a client sent; what makes no sense is answered with a refusal or ignored."""
        connection.heard_at = time.monotonic()
        if self._faults.hub == "silent":
            return
        packet = packets.parse(frame)
        if packet is None or packet.kind != packets.EVENT:
            return
        message = self._take_event(connection, packet.data)
        if message is not None:
            _log.info("Refused an event of %s: %s", connection.user.username, message)
            self._recorder.add_event(connection.user.username, frame, receivers=0, error=message)
        if packet.id:
            self._send(connection, packets.acknowledgement(packet.id, message))

    def _take_event(self, connection: Member, data: str) -> str | None:
        """Route an event or carry out a subscription; returns why not, or None."""
        try:
            event = packets.event_in(data)
            if event["topic"] == "ftrack.meta.subscribe":
                connection.subscribe(event["data"])
                self._recorder.add_event(connection.user.username, packets.event_out(event), receivers=0)
            elif event["topic"] == "ftrack.meta.unsubscribe":
                connection.unsubscribe(event["data"])
            else:
                self._route(event, {}, connection.user.username)
        except (packets.PacketError, expression.ExpressionError) as error:
            return str(error)
        self._statistics.add("events_received")
        return None

    def _announce(self, event: dict[str, Any], readers: Readers) -> None:
        self._changes += 1
        self._route(event, readers, "")

    def _route(self, event: dict[str, Any], readers: Readers, sender: str) -> None:
        """Put one copy of the event in the queue of every connection that subscribed to it and may see its entities.

        Args:
            event: The event.
            readers: The users who see the private projects in it.
            sender: The name of the user who sent it; empty for the server itself.

        Raises:
            ExpressionError: The event's target is not an expression.
            PacketError: The event cannot be written.
        """
        target = expression.parse(event["target"]) if event["target"].strip() else None
        versions: dict[frozenset[str], Mapping[str, Any] | None] = {frozenset(): event}
        frames: dict[frozenset[str], str] = {}
        receivers = 0
        for connection in tuple(self._connections):
            hidden = frozenset(project for project, users in readers.items() if connection.user.id not in users)
            if hidden not in versions:
                versions[hidden] = audience.without(event, hidden)
            seen = versions[hidden]
            if seen is not None and connection.wants(seen, target):
                if hidden not in frames:
                    frames[hidden] = packets.event_out(seen)
                self._send(connection, frames[hidden])
                receivers += 1
        self._statistics.add("events_sent", receivers)
        self._recorder.add_event(sender, frames.get(frozenset()) or packets.event_out(event), receivers=receivers)

    def _send(self, connection: Member, frame: str) -> None:
        if self._faults.hub == "silent":
            return
        if not connection.enqueue(frame):
            self._cut(connection, "it reads too slowly")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            oldest = time.monotonic() - SILENCE_SECONDS
            for connection in tuple(self._connections):
                if connection.heard_at < oldest:
                    self._cut(connection, f"it was silent for {SILENCE_SECONDS:g} s")
                else:
                    self._send(connection, packets.HEARTBEAT)

    def _cut_all(self, reason: str) -> None:
        for connection in tuple(self._connections):
            self._cut(connection, reason)

    def _cut(self, connection: Member, reason: str) -> None:
        _log.info("Cut the hub connection of %s: %s.", connection.user.username, reason)
        self._statistics.add("hub_cuts")
        self.leave(connection)
        connection.cut()
