"""Asking ftrack: queries with all their pages, batches, and what is made of its errors."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import requests

from callboard.changes import Entity, Reference
from callboard.errors import Refused, TryAgain
from callboard.ftrack.wire import COMPOSITE_KEYS, Decoder, Key, Operation, key_of, operation

if TYPE_CHECKING:
    import ftrack_api

#: Rows of one page: what the official client asks for, and the most that ftrack is known to answer.
PAGE = 500
#: Queries of one request; keeps a request's body below some hundred kilobytes.
QUERIES_PER_REQUEST = 16
#: Further pages of one expression that are asked for at once, when the first was not all.
PAGES_AT_ONCE = 4

_PAGED = re.compile(r"\b(limit|offset)\s+\d+\s*$", re.IGNORECASE)


class RefusedByFtrack(Refused):
    """ftrack's own refusal.

    Attributes:
        name: ftrack's name for it, such as ``DuplicateEntryError``.
    """

    def __init__(self, name: str, content: str) -> None:
        super().__init__(f"ftrack refused it: {content} ({name})")
        self.name = name


class Ftrack:
    """One ftrack server, spoken to as one API user. May be used from any thread.

    Every method that asks the server raises TryAgain for what may heal (network, timeouts, 5xx, credentials that are
    not accepted, answers that are not ftrack's) and :class:`RefusedByFtrack` for what ftrack itself refuses.

    Args:
        server: The server's address.
        api_user: User name.
        api_key: The user's API key.
        timeout: Seconds to wait for a connection, and for each part of an answer.
    """

    def __init__(self, server: str, api_user: str, api_key: str, *, timeout: float = 60) -> None:
        self.server = server.rstrip("/")
        self.api_user = api_user
        self._api_key = api_key
        self._timeout = timeout
        self._local = threading.local()

    # Reading

    def query(self, expression: str) -> list[Entity]:
        """Return everything an expression of ftrack's query language finds, all pages of it.

        Args:
            expression: ``select ... from Type where ...``. An order keeps pages apart when there may be more than
                500 rows; with a ``limit`` of its own it is asked as it is.
        """
        return self.query_many([expression])[0]

    def query_many(self, expressions: Sequence[str]) -> list[list[Entity]]:
        """Return what each expression finds; one request per round of pages, so one when everything fits a page."""
        found: list[list[Entity]] = [[] for _ in expressions]
        wanted = [(index, 0) for index in range(len(expressions))]
        while wanted:
            more: dict[int, int | None] = {}
            for chunk in _chunks(wanted, QUERIES_PER_REQUEST):
                answers = self.call([_query(expressions[index], offset) for index, offset in chunk])
                for (index, _), answer in zip(chunk, answers, strict=True):
                    found[index] += answer["data"]
                    paged = _PAGED.search(expressions[index]) is not None
                    more[index] = None if paged else (answer.get("metadata") or {}).get("next", {}).get("offset")
            wanted = [
                (index, offset + page * PAGE)
                for index, offset in more.items()
                if offset is not None
                for page in range(PAGES_AT_ONCE)
            ]
        return found

    # Writing

    def commit(self, operations: Sequence[Operation]) -> list[Entity | None]:
        """Carry out a batch: all of it or nothing.

        Returns:
            For each operation the entity as ftrack answers it; None for what was deleted.
        """
        if not operations:
            return []
        answers = self.call(list(operations))
        return [answer["data"] if isinstance(answer.get("data"), Entity) else None for answer in answers]

    @staticmethod
    def create(entity_type: str, values: Mapping[str, Any]) -> Operation:
        """Return the operation that creates an entity; an id that is missing is chosen here.

        Args:
            entity_type: Schema type.
            values: Attributes; a Reference is a relation, a datetime must be aware.
        """
        names = COMPOSITE_KEYS.get(entity_type, ("id",))
        data = dict(values)
        if names == ("id",):
            data.setdefault("id", str(uuid.uuid4()))
        return operation("create", entity_type, [data[name] for name in names], data)

    @staticmethod
    def update(entity: Reference | Key, values: Mapping[str, Any]) -> Operation:
        """Return the operation that changes some attributes of an entity."""
        return operation("update", entity.type, key_of(entity), values)

    @staticmethod
    def delete(entity: Reference | Key) -> Operation:
        """Return the operation that deletes an entity."""
        return {"action": "delete", "entity_type": entity.type, "entity_key": key_of(entity)}

    # The rest

    def call(self, operations: Sequence[Operation]) -> list[Any]:
        """Post operations in one request, as they are, and return their answers; every entity in them is an Entity."""
        try:
            response = self._requests.post(
                f"{self.server}/api", data=json.dumps(operations).encode(), timeout=self._timeout
            )
        except requests.RequestException as error:
            raise TryAgain(f"ftrack at {self.server} cannot be reached: {_reason(error)}.") from error
        if response.status_code >= 500 or response.status_code == 429:
            after = _seconds(response.headers.get("Retry-After"))
            raise TryAgain(f"ftrack at {self.server} answered {response.status_code}.", after=after)
        try:
            answer = json.loads(response.content, object_hook=Decoder())
        except ValueError:
            answer = None
        if isinstance(answer, dict) and "exception" in answer:
            raise self._error(answer)
        if not isinstance(answer, list) or len(answer) != len(operations):
            raise TryAgain(f"What answers at {self.server} is not ftrack (status {response.status_code}).")
        return answer

    def session(self, *, hub: bool = False) -> ftrack_api.Session:
        """Return a session of the official client, for components, locations and events; the caller closes it.

        Its schema is not cached on disk, since the client's cache is one file for all servers. It loads no plugins.

        Args:
            hub: Whether its event hub is connected, in the background.
        """
        import ftrack_api

        try:
            return ftrack_api.Session(
                self.server,
                self._api_key,
                self.api_user,
                auto_connect_event_hub=hub,
                schema_cache_path=False,
                plugin_paths=[],
                timeout=self._timeout,
            )
        except (requests.RequestException, ftrack_api.exception.ServerError) as error:
            raise TryAgain(f"ftrack at {self.server} cannot be reached: {_reason(error)}.") from error

    @property
    def _requests(self) -> requests.Session:
        # A requests session keeps its connection open, and belongs to one thread.
        session: requests.Session | None = getattr(self._local, "requests", None)
        if session is None:
            session = self._local.requests = requests.Session()
            session.headers.update(
                {
                    "ftrack-user": self.api_user,
                    "ftrack-api-key": self._api_key,
                    "content-type": "application/json",
                    "accept": "application/json",
                }
            )
        return session

    def _error(self, answer: Mapping[str, Any]) -> TryAgain | RefusedByFtrack:
        name, content = str(answer["exception"]), str(answer.get("content", ""))
        if name == "InvalidCredentialsError":
            return TryAgain(
                f"ftrack at {self.server} does not accept the API key of {self.api_user}; check api_user and api_key."
            )
        return RefusedByFtrack(name, content)


def _query(expression: str, offset: int) -> Operation:
    if _PAGED.search(expression) is None:
        expression = f"{expression} offset {offset} limit {PAGE}"
    return {"action": "query", "expression": expression}


def _chunks(items: Sequence[tuple[int, int]], size: int) -> list[Sequence[tuple[int, int]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdigit() else None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error).rstrip(".")
