"""Speaking ftrack's API plainly: reads and batches without the official client's merge of entities.

The official client spends most of the time of a large read on merging entities into its session; this module posts the
same operations and hands back what came, so that one request reads or writes thousands of entities. Components,
locations and the event hub stay the official client's business: :meth:`Ftrack.session`.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import requests

from callboard.changes import Entity, Reference
from callboard.errors import Refused, TryAgain

if TYPE_CHECKING:
    import ftrack_api

#: Rows of one page: what the official client asks for, and the most that ftrack is known to answer.
PAGE = 500
#: Queries of one request; keeps a request's body below some hundred kilobytes.
QUERIES_PER_REQUEST = 16
#: Further pages of one expression that are asked for at once, when the first was not all.
PAGES_AT_ONCE = 4

#: Types that are not identified by ``id`` alone, as ftrack's schema declares them, in the order of ``entity_key``.
COMPOSITE_KEYS: Mapping[str, tuple[str, ...]] = {
    "AssetCustomAttributeValue": ("configuration_id", "entity_id"),
    "AssetVersionCustomAttributeValue": ("configuration_id", "entity_id"),
    "ContextCustomAttributeValue": ("configuration_id", "entity_id"),
    "CustomAttributeValue": ("configuration_id", "entity_id"),
    "DashboardResource": ("dashboard_id", "resource_id"),
    "EntitySetting": ("parent_id", "group", "name"),
    "JobComponent": ("component_id", "job_id"),
    "ListCustomAttributeValue": ("configuration_id", "entity_id"),
    "ListObjectCustomAttributeValue": ("configuration_id", "entity_id"),
    "Metadata": ("parent_id", "key"),
    "NoteComponent": ("component_id", "note_id"),
    "NoteLabelLink": ("note_id", "label_id"),
    "ProjectSchemaObjectType": ("object_type_id", "project_schema_id"),
    "Recipient": ("note_id", "resource_id"),
    "SchemaStatus": ("status_id", "schema_id"),
    "SchemaType": ("type_id", "schema_id"),
    "Setting": ("name", "group"),
    "SettingComponent": ("component_id", "name", "group"),
    "TaskTypeSchemaType": ("task_type_schema_id", "type_id"),
    "UserApplicationState": ("user_id", "key"),
    "UserCustomAttributeValue": ("configuration_id", "entity_id"),
    "WorkflowSchemaStatus": ("workflow_schema_id", "status_id"),
}

_PAGED = re.compile(r"\b(limit|offset)\s+\d+\s*$", re.IGNORECASE)

Operation = dict[str, Any]


class RefusedByFtrack(Refused):
    """ftrack's own refusal.

    Attributes:
        name: ftrack's name for it, such as ``DuplicateEntryError``.
    """

    def __init__(self, name: str, content: str) -> None:
        super().__init__(f"ftrack refused it: {content} ({name})")
        self.name = name


@dataclass(frozen=True)
class Key:
    """One entity of a type with a composite key: ``Key("Metadata", {"parent_id": task_id, "key": "filename"})``."""

    type: str
    values: Mapping[str, str]


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
        """Everything an expression of ftrack's query language finds, all pages of it.

        Args:
            expression: ``select ... from Type where ...``. An order keeps pages apart when there may be more than
                500 rows; with a ``limit`` of its own it is asked as it is.
        """
        return self.query_many([expression])[0]

    def query_many(self, expressions: Sequence[str]) -> list[list[Entity]]:
        """What each expression finds, in as few requests as there are rounds of pages: one when all fit a page."""
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
        """The operation that creates an entity; an id that is missing is chosen here.

        Args:
            entity_type: Schema type.
            values: Attributes; a Reference is a relation, a datetime must be aware.
        """
        names = COMPOSITE_KEYS.get(entity_type, ("id",))
        data = dict(values)
        if names == ("id",):
            data.setdefault("id", str(uuid.uuid4()))
        return _operation("create", entity_type, [data[name] for name in names], data)

    @staticmethod
    def update(entity: Reference | Key, values: Mapping[str, Any]) -> Operation:
        """The operation that changes some attributes of an entity."""
        return _operation("update", entity.type, _key(entity), values)

    @staticmethod
    def delete(entity: Reference | Key) -> Operation:
        """The operation that deletes an entity."""
        return {"action": "delete", "entity_type": entity.type, "entity_key": _key(entity)}

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
            answer = json.loads(response.content, object_hook=_Decoder())
        except ValueError:
            answer = None
        if isinstance(answer, dict) and "exception" in answer:
            raise self._error(answer)
        if not isinstance(answer, list) or len(answer) != len(operations):
            raise TryAgain(f"What answers at {self.server} is not ftrack (status {response.status_code}).")
        return answer

    def session(self, *, hub: bool = False) -> ftrack_api.Session:
        """A session of the official client, for components, locations and events; the caller closes it.

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


def quote(text: str) -> str:
    """A text as a value in a query: in double quotes, with what is special in it escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def ids(values: Iterable[str]) -> str:
    """Ids as the right side of ``in``: ``id in ("a", "b")``; no ids find nothing."""
    return f"({', '.join(quote(value) for value in values) or quote('')})"


class _Decoder:
    """Makes entities of one answer's objects.

    ftrack may send an entity in full once and by its key after that, so all occurrences share their values.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], dict[str, Any]] = {}

    def __call__(self, item: dict[str, Any]) -> Any:
        if "__entity_type__" in item:
            return Entity(self._merged(item))
        kind = item.get("__type__")
        if kind == "datetime":
            moment = datetime.fromisoformat(item["value"])
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if kind == "date":
            return date.fromisoformat(item["value"][:10])
        return item

    def _merged(self, item: dict[str, Any]) -> dict[str, Any]:
        entity_type = item["__entity_type__"]
        key = [item.get(name) for name in COMPOSITE_KEYS.get(entity_type, ("id",))]
        if not all(isinstance(part, str) for part in key):
            return item
        values = self._seen.setdefault((entity_type, *map(str, key)), item)
        if values is not item:
            values.update(item)
        return values


def _query(expression: str, offset: int) -> Operation:
    if _PAGED.search(expression) is None:
        expression = f"{expression} offset {offset} limit {PAGE}"
    return {"action": "query", "expression": expression}


def _operation(action: str, entity_type: str, key: list[str], values: Mapping[str, Any]) -> Operation:
    data = {name: _encoded(value) for name, value in values.items()}
    data["__entity_type__"] = entity_type
    return {"action": action, "entity_type": entity_type, "entity_key": key, "entity_data": data}


def _key(entity: Reference | Key) -> list[str]:
    if isinstance(entity, Reference):
        return [entity.id]
    return [entity.values[name] for name in COMPOSITE_KEYS[entity.type]]


def _encoded(value: Any) -> Any:
    if isinstance(value, Entity):
        value = value.reference
    if isinstance(value, Reference):
        return {"__entity_type__": value.type, "id": value.id}
    if isinstance(value, datetime):
        return {"__type__": "datetime", "value": value.astimezone(UTC).replace(microsecond=0).isoformat()}
    if isinstance(value, list | tuple):
        return [_encoded(item) for item in value]
    return value


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
