"""The values of a query, turned into what the database compares with."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import Value
from ftrack_sandbox.schema.model import Attribute
from ftrack_sandbox.schema.values import parse_date

_BOOLEANS = {"true": 1, "false": 0, "1": 1, "0": 0}


def literal(attribute: Attribute, value: Value) -> str | int | float:
    """Return a value as the attribute's column holds it; references are compared by key.

    Raises:
        ParseError: It is not a value of the attribute's type; says where it stands.
    """
    if attribute.is_date:
        return _date(attribute, value)
    if attribute.value_type in ("integer", "number"):
        return _number(attribute, value)
    if attribute.value_type == "boolean":
        if value.text.lower() not in _BOOLEANS:
            raise _wrong(attribute, value, "true or false")
        return _BOOLEANS[value.text.lower()]
    return value.text


def readings(value: Value) -> list[Any]:
    """Return everything that a value may mean for a custom attribute, whose type the text does not tell."""
    found: list[Any] = [value.text]
    if value.text.lower() in ("true", "false"):
        found.append(_BOOLEANS[value.text.lower()])
    number = _as_number(value.text)
    if number is not None:
        return [*found, number]
    with suppress(ValueError):  # most texts are not dates
        found.append(parse_date(value.text))
    return found


def _date(attribute: Attribute, value: Value) -> str:
    try:
        return parse_date(value.text)
    except ValueError:
        raise _wrong(attribute, value, "a date such as 2024-05-17T10:00:00") from None


def _number(attribute: Attribute, value: Value) -> int | float:
    number = _as_number(value.text)
    if number is None:
        raise _wrong(attribute, value, "a number")
    return number


def _as_number(text: str) -> int | float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    # What a column can hold: not "nan", "inf" or hundreds of digits.
    if not abs(number) < 2**63:
        return None
    return int(number) if number.is_integer() else number


def _wrong(attribute: Attribute, value: Value, wanted: str) -> ParseError:
    return ParseError(f"{attribute.name} is compared with {wanted}, not {value.text!r}", position=value.position)
