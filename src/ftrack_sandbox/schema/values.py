"""Values between the wire, Python and the database.

Dates and times are kept as UTC text to the second, ``2024-05-17T10:00:00``, which sorts as it should;
booleans as 0 and 1; lists of custom attributes as JSON text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.schema.model import Attribute

Stored = str | int | float | None

_LARGEST_INTEGER = 2**63 - 1

#: Numbers that clients send as text, as AYON's publisher does with the numbers of versions.
_NUMERIC = re.compile(r"[+-]?[0-9]{1,19}(\.[0-9]{1,19})?")


def utc_text(value: datetime) -> str:
    """Return a moment as it is stored; a naive one is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parse_date(text: str) -> str:
    """Return the stored form of an ISO 8601 date or date and time, with or without offset.

    Raises:
        ValueError: The text is not a date.
    """
    try:
        return utc_text(datetime.fromisoformat(text))
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None


def to_stored(attribute: Attribute, value: object) -> Stored:
    """Return a value from the wire or from Python as it is stored.

    Raises:
        ValidationError: The value is not of the attribute's type.
    """
    if value is None:
        return None
    try:
        return _CONVERSIONS[_conversion(attribute)](value)
    except (ValueError, TypeError):
        text = repr(value)
        shown = text if len(text) <= 80 else f"{text[:80]}..."
        raise ValidationError(f"{attribute.name} must be {_wanted(attribute)}, not {shown}.") from None


def from_stored(attribute: Attribute, value: Any) -> Any:
    """Return a stored value for Python: booleans become booleans, dates stay text."""
    if value is not None and attribute.value_type == "boolean":
        return bool(value)
    return value


def on_wire(attribute: Attribute, value: Any) -> Any:
    """Return a stored value as clients get it."""
    if value is None:
        return None
    if attribute.format == "date-time":
        return {"__type__": "datetime", "value": value}
    if attribute.value_type == "boolean":
        return bool(value)
    return value


def _conversion(attribute: Attribute) -> str:
    return attribute.format if attribute.format in ("date-time", "json") else attribute.value_type or "string"


def _wanted(attribute: Attribute) -> str:
    names = {
        "date-time": "a date and time (ISO 8601)",
        "json": "a text or a JSON value",
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "variable": "a text, a number, a boolean, a date or a list of texts",
    }
    return names.get(_conversion(attribute), "left out, since the server computes it")


def _date(value: object) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Mapping) and value.get("__type__") in ("datetime", "date"):
        value = value.get("value")
    if not isinstance(value, str):
        raise TypeError
    return parse_date(value)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    text = str(value)
    # Half of a surrogate pair cannot be stored as text.
    text.encode()
    return text


def _json(value: object) -> str:
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _integer(value: object) -> int:
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST_INTEGER:
        raise TypeError
    return value


def _number(value: object) -> int | float:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and _NUMERIC.fullmatch(value) and "." in value:
        return float(value)
    return _integer(value)


def _boolean(value: object) -> int:
    if value not in (True, False):
        raise TypeError
    return int(bool(value))


def _variable(value: object) -> Stored:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return json.dumps([_text(each) for each in value])
    return _date(value)


def _object(value: object) -> Stored:
    raise TypeError(value)


_CONVERSIONS: Mapping[str, Callable[[object], Stored]] = {
    "date-time": _date,
    "json": _json,
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "variable": _variable,
    "object": _object,
}
