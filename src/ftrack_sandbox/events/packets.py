"""The frames of the hub's protocol (socket.io 0.9): ``TYPE:ID:PATH:DATA``, the path always empty."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

EVENT = "5"
CONNECT = "1::"
HEARTBEAT = "2::"

_KINDS = frozenset("01234567")
_EVENT_NAME = "ftrack.event"


class PacketError(ValueError):
    """The packet does not hold an event."""


class Packet(NamedTuple):
    """A frame taken apart."""

    kind: str
    id: str
    data: str


def parse(frame: str) -> Packet | None:
    """Return the parts of a frame, or None if it is not one of this protocol."""
    kind, _, rest = frame.partition(":")
    if kind not in _KINDS:
        return None
    packet_id, _, rest = rest.partition(":")
    data = rest.partition(":")[2]
    return Packet(kind, packet_id, data)


def acknowledgement(packet_id: str, refusal: str | None = None) -> str:
    """Return the frame that answers a client's packet.

    Args:
        packet_id: The id as the client sent it, ``7+`` or ``7``.
        refusal: Why the packet's event was not accepted; None if it was.
    """
    number = packet_id.removesuffix("+")
    answer = {"success": True} if refusal is None else {"success": False, "message": refusal}
    return f"6:::{number}+{orjson.dumps([answer]).decode()}"


def event_in(data: str) -> dict[str, Any]:
    """Return the event in an event packet's data, with exactly the keys that an event has.

    Raises:
        PacketError: The packet does not hold an event.
    """
    try:
        packet = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise PacketError(f"The packet is not JSON: {error}.") from error
    arguments = packet.get("args") if isinstance(packet, dict) else None
    if not isinstance(packet, dict) or packet.get("name") != _EVENT_NAME:
        raise PacketError(f"The packet has to be an object named {_EVENT_NAME}.")
    if not isinstance(arguments, list) or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise PacketError("The packet has to have one event as its args.")
    event = arguments[0]
    if not isinstance(event.get("topic"), str) or not event["topic"]:
        raise PacketError("The event has no topic.")
    if not isinstance(event.get("target") or "", str):
        raise PacketError("The event's target has to be text.")
    return normalise(event)


def event_out(event: Mapping[str, Any]) -> str:
    """Return the frame that carries an event to a client.

    Raises:
        PacketError: The event is nested more deeply than can be written.
    """
    try:
        return f"5:::{orjson.dumps({'name': _EVENT_NAME, 'args': [event]}).decode()}"
    except orjson.JSONEncodeError as error:
        raise PacketError(f"The event cannot be sent on: {error}.") from error


def normalise(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event with exactly the keys that the official clients know.

    The Python client drops an event that has any other key (its event/base.py takes them as keyword
    arguments).
    """
    source = event.get("source")
    return {
        "id": event.get("id") or uuid.uuid4().hex,
        "topic": event["topic"],
        "data": event.get("data"),
        "source": source if isinstance(source, Mapping) else {},
        "target": event.get("target") or "",
        "sent": event.get("sent"),
        "inReplyToEvent": event.get("inReplyToEvent"),
    }
