"""A person's way to the sandbox's data: the same operations that every client sends."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson

from ftrack_sandbox.api import SignedIn
from ftrack_sandbox.errors import EntityNotFoundError, SandboxError
from ftrack_sandbox.sandbox import Sandbox

#: An entity as the API answers it, its times as aware ``datetime`` values.
Entity = dict[str, Any]


def quoted(text: str) -> str:
    """Return a text as a value of a query."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Client:
    """Sends operations in the name of somebody who signed in, and events about what they changed.

    Args:
        sandbox: The server.
        username: The user who signed in.
    """

    def __init__(self, sandbox: Sandbox, username: str) -> None:
        self.sandbox = sandbox
        self.username = username

    def call(self, *operations: Mapping[str, Any]) -> list[Any]:
        """Carry out a batch of operations, all or none, and return its answers.

        Raises:
            SandboxError: The refusal.
        """
        batch = [dict(each) for each in operations]
        started, answers, refused = time.perf_counter(), [], ""
        try:
            answers = self.sandbox.call(batch, SignedIn(self.username))
        except SandboxError as error:
            refused = f"{error.exception_name}: {error.message}"
            raise
        finally:
            if any(each["action"] != "query" for each in batch):
                # The inspector shows what people change here, but not what each page reads.
                seconds, size = time.perf_counter() - started, len(orjson.dumps(answers))
                body = orjson.dumps(batch)
                self.sandbox.recorder.add_call(self.username, "", body, seconds=seconds, size=size, error=refused)
        return [_plain(each) for each in answers]

    def read(self, *expressions: str) -> list[list[Entity]]:
        """Return what each query finds, all as of one moment."""
        answers = self.call(*({"action": "query", "expression": each} for each in expressions))
        return [answer["data"] for answer in answers]

    def query(self, expression: str) -> list[Entity]:
        """Return what a query finds."""
        return self.read(expression)[0]

    def get(self, entity_type: str, entity_id: str, projections: str) -> Entity:
        """Return one entity.

        Raises:
            EntityNotFoundError: There is none of that id that the person sees.
        """
        found = self.find(entity_type, entity_id, projections)
        if found is None:
            raise EntityNotFoundError(f"There is no {entity_type} {entity_id}, or {self.username} may not see it.")
        return found

    def find(self, entity_type: str, entity_id: str, projections: str) -> Entity | None:
        """Return one entity, or None if there is none of that id that the person sees."""
        found = self.query(f"select {projections} from {entity_type} where id is {quoted(entity_id)}")
        return found[0] if found else None

    @cached_property
    def user_id(self) -> str:
        """The id of the person."""
        return str(self.query(f"select id from User where username is {quoted(self.username)}")[0]["id"])


def create(entity_type: str, **data: Any) -> dict[str, Any]:
    """Return the operation that creates an entity."""
    return {
        "action": "create",
        "entity_type": entity_type,
        "entity_data": {"__entity_type__": entity_type, **_on_the_wire(data)},
    }


def update(entity_type: str, *key: str, **data: Any) -> dict[str, Any]:
    """Return the operation that changes attributes of an entity."""
    return {
        "action": "update",
        "entity_type": entity_type,
        "entity_key": list(key),
        "entity_data": {"__entity_type__": entity_type, **_on_the_wire(data)},
    }


def delete(entity_type: str, *key: str) -> dict[str, Any]:
    """Return the operation that deletes an entity."""
    return {"action": "delete", "entity_type": entity_type, "entity_key": list(key)}


def _on_the_wire(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"__type__": "datetime", "value": value.isoformat()} if isinstance(value, datetime) else value
        for name, value in data.items()
    }


def _plain(value: Any) -> Any:
    """Return a value of an answer with its times as ``datetime``; the wire's own are in UTC without saying so."""
    if isinstance(value, dict):
        if value.get("__type__") == "datetime":
            moment = datetime.fromisoformat(value["value"])
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
