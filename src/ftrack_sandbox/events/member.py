"""A member of the hub, and what it subscribed to."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

from ftrack_sandbox.api import User
from ftrack_sandbox.events import expression, packets

MAXIMUM_SUBSCRIBERS = 10_000


class _Subscriber(NamedTuple):
    metadata: Mapping[str, Any]
    wants: expression.Matcher


class Member(ABC):
    """A member; used from the event loop only.

    Attributes:
        user: The user who connected.
        heard_at: When the client last sent something (``time.monotonic``).
    """

    def __init__(self, user: User) -> None:
        self.user = user
        self.heard_at = time.monotonic()
        self._subscribers: dict[str, _Subscriber] = {}

    @abstractmethod
    def enqueue(self, frame: str) -> bool:
        """Give a frame to the client; False if it is too far behind."""

    @abstractmethod
    def cut(self) -> None:
        """End the connection without a word."""

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


def _subscriber_metadata(data: Any) -> Mapping[str, Any]:
    metadata = data.get("subscriber") if isinstance(data, dict) else None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("id"), str):
        raise packets.PacketError("The subscriber has to be an object with an id.")
    return metadata
