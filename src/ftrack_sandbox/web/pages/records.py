"""Recorded calls and events, as the inspector shows them: read from their bytes only when somebody looks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ftrack_sandbox.control.recorder import Entry
from ftrack_sandbox.events import packets

#: The type that a query asks for.
_ASKED: Final = re.compile(r"\s*(?:select\s.*?\sfrom\s+)?(\w+)", re.DOTALL | re.IGNORECASE)
_MOST_NAMED: Final = 4


@dataclass(frozen=True)
class Record:
    """An entry, read.

    Attributes:
        entry: The entry.
        content: The operations of a call, or the event; a text if it cannot be read as JSON.
        what: What it is, in one line.
        types: The entity types in it.
    """

    entry: Entry
    content: Any
    what: str
    types: frozenset[str]

    @property
    def operations(self) -> Sequence[Mapping[str, Any]]:
        """The operations of a call."""
        return [each for each in self.content if isinstance(each, Mapping)] if isinstance(self.content, list) else []

    @property
    def event(self) -> Mapping[str, Any] | None:
        """The event."""
        return self.content if self.entry.kind == "event" and isinstance(self.content, Mapping) else None


@dataclass(frozen=True)
class Filter:
    """A search among entries; empty parts match everything.

    Attributes:
        text: Somewhere in the payload, in any case.
        kind: ``call`` or ``event``.
        user: The sender's name.
        entity_type: A type in it, as the API or the hub calls it.
    """

    text: str = ""
    kind: str = ""
    user: str = ""
    entity_type: str = ""

    def matches_entry(self, entry: Entry) -> bool:
        """Return whether an entry may match, without reading it."""
        if (self.kind and entry.kind != self.kind) or (self.user and entry.user != self.user):
            return False
        if not self.text:
            return True
        payload = entry.payload
        text = payload.decode(errors="replace") if isinstance(payload, bytes) else payload
        wanted = self.text.lower()
        return wanted in text.lower() or wanted in entry.error.lower() or wanted in entry.user.lower()

    def matches(self, record: Record) -> bool:
        """Return whether an entry that may match does."""
        return not self.entity_type or self.entity_type.lower() in {each.lower() for each in record.types}


def read(entry: Entry) -> Record:
    """Return an entry with what is in it."""
    if entry.kind == "call":
        content = _json(entry.payload)
        operations = content if isinstance(content, list) else []
        what = _sum_up([_operation(each) for each in operations]) if operations else "not a batch of operations"
        return Record(entry, content, what, frozenset(each for op in operations for each in _types_of(op)))
    packet = packets.parse(str(entry.payload))
    envelope = _json(packet.data if packet is not None else "")
    arguments = envelope.get("args") if isinstance(envelope, Mapping) else None
    event = arguments[0] if isinstance(arguments, list) and arguments else envelope
    if not isinstance(event, Mapping):
        return Record(entry, str(entry.payload), "an event that cannot be read", frozenset())
    what, types = _of_event(event)
    return Record(entry, event, what, types)


def _json(payload: bytes | str) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload.decode(errors="replace") if isinstance(payload, bytes) else payload


def _operation(operation: Any) -> str:
    """Return an operation in two words: ``update Task``."""
    if not isinstance(operation, Mapping):
        return "nothing that makes sense"
    types = _types_of(operation)
    return " ".join([str(operation.get("action", "nothing"))[:60], *types[:1]])


def _types_of(operation: Any) -> list[str]:
    if not isinstance(operation, Mapping):
        return []
    expression = operation.get("expression")
    if isinstance(expression, str):
        found = _ASKED.match(expression)
        return [found[1]] if found else []
    entity_type = operation.get("entity_type")
    return [entity_type] if isinstance(entity_type, str) else []


def _of_event(event: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    topic, data = str(event.get("topic")), event.get("data")
    listed: list[Mapping[str, Any]] = []
    if isinstance(data, Mapping):
        for name in ("entities", "selection"):
            found = data.get(name)
            listed += [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
    names = [str(each.get("entity_type") or each.get("entityType") or "") for each in listed]
    types = frozenset(names) | {str(each.get("entityType") or "") for each in listed}
    more = _sum_up([f"{each.get('action') or ''} {name}".strip() for each, name in zip(listed, names, strict=True)])
    if isinstance(data, Mapping):
        for name in ("actionIdentifier", "subscription"):
            if isinstance(data.get(name), str):
                more = data[name] if not more else f"{data[name]}, {more}"
    return f"{topic}: {more}" if more else topic, types - {""}


def _sum_up(things: Sequence[str]) -> str:
    """Return things with how often each is there."""
    counted = Counter(things).most_common()
    named = [thing if count == 1 else f"{thing} ({count})" for thing, count in counted[:_MOST_NAMED]]
    left = len(counted) - len(named)
    return ", ".join(named) + (f" and {left} more" if left else "")
