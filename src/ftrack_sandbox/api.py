"""The one door to the data: a batch of operations in, a response and events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

import ftrack_sandbox.rules  # noqa: F401 - registers the rules
from ftrack_sandbox.errors import EntityNotFoundError, InvalidActionError, MalformedRequestError
from ftrack_sandbox.operations import accounts, entities, helpers, people, reading, security_roles
from ftrack_sandbox.operations.accounts import User
from ftrack_sandbox.operations.audience import Readers, readers_of
from ftrack_sandbox.operations.call import Call, Handler
from ftrack_sandbox.operations.finishing import refuse_unfinished
from ftrack_sandbox.operations.update_event import update_event
from ftrack_sandbox.operations.visibility import is_hidden
from ftrack_sandbox.store import Connection, Store

__all__ = ["Api", "Call", "Credentials", "Outcome", "SignedIn", "User"]

_READING: Final[Mapping[str, Handler]] = {
    "query_server_information": reading.server_information,
    "query_schemas": reading.schemas,
    "query": reading.query,
    "search": reading.search,
    "compute_rollups": helpers.compute_rollups,
    "generate_signed_url": helpers.generate_signed_url,
    "permissions": people.permissions,
    "_authorize_operation": people.authorize_operation,
    "_track_usage": helpers.track_usage,
}

_WRITING: Final[Mapping[str, Handler]] = {
    "create": entities.create,
    "update": entities.update,
    "delete": entities.delete,
    "reset_remote": people.reset_remote,
    "send_user_invite": people.send_user_invite,
    "send_review_session_invite": people.send_review_session_invite,
    "delayed_job": helpers.delayed_job,
    "add_user_security_role": security_roles.add,
    "remove_user_security_role": security_roles.remove,
    "revoke_user_security_role": security_roles.remove,
    "update_user_security_role": security_roles.replace,
    "grant_user_security_role_project": security_roles.grant_project,
    "revoke_user_security_role_project": security_roles.revoke_project,
}


@dataclass(frozen=True)
class Credentials:
    """The sender of a batch: user name and API key, and the tokens that events repeat to their sender."""

    user: str
    key: str
    client_token: str | None = None
    push_token: str | None = None


@dataclass(frozen=True)
class SignedIn:
    """The sender of a batch who proved to be that user when they signed in; never made of what a request says."""

    user: str


@dataclass(frozen=True)
class Outcome:
    """The result of a batch.

    Attributes:
        response: The response body, one entry per operation.
        events: The events to publish.
        readers: The users who see the private projects in the events.
    """

    response: Any
    events: list[dict[str, Any]] = field(default_factory=list)
    readers: Readers = field(default_factory=dict)


class Api:
    """Runs batches of operations, each as one transaction.

    Args:
        store: The database.
        clock: Returns the server's time, aware and in UTC.
        base_url: The server's own address, without a trailing slash; may be set later.
        handlers: Operations that other modules implement, by action; they win over the built-in ones.
        remove_file: Forgets the file of a component, given its id, once the component is deleted for good.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime],
        base_url: str = "",
        handlers: Mapping[str, Handler] | None = None,
        remove_file: Callable[[str], None] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.base_url = base_url
        self._remove_file = remove_file
        self._handlers = {**_READING, **_WRITING, **(handlers or {})}
        self._reading = _READING.keys() - (handlers or {}).keys()

    def authenticate(self, user: str, key: str) -> User:
        """Return the active user with that name and key.

        Raises:
            InvalidCredentialsError: The name is unknown, the user is inactive, or the key is wrong.
        """
        with self.store.reading() as connection:
            return accounts.authenticate(connection, user, key)

    def active_user(self, username: str) -> User:
        """Return the active user with that name, who proved to be it earlier.

        Raises:
            InvalidCredentialsError: There is no such user anymore, or it is inactive.
        """
        with self.store.reading() as connection:
            return accounts.active_user(connection, username)

    def is_hidden(self, entity_id: str, user: User) -> bool:
        """Return whether a user does not see an entity; what does not exist is not hidden."""
        with self.store.reading() as connection:
            return is_hidden(self._call(connection, user, self.base_url), entity_id)

    def call(self, payload: object, credentials: Credentials | SignedIn, *, base_url: str | None = None) -> Outcome:
        """Run a batch; an error undoes all of it, and no event is sent.

        Args:
            payload: The operations, as parsed from the request.
            credentials: The sender.
            base_url: The address at which the client reached the server, for the URLs among the answers;
                by default the server's own.

        Raises:
            SandboxError: The refusal to send to the client.
        """
        operations = self._check(payload)
        only_reads = all(each["action"] in self._reading for each in operations)
        with self.store.reading() if only_reads else self.store.writing() as connection:
            user = _sender(connection, credentials)
            call = self._call(connection, user, base_url or self.base_url)
            response = self._responses(call, operations)
            refuse_unfinished(call)
            event = _event(call, credentials)
            outcome = _outcome(call, response, event)
        call.run_after_commit()
        return outcome

    def act(self, user_id: str, work: Callable[[Call], None]) -> Outcome:
        """Run the server's own work (an encode that ended) as a transaction in a user's name.

        Args:
            user_id: The user to whom the changes are attributed.
            work: Reads and changes through the ``Call`` it gets; an exception undoes everything.

        Raises:
            EntityNotFoundError: The user no longer exists.
        """
        with self.store.writing() as connection:
            row = connection.row("User", user_id)
            if row is None:
                raise EntityNotFoundError(f"There is no User {user_id}.")
            call = self._call(connection, User(user_id, row["username"]), self.base_url)
            work(call)
            refuse_unfinished(call)
            outcome = _outcome(call, None, update_event(call))
        call.run_after_commit()
        return outcome

    def _responses(self, call: Call, operations: list[dict[str, Any]]) -> list[Any]:
        """Carry out the operations in their order, but what another one refers to before it."""
        responses: dict[int, Any] = {}

        def carry_out(index: int) -> None:
            operation = operations[index]
            call.awaited.pop(created[index], None)
            responses[index] = None
            responses[index] = self._handlers[operation["action"]](call, operation)

        created = [_created_id(each) for each in operations]
        call.awaited = {each: partial(carry_out, index) for index, each in enumerate(created) if each}
        for index in range(len(operations)):
            if index not in responses:
                carry_out(index)
        return [responses[index] for index in range(len(operations))]

    def _call(self, connection: Connection, user: User, base_url: str) -> Call:
        return Call(connection, user, now=self.clock(), base_url=base_url, remove_file=self._remove_file)

    def _check(self, payload: object) -> list[dict[str, Any]]:
        """Return the operations of a batch, each known to be an object with an action that there is."""
        if not isinstance(payload, list):
            raise MalformedRequestError("A request is an array of operations.")
        for number, operation in enumerate(payload, start=1):
            if not isinstance(operation, dict):
                raise MalformedRequestError(f"Operation {number} of the request is not an object.")
            action = operation.get("action")
            if not isinstance(action, str) or action not in self._handlers:
                raise InvalidActionError(action)
        return payload


def _sender(connection: Connection, credentials: Credentials | SignedIn) -> User:
    """Return who sends a batch."""
    if isinstance(credentials, SignedIn):
        return accounts.active_user(connection, credentials.user)
    return accounts.authenticate(connection, credentials.user, credentials.key)


def _event(call: Call, credentials: Credentials | SignedIn) -> dict[str, Any] | None:
    """Return the event about what a batch changed, with the tokens that its sender wants repeated."""
    if isinstance(credentials, SignedIn):
        return update_event(call)
    return update_event(call, client_token=credentials.client_token, push_token=credentials.push_token)


def _created_id(operation: Mapping[str, Any]) -> str:
    """Return the id of the entity that an operation creates; empty where it creates none or leaves the id to us."""
    if operation["action"] != "create":
        return ""
    data, key = operation.get("entity_data"), operation.get("entity_key")
    if isinstance(key, list) and len(key) == 1:
        key = key[0]
    found = key or (data.get("id") if isinstance(data, dict) else None)
    return found if isinstance(found, str) else ""


def _outcome(call: Call, response: Any, event: dict[str, Any] | None) -> Outcome:
    return Outcome(response) if event is None else Outcome(response, [event], readers_of(call, event))
