"""API calls and events as Python for the official client, ready to run."""

from __future__ import annotations

import pprint
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What the official client appends when it reads a query page by page.
_PAGE = re.compile(r"\s+offset 0 limit 500\s*$")
_WIDTH = 100
_TYPE = "__entity_type__"


@dataclass(frozen=True)
class _Code:
    """Text that is written as it is, among values."""

    text: str

    def __repr__(self) -> str:
        return self.text


def call_snippet(operations: Any, *, server: str, user: str) -> str:
    """Return code that does what a batch of operations did; what it creates gets ids of its own.

    Args:
        operations: The body of the request, as parsed.
        server: The server's address.
        user: The sender.
    """
    opening = _opening(server, user)
    if not isinstance(operations, list) or not all(isinstance(each, Mapping) for each in operations):
        return "\n".join([*opening, "# The request was not an array of operations.", ""])
    batch = _Batch()
    lines = [line for number, each in enumerate(operations, 1) for line in batch.operation(number, each)]
    if any("arrow.get(" in line for line in lines):
        opening[1:1] = ["", "import arrow"]
        opening.remove("")
    return "\n".join([*opening, *lines, *(["session.commit()"] if batch.writes else []), ""])


def publish_snippet(event: Mapping[str, Any], *, server: str, user: str) -> str:
    """Return code that publishes an event again, and prints the replies."""
    source = event.get("source")
    by = source.get("user") if isinstance(source, Mapping) else None
    arguments = [f"    topic={event.get('topic')!r},", f"    data={_write(event.get('data'), '         ')},"]
    if event.get("target"):
        arguments.append(f"    target={event['target']!r},")
    if isinstance(by, Mapping):
        # The official client names the session's user alone; actions ask for the id as well.
        arguments.append(f"    source={_write({'user': dict(by)}, '           ')},")
    return "\n".join(
        [
            *_opening(server, user, hub=True),
            "event = ftrack_api.event.base.Event(",
            *arguments,
            ")",
            "session.event_hub.publish(event, on_reply=lambda reply: print(reply['data']))",
            "session.event_hub.wait(duration=2)",
            "",
        ]
    )


def listen_snippet(event: Mapping[str, Any], *, server: str, user: str) -> str:
    """Return code that hears events like this one."""
    expression = f"topic={_quoted(str(event.get('topic')))}"
    data = event.get("data")
    identifier = data.get("actionIdentifier") if isinstance(data, Mapping) else None
    if isinstance(identifier, str):
        expression += f" and data.actionIdentifier={_quoted(identifier)}"
    return "\n".join(
        [
            *_opening(server, user, hub=True),
            "def heard(event):",
            "    print(event['topic'], event['data'])",
            "",
            f"session.event_hub.subscribe({expression!r}, heard)",
            "session.event_hub.wait()",
            "",
        ]
    )


def _opening(server: str, user: str, *, hub: bool = False) -> list[str]:
    return [
        "import os",
        "",
        "import ftrack_api",
        "",
        "session = ftrack_api.Session(",
        f"    server_url={server!r},",
        f"    api_user={user!r},",
        "    api_key=os.environ['FTRACK_API_KEY'],",
        *(["    auto_connect_event_hub=True,"] if hub else []),
        ")",
        "",
    ]


class _Batch:
    """The operations of a call, which may refer to what those before them create."""

    def __init__(self) -> None:
        self.writes = False
        self._created: dict[str, str] = {}

    def operation(self, number: int, operation: Mapping[str, Any]) -> list[str]:
        """Return the lines of one operation."""
        action, entity_type = operation.get("action"), operation.get("entity_type")
        data, key = operation.get("entity_data"), _key(operation.get("entity_key"))
        expression = operation.get("expression")
        if action == "query" and isinstance(expression, str):
            query = f"session.query({_PAGE.sub('', expression)!r})"
            return [f"for entity in {query}:", "    print(dict(entity))", ""]
        if not isinstance(entity_type, str) or not entity_type.isidentifier():
            return _raw(operation)
        if action == "create" and isinstance(data, Mapping):
            self.writes = True
            name = f"{re.sub(r'(?<!^)(?=[A-Z])', '_', entity_type).lower()}_{number}"
            values = {each: self._value(value) for each, value in data.items() if each not in {_TYPE, "id"}}
            if isinstance(data.get("id"), str):
                self._created[data["id"]] = name
            return [f"{name} = session.create({entity_type!r}, {_write(values)})", ""]
        if action == "update" and isinstance(data, Mapping):
            self.writes = True
            changed = {each: self._value(value) for each, value in data.items() if each != _TYPE}
            return [
                f"entity = {self._entity(entity_type, key)}",
                *(f"entity[{each!r}] = {_write(value)}" for each, value in changed.items()),
                "",
            ]
        if action == "delete":
            self.writes = True
            return [f"session.delete({self._entity(entity_type, key)})", ""]
        return _raw(operation)

    def _entity(self, entity_type: str, key: Any) -> str:
        created = self._created.get(key) if isinstance(key, str) else None
        return created or f"session.get({entity_type!r}, {key!r})"

    def _value(self, value: Any) -> Any:
        """Return a value of the wire as the official client takes it: references as entities, dates as dates."""
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, str) and value in self._created:
            return _Code(f"{self._created[value]}['id']")
        if not isinstance(value, Mapping):
            return value
        if value.get("__type__") in {"datetime", "date"}:
            return _Code(f"arrow.get({value.get('value')!r})")
        if isinstance(value.get(_TYPE), str):
            # A reference is the type and the primary key.
            return _Code(self._entity(value[_TYPE], _key([inner for each, inner in value.items() if each != _TYPE])))
        return {each: self._value(inner) for each, inner in value.items()}


def _raw(operation: Mapping[str, Any]) -> list[str]:
    return [f"print(session.call([{_write(dict(operation), ' ' * 20)}]))", ""]


def _key(key: Any) -> Any:
    if isinstance(key, Sequence) and not isinstance(key, str):
        return key[0] if len(key) == 1 else list(key)
    return key


def _write(value: Any, indent: str = "") -> str:
    """Write a value as Python, on several lines if it is long."""
    written = pprint.pformat(value, width=_WIDTH, sort_dicts=False)
    return written.replace("\n", "\n" + indent)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
