"""Doorbells: what is heard in events of ftrack's shape, and in anything else that comes through the hub."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callboard.changes import Person
from callboard.engine.reading.doorbells import Doorbell, doorbells

ADDED = {"entityId": "t1", "entityType": "task", "entity_type": "Task", "action": "add", "changes": {}}


def event(*entities: Any, user: Any = None) -> dict[str, Any]:
    return {"id": "e1", "topic": "ftrack.update", "data": {"entities": list(entities), "user": user}}


def test_a_new_entity_rings() -> None:
    assert doorbells(event(ADDED)) == [Doorbell("TypedContext", "Task", "t1", None, None, "e1", None)]


def test_a_changed_status_rings_with_both_statuses_and_who_did_it() -> None:
    changed = {
        "entityId": "v1",
        "entityType": "assetversion",
        "action": "update",
        "changes": {"statusid": {"old": "s1", "new": "s2"}},
    }
    [bell] = doorbells(event(changed, user={"userid": "u1", "name": "nadia"}))
    assert bell == Doorbell("AssetVersion", None, "v1", "s2", "s1", "e1", Person("u1", "nadia"))


def test_other_changes_and_other_entities_do_not_ring() -> None:
    renamed = ADDED | {"action": "update", "changes": {"name": {"old": "a", "new": "b"}}}
    removed = ADDED | {"action": "remove"}
    note = ADDED | {"entityType": "note"}
    assert doorbells(event(renamed, removed, note)) == []


def test_one_entity_that_makes_no_sense_does_not_silence_the_others() -> None:
    nonsense: list[Any] = [None, 5, "x", [], {}, ADDED | {"entityId": None}, ADDED | {"entityId": "x" * 5_000_000}]
    odd: tuple[Any, ...] = (None, [], {"statusid": 3})
    statuses = [ADDED | {"action": "update", "changes": changes} for changes in odd]
    assert len(doorbells(event(*nonsense, *statuses, ADDED))) == 1


WORDS = ["id", "data", "entities", "entityId", "entityType", "entity_type", "action", "changes", "statusid"]
TEXTS = st.text(max_size=5) | st.sampled_from(
    ["task", "show", "assetversion", "add", "update", "x" * 65, "a\0b", "\ud800", ""]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*WORDS, "new", "old", "user", "userid", "name"]), inner, max_size=6)
    ),
    max_leaves=20,
)
#: What nearly looks like ftrack's own, each part of it possibly anything.
ENTITY = st.fixed_dictionaries(
    {},
    optional={
        "entityId": JSON | st.uuids().map(str),
        "entityType": JSON | st.sampled_from(["task", "show", "assetversion"]),
        "entity_type": JSON | st.just("Task"),
        "action": JSON | st.sampled_from(["add", "update"]),
        "changes": JSON
        | st.fixed_dictionaries({"statusid": st.fixed_dictionaries({"old": JSON, "new": JSON | TEXTS})}),
    },
)


@given(st.dictionaries(st.sampled_from(["id", "data", "topic"]), JSON))
def test_nothing_that_comes_through_the_hub_is_a_mistake_here(anything: dict[str, Any]) -> None:
    assert all(isinstance(bell, Doorbell) for bell in doorbells(anything))


@given(JSON, st.lists(ENTITY | JSON, max_size=5), JSON | st.fixed_dictionaries({"userid": JSON | TEXTS, "name": JSON}))
def test_nothing_but_ids_gets_into_queries_and_keys(event_id: Any, entities: list[Any], user: Any) -> None:
    for bell in doorbells({"id": event_id, "data": {"entities": entities, "user": user}}):
        assert bell.table in {"TypedContext", "Project", "AssetVersion"}
        texts = [bell.entity_id, bell.status_id or "", bell.from_status_id or "", bell.event_id, bell.type or ""]
        texts.append(bell.by.id if bell.by else "")
        assert all(set(text) <= set(string.ascii_letters + string.digits + "-_") and len(text) <= 64 for text in texts)
        assert bell.entity_id
        hash(bell)
