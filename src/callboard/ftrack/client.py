"""The client for ftrack's API: queries with all pages, batches, and errors."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import requests

from callboard.changes import Entity, Reference
from callboard.errors import TryAgain
from callboard.ftrack.errors import RefusedByFtrack, TooMuchForFtrack
from callboard.ftrack.pace import Portion, limiter_of, read_retry_after
from callboard.ftrack.wire import COMPOSITE_KEYS, Key, Operation, key_of, operation, read_answer, write_request
from callboard.secrets import keep_secret
from callboard.settings.models import FtrackSettings

if TYPE_CHECKING:
    # Slow to import, and only jobs need it.
    import ftrack_api

#: Rows per page: the size that the official client uses, and the most that ftrack is known to answer.
PAGE = 500
#: Queries per request; keeps a request's body below a few hundred kilobytes.
QUERIES_PER_REQUEST = 16
#: Further pages of one expression that are requested together if the first page was not everything.
PAGES_AT_ONCE = 4
#: The longest pause that a request waits out, in seconds; during a longer pause it raises TryAgain.
_SHORT_HOLD = 2.0

_PAGED = re.compile(r"\b(limit|offset)\s+\d+\s*$", re.IGNORECASE)


class Ftrack:
    """One ftrack server, used as one API user. May be used from any thread.

    Every method that asks the server raises TryAgain for problems that may recover (network, rejected credentials,
    answers that are not ftrack's), :class:`TooMuchForFtrack` if a smaller request may succeed (timeouts, 413, 5xx), and
    :class:`RefusedByFtrack` for what ftrack itself refuses. While the server asks for a pause (``Retry-After``),
    nothing in this process asks it.

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
        keep_secret(api_key)
        self._limiter = limiter_of(self.server)
        #: Rows per page: fewer while the server cannot handle full pages.
        self.page = Portion(PAGE)

    @classmethod
    def of(cls, settings: FtrackSettings, *, timeout: float = 60) -> Ftrack:
        """Return the ftrack of a configuration.

        Args:
            settings: ``[ftrack]`` or ``[review_ftrack]``.
            timeout: Seconds to wait for a connection, and for each part of an answer.
        """
        return cls(settings.server, settings.api_user, settings.api_key.get_secret_value(), timeout=timeout)

    # Reading

    def query(self, expression: str) -> list[Entity]:
        """Return everything that an expression of ftrack's query language finds, on all pages.

        Args:
            expression: ``select ... from Type where ...``. Use an order if there may be more than 500 rows, so that
                pages do not overlap. An expression with its own ``limit`` is sent unchanged.
        """
        return self.query_many([expression])[0]

    def query_many(self, expressions: Sequence[str]) -> list[list[Entity]]:
        """Return what each expression finds; one request if everything fits on a page.

        If a page is too much for the server, the next attempt uses half the size.
        """
        found: list[list[Entity]] = [[] for _ in expressions]
        wanted = [(index, 0) for index in range(len(expressions))]
        try:
            while wanted:
                wanted = self._query_pages(expressions, wanted, found)
        except TooMuchForFtrack:
            self.page.halve()
            raise
        self.page.grow()
        return found

    def _query_pages(
        self, expressions: Sequence[str], wanted: Sequence[tuple[int, int]], found: list[list[Entity]]
    ) -> list[tuple[int, int]]:
        """Read some pages, each the index of an expression and an offset; return those that follow."""
        size = self.page.size
        more: dict[int, int | None] = {}
        for chunk in _chunks(wanted, max(1, QUERIES_PER_REQUEST * size // PAGE)):
            answers = self.call([_query(expressions[index], offset, size) for index, offset in chunk])
            for (index, _), answer in zip(chunk, answers, strict=True):
                found[index] += answer["data"]
                paged = _PAGED.search(expressions[index]) is not None
                more[index] = None if paged else (answer.get("metadata") or {}).get("next", {}).get("offset")
        return [
            (index, offset + page * size)
            for index, offset in more.items()
            if offset is not None
            for page in range(PAGES_AT_ONCE)
        ]

    # Writing

    def commit(self, operations: Sequence[Operation]) -> list[Entity | None]:
        """Carry out a batch completely, or not at all.

        Returns:
            The entity that ftrack answers for each operation; None for a deleted entity.
        """
        if not operations:
            return []
        answers = self.call(list(operations))
        return [answer["data"] if isinstance(answer.get("data"), Entity) else None for answer in answers]

    @staticmethod
    def create(entity_type: str, values: Mapping[str, Any]) -> Operation:
        """Return the operation that creates an entity; a missing id is chosen here.

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
        """Post operations in one request, unchanged, and return their answers with entities as Entity."""
        response = self._post(write_request(operations))
        self._refuse_trouble(response)
        answer = read_answer(response.content)
        if isinstance(answer, dict) and "exception" in answer:
            raise self._error(answer)
        if not isinstance(answer, list) or len(answer) != len(operations):
            raise TryAgain(f"What answers at {self.server} is not ftrack (status {response.status_code}).")
        return answer

    def _post(self, body: bytes) -> requests.Response:
        with self._limiter.turn(self._timeout) as is_mine:
            if not is_mine:
                raise TryAgain(f"ftrack at {self.server} has not answered the requests under way for a long time.")
            self._wait_out_pause()
            try:
                return self._requests.post(f"{self.server}/api", data=body, timeout=self._timeout)
            except requests.ReadTimeout as error:
                raise TooMuchForFtrack(f"ftrack at {self.server} did not answer in time.") from error
            except requests.RequestException as error:
                raise TryAgain(f"ftrack at {self.server} cannot be reached: {_reason(error)}.") from error

    def _wait_out_pause(self) -> None:
        """Wait out a short pause that the server asked for.

        Raises:
            TryAgain: The pause is a long one.
        """
        while pause := self._limiter.remaining():
            if pause > _SHORT_HOLD:
                raise TryAgain(f"ftrack at {self.server} asks for a pause of another {pause:.0f} s.", after=pause)
            time.sleep(pause)

    def _refuse_trouble(self, response: requests.Response) -> None:
        """Raise an error if the server is unavailable; hold back requests for as long as it asks, and ask it less."""
        status = response.status_code
        after = read_retry_after(response.headers.get("Retry-After"))
        if status == 413:
            raise TooMuchForFtrack(f"ftrack at {self.server} does not take a request of this size (status 413).")
        if status != 429 and status < 500:
            self._limiter.together.grow()
            return
        if status in {429, 503}:
            self._limiter.together.halve()
        if after is not None:
            self._limiter.hold(after)
        kind = TooMuchForFtrack if status != 429 and after is None else TryAgain
        raise kind(f"ftrack at {self.server} answered {status}.", after=after)

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


def _query(expression: str, offset: int, size: int) -> Operation:
    if _PAGED.search(expression) is None:
        expression = f"{expression} offset {offset} limit {size}"
    return {"action": "query", "expression": expression}


def _chunks(items: Sequence[tuple[int, int]], size: int) -> list[Sequence[tuple[int, int]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error).rstrip(".")
