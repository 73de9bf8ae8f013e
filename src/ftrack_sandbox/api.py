"""The one door to the data: a batch of operations in, a response and events out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from ftrack_sandbox.operations.call import Call, Handler
    from ftrack_sandbox.store import Store


@dataclass(frozen=True)
class Credentials:
    """Who sends a batch: user name and API key, and the tokens that events repeat to their sender."""

    user: str
    key: str
    client_token: str | None = None
    push_token: str | None = None


@dataclass(frozen=True)
class User:
    """A user who proved to be one."""

    id: str
    username: str


@dataclass(frozen=True)
class Outcome:
    """What a batch gave: the response body (one entry per operation) and the events to publish."""

    response: Any
    events: list[dict[str, Any]] = field(default_factory=list)


class Api:
    """Runs batches of operations, each as one transaction.

    Args:
        store: The database.
        clock: Returns the server's time, aware and in UTC.
        base_url: The server's own address, without a trailing slash; may be set later.
        handlers: Operations that other modules implement, by action; they win over the built-in ones.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        base_url: str = "",
        handlers: Mapping[str, Handler] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.base_url = base_url
        self._handlers = dict(handlers or {})

    def authenticate(self, user: str, key: str) -> User:
        """Return the active user with that name and key.

        Raises:
            InvalidCredentialsError: The name is unknown, the user is inactive, or the key is wrong.
        """
        raise NotImplementedError

    def call(self, payload: object, credentials: Credentials) -> Outcome:
        """Run a batch; on any error nothing of it remains and no event is to be sent.

        Raises:
            SandboxError: The refusal to send to the client.
        """
        raise NotImplementedError

    def act(self, user_id: str, work: Callable[[Call], None]) -> Outcome:
        """Run the server's own work (an encode that ended) as a transaction in a user's name.

        Args:
            user_id: Who the changes are attributed to.
            work: Reads and changes through the ``Call`` it gets; an exception undoes everything.
        """
        raise NotImplementedError
