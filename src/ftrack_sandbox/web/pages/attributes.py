"""Custom attributes of an entity: shown, and edited by their types."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Entity, update
from ftrack_sandbox.web.pages.visit import Visit

#: What a query of an entity has to select for :func:`read`.
SELECTED: Final = ", ".join(
    f"custom_attributes.{each}"
    for each in (
        *("key", "value", "configuration.label", "configuration.sort", "configuration.config"),
        *("configuration.type.name", "configuration.group.name"),
    )
)

_INPUTS: Final = {"number": "number", "boolean": "checkbox", "date": "date", "url": "url", "enumerator": "select"}


@dataclass(frozen=True)
class Attribute:
    """A custom attribute of one entity, and how a form asks for it.

    Attributes:
        field: The name of its field.
        label: Its label.
        group: The group that it is in; empty if in none.
        kind: The kind of input.
        value: Its value; a list if several can be chosen.
        choices: Value and label of what can be chosen.
        multiple: Whether several can be chosen.
        row: The value as the API answers it.
    """

    field: str
    label: str
    group: str
    kind: str
    value: Any
    choices: list[tuple[str, str]]
    multiple: bool
    row: Entity

    @property
    def shown(self) -> str:
        """The value as a text for people."""
        if self.value is None or self.value == "":
            return ""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if isinstance(self.value, datetime):
            return f"{self.value:%d %b %Y}"
        labels = dict(self.choices)
        values = self.value if isinstance(self.value, list) else [self.value]
        return ", ".join(labels.get(str(each), _number(each)) for each in values)

    @property
    def typed(self) -> Any:
        """The value as it stands in the field."""
        if isinstance(self.value, datetime):
            return f"{self.value:%Y-%m-%d}"
        if self.kind in {"select", "checkbox"}:
            return self.value if self.multiple or self.kind == "checkbox" else self.value or ""
        return "" if self.value is None else _number(self.value)


def read(entity: Entity) -> list[Attribute]:
    """Return the custom attributes of an entity that was queried with ``SELECTED``, by group and order."""
    rows = sorted(entity["custom_attributes"], key=lambda each: (each["configuration"]["sort"], each["key"]))
    found = [_attribute(row) for row in rows]
    return sorted(found, key=lambda each: each.group)


def save(visit: Visit, entity: Entity) -> None:
    """Write the values that a form changed, all or none."""
    changed = [
        update(
            each.row["__entity_type__"],
            each.row["configuration_id"],
            each.row["entity_id"],
            value=_typed_value(visit, each),
        )
        for each in read(entity)
        if _is_changed(visit, each)
    ]
    visit.client.call(*changed)


def _attribute(row: Entity) -> Attribute:
    configuration = row["configuration"]
    kind = configuration["type"]["name"] if configuration["type"] else "text"
    settings = _settings(configuration["config"])
    multiple = kind == "enumerator" and bool(settings.get("multiSelect"))
    choices = _choices(settings) if kind == "enumerator" else []
    value = row["value"]
    if multiple:
        value = value if isinstance(value, list) else [value] if value else []
    elif kind == "enumerator":
        value = value[0] if isinstance(value, list) and value else value or None
    return Attribute(
        field=f"attribute-{row['configuration_id']}",
        label=configuration["label"] or row["key"],
        group=configuration["group"]["name"] if configuration["group"] else "",
        kind=_INPUTS.get(kind, "text"),
        value=value,
        choices=choices,
        multiple=multiple,
        row=row,
    )


def _is_changed(visit: Visit, attribute: Attribute) -> bool:
    if attribute.kind == "checkbox":
        return (attribute.field in visit.form) != bool(attribute.value)
    if attribute.multiple:
        return bool(visit.texts(attribute.field) != attribute.value)
    return visit.text(attribute.field) != str(attribute.typed).strip()


def _typed_value(visit: Visit, attribute: Attribute) -> Any:
    if attribute.kind == "checkbox":
        return attribute.field in visit.form
    if attribute.multiple:
        return visit.texts(attribute.field)
    text = visit.text(attribute.field)
    if not text:
        return None
    if attribute.kind == "number":
        return to_number(text, attribute.label)
    if attribute.kind == "date":
        return to_date(text, attribute.label)
    return text


def to_number(text: str, label: str) -> float | int:
    """Return the number that somebody typed.

    Raises:
        ValidationError: It is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValidationError(f"{label} must be a number, not {text!r}.")
    return int(value) if value.is_integer() else value


def to_date(text: str, label: str) -> datetime:
    """Return the beginning of the day that somebody typed, as ftrack keeps dates.

    Raises:
        ValidationError: It is not a date.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise ValidationError(f"{label} must be a date such as 2026-03-01, not {text!r}.") from None


def _settings(config: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(config or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _choices(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return value and label of an enumerator's choices, which ftrack keeps as JSON inside JSON."""
    data = settings.get("data", "[]")
    try:
        rows = json.loads(data) if isinstance(data, str) else data
        return [(str(each["value"]), str(each["menu"])) for each in rows]
    except (ValueError, TypeError, KeyError):
        return []


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
