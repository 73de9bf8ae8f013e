"""Values on their way into the database and out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.schema import standard_catalogue
from ftrack_sandbox.schema.model import Attribute
from ftrack_sandbox.schema.values import from_stored, on_wire, to_stored

TYPES = standard_catalogue().types
TEXT = TYPES["Task"].attributes["name"]
DATE = TYPES["Task"].attributes["created_at"]
NUMBER = TYPES["Task"].attributes["bid"]
INTEGER = TYPES["AssetVersion"].attributes["version"]
BOOLEAN = TYPES["Note"].attributes["is_todo"]
VARIABLE = TYPES["CustomAttributeValue"].attributes["value"]
JSON = TYPES["Job"].attributes["data"]


@pytest.mark.parametrize(
    ("attribute", "value", "kept"),
    [
        (TEXT, "Ä", "Ä"),
        (TEXT, 5, "5"),
        (TEXT, None, None),
        (DATE, {"__type__": "datetime", "value": "2024-05-01T12:00:00.123456+02:00"}, "2024-05-01T10:00:00"),
        (DATE, {"__type__": "date", "value": "2024-05-01"}, "2024-05-01T00:00:00"),
        (DATE, "2024-05-01T10:00:00Z", "2024-05-01T10:00:00"),
        (DATE, datetime(2024, 5, 1, 10, tzinfo=UTC), "2024-05-01T10:00:00"),
        (DATE, datetime(2024, 5, 1, 10, tzinfo=timezone(timedelta(hours=-8))), "2024-05-01T18:00:00"),
        (NUMBER, 1.5, 1.5),
        (NUMBER, 7200, 7200),
        (INTEGER, 3.0, 3),
        (BOOLEAN, True, 1),
        (BOOLEAN, 0, 0),
        (VARIABLE, ["a", "b"], '["a", "b"]'),
        (VARIABLE, True, 1),
        (VARIABLE, {"__type__": "datetime", "value": "2024-05-01T10:00:00"}, "2024-05-01T10:00:00"),
        (JSON, {"description": "x"}, '{"description": "x"}'),
        (JSON, "{}", "{}"),
    ],
)
def test_values_are_kept_in_one_form(attribute: Attribute, value: Any, kept: Any) -> None:
    assert to_stored(attribute, value) == kept


@pytest.mark.parametrize(
    ("attribute", "value", "wanted"),
    [
        (TEXT, ["a"], "name must be a text, not ['a']."),
        (TEXT, {"x": 1}, "name must be a text"),
        (TEXT, "\ud800", "name must be a text"),
        (DATE, "yesterday", "created_at must be a date and time (ISO 8601), not 'yesterday'."),
        (DATE, {"__type__": "datetime"}, "created_at must be a date"),
        (DATE, 17, "created_at must be a date"),
        (NUMBER, "many", "bid must be a number, not 'many'."),
        (NUMBER, float("nan"), "bid must be a number"),
        (NUMBER, True, "bid must be a number"),
        (INTEGER, 1.5, "version must be a whole number"),
        (INTEGER, 2**64, "version must be a whole number"),
        (BOOLEAN, "yes", "is_todo must be true or false, not 'yes'."),
        (BOOLEAN, [], "is_todo must be true or false"),
        (VARIABLE, [1], "value must be a text, a number"),
        (VARIABLE, {}, "value must be a text, a number"),
        (TYPES["Task"].attributes["thumbnail_url"], {}, "thumbnail_url must be left out, since the server computes it"),
        (TEXT, ["x" * 1000], "..."),
    ],
)
def test_wrong_values_are_refused(attribute: Attribute, value: Any, wanted: str) -> None:
    with pytest.raises(ValidationError) as caught:
        to_stored(attribute, value)
    assert wanted in caught.value.message
    assert len(caught.value.message) < 200


def test_values_come_back_in_the_forms_of_python_and_of_the_wire() -> None:
    assert from_stored(BOOLEAN, 1) is True
    assert from_stored(BOOLEAN, None) is None
    assert from_stored(DATE, "2024-05-01T10:00:00") == "2024-05-01T10:00:00"
    assert on_wire(BOOLEAN, 0) is False
    assert on_wire(DATE, "2024-05-01T10:00:00") == {"__type__": "datetime", "value": "2024-05-01T10:00:00"}
    assert on_wire(DATE, None) is None
    assert on_wire(TEXT, "a") == "a"
