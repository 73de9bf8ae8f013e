from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callboard.engine.actions.action_event import read
from callboard.engine.actions.menu_cache import Selected, UserKey

EVENT: dict[str, Any] = {
    "id": "0c0ffee0",
    "topic": "ftrack.action.launch",
    "data": {
        "actionIdentifier": "callboard.batch_create",
        "selection": [{"entityId": "a1", "entityType": "show"}],
        "values": {"count": 2},
    },
    "source": {"user": {"id": "u1", "username": "anna"}},
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


def test_an_event_is_read_as_what_it_asks() -> None:
    asked = read(EVENT)
    assert asked is not None
    assert (asked.key, asked.action) == ("launch 0c0ffee0", "batch_create")
    assert asked.selection == (Selected("show", "a1"),)
    assert asked.user == UserKey("id", "u1")
    assert asked.values == {"count": 2}


def test_a_user_without_id_is_known_by_name() -> None:
    asked = read({**EVENT, "source": {"user": {"username": "anna"}}})
    assert asked is not None
    assert asked.user == UserKey("username", "anna")


def test_two_events_without_a_usable_id_are_two_launches() -> None:
    first, second = read({**EVENT, "id": None}), read({**EVENT, "id": "x" * 5000})
    assert first is not None
    assert second is not None
    assert first.key != second.key


@pytest.mark.parametrize(
    "selection",
    [
        "everything",
        [None],
        [{"entityId": "a1"}],
        [{"entityId": 7, "entityType": "show"}],
        [{"entityId": 'a" or id is "b', "entityType": "show"}],
        [{"entityId": "a", "entityType": "show"}] * 10_001,
    ],
)
def test_a_selection_that_makes_no_sense_is_unknown(selection: object) -> None:
    asked = read({**EVENT, "data": {**EVENT["data"], "selection": selection}})
    assert asked is not None
    assert asked.selection is None


@given(anything, anything, anything)
def test_nothing_that_comes_from_the_hub_raises(data: object, source: object, selection: object) -> None:
    read({"id": source, "data": data, "source": source})
    read({"id": selection, "data": {"selection": selection, "values": data}, "source": {"user": source}})
