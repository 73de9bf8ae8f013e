"""A path may say what type it leads to: ``parent[Shot].name``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.query.project import Ask

from ftrack_sandbox.errors import ParseError, UnknownAttributeError, UnknownTypeError
from ftrack_sandbox.query import run_query
from ftrack_sandbox.store import Store

#: The project's contexts: type and parent, and the types that each is a kind of.
CONTEXTS = {
    "show": ("Project", None),
    "sq1": ("Sequence", "show"),
    "sh1": ("Shot", "sq1"),
    "sh2": ("Shot", "sq1"),
    "t1": ("Task", "sh1"),
    "t2": ("Task", "sh1"),
    "t3": ("Task", "sh2"),
    "t4": ("Task", "show"),
}
#: What ftrack's integration with Nuke Studio asks, to find a task by the names above it.
NESTED = (
    'TypedContext where name is "animation" and parent[TypedContext] has (name is "sh1" and '
    'parent[TypedContext] has (name is "sq1" and project.name is "demo"))'
)
TYPES = ("Context", "Project", "TypedContext", "Sequence", "Shot", "Task")


def is_kind(context: str, entity_type: str) -> bool:
    kind = CONTEXTS[context][0]
    return entity_type in (kind, "Context") or (entity_type == "TypedContext" and kind != "Project")


def ids(ask: Ask, query: str) -> list[str]:
    return sorted(each["id"] for each in ask(query).data)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('TypedContext where parent[TypedContext] has (name is "sh1")', ["t1", "t2"]),
        (NESTED, ["t1"]),
        ("Task where parent[Shot].name is sh1", ["t1", "t2"]),
        ("Task where not parent[Shot].name is sh1", ["t3", "t4"]),
        ("Task where parent[Project] has ()", ["t4"]),
        ("Task where not parent[Project] has ()", ["t1", "t2", "t3"]),
        ('Task where parent[Project].full_name is "The Demo"', ["t4"]),
        ("Task where parent[Shot].parent[Sequence].name is sq1", ["t1", "t2", "t3"]),
        ("Task where parent[Sequence].parent.name is demo", []),
        ("Task where parent[Shot] is sh1", ["t1", "t2"]),
        ("Task where parent[Sequence] is sh1", []),
        ("Task where parent[Shot] in (sh1, show)", ["t1", "t2"]),
        ("Task where parent[Shot] is none", ["t4"]),
        ("Task where parent[Shot] is_not none", ["t1", "t2", "t3"]),
        ("Project where children[Task] any ()", ["show"]),
        ("Project where children[Shot] any ()", []),
        ("Task where ancestors[Sequence] any (name is sq1)", ["t1", "t2", "t3"]),
        ("Task where ancestors[Sequence].name is sh1", []),
        ("Project where descendants[Shot].name is sh2", ["show"]),
        ("Shot where id in (select parent[Shot].id from Task)", ["sh1", "sh2"]),
        ("Context where id in (select parent[Project] from Task)", ["show"]),
        ("Task where parent_id in (select children[Shot].id from Context)", ["t1", "t2", "t3"]),
        ("AssetVersion where components[SequenceComponent] any (padding is 4)", ["v3"]),
        ("TypedContextList where items[Shot] any ()", ["shots"]),
        ("AssetVersion where task[TypedContext].name is animation", ["v1", "v2", "v3"]),
    ],
)
def test_criteria_may_cast(ask: Ask, query: str, expected: list[str]) -> None:
    assert ids(ask, query) == expected


@given(wanted=st.sampled_from(TYPES), name=st.sampled_from(sorted(CONTEXTS)), negated=st.booleans(), far=st.booleans())
def test_a_cast_is_the_type_of_what_it_leads_to(
    project_store: Store, *, wanted: str, name: str, negated: bool, far: bool
) -> None:
    def holds(context: str) -> bool:
        parent = CONTEXTS[context][1]
        if far and parent is not None:
            parent = CONTEXTS[parent][1]
        return parent is not None and is_kind(parent, wanted) and parent == name

    path = "parent.parent" if far else "parent"
    query = f"Context where {'not ' if negated else ''}{path}[{wanted}] has (id is {name})"
    with project_store.reading() as connection:
        found = run_query(connection, connection.catalogue, query, user_id="ann", base_url="").data
    assert {each["id"] for each in found} == {each for each in CONTEXTS if holds(each) is not negated}


def by_id(ask: Ask, query: str) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in ask(query).data}


def test_projections_may_cast(ask: Ask) -> None:
    found = by_id(ask, "select parent[Shot].status.name, parent[Project].full_name, parent[Sequence].name from Task")
    assert found["t1"]["parent"]["status"]["name"] == "Not Started"
    assert found["t1"]["parent"]["__entity_type__"] == "Shot"
    assert "full_name" not in found["t1"]["parent"]
    assert found["t4"]["parent"]["full_name"] == "The Demo"
    assert ask("select parent[Sequence].name from Task where id is t1").data[0]["parent"] is None


def test_a_collection_may_be_cast_in_several_ways(ask: Ask) -> None:
    [show] = ask("select children[Sequence].name, children[Task].bid, children.id from Project").data
    assert sorted(each["id"] for each in show["children"]) == ["sq1", "t4"]
    [sequence] = [each for each in show["children"] if each["id"] == "sq1"]
    assert sequence["name"] == "sq1"


def test_order_and_groups_may_cast(ask: Ask) -> None:
    ordered = ask("select id from Task order by parent[Shot].name descending, id").data
    assert [each["id"] for each in ordered] == ["t3", "t1", "t2", "t4"]
    groups = ask("select count(id) from Task group by parent[Shot].name order by parent[Shot].name").data
    assert [each["count_id"] for each in groups] == [1, 2, 1]


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("Task where parent[Nonsense] has ()", UnknownTypeError, "no entity type 'Nonsense'"),
        ("Task where parent[User] has ()", ParseError, "parent does not lead to a User"),
        ("Task where name[Shot] is x", ParseError, "name does not lead to a Shot"),
        ("Task where parent[Shot].nonsense is x", UnknownAttributeError, "Shot has no attribute 'nonsense'"),
        ("Task where parent[Shot has ()", ParseError, "an attribute"),
        ("Task where parent[] has ()", ParseError, "an attribute"),
        ("Task where nonsense[Shot] has ()", UnknownAttributeError, "nonsense"),
    ],
)
def test_wrong_casts_are_refused(ask: Ask, query: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ask(query)


@pytest.mark.parametrize("criteria", ["id not in (t1, t2)", "id NOT IN (t1, t2)", "not id in (t1, t2)"])
def test_not_in_may_be_two_words(ask: Ask, criteria: str) -> None:
    assert ids(ask, f"Task where {criteria}") == ids(ask, "Task where id not_in (t1, t2)") == ["t3", "t4"]


def test_not_like_may_be_two_words(ask: Ask) -> None:
    assert ids(ask, "Task where name not like anim%") == ["t2", "t4"]
