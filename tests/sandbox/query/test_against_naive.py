"""Property: whatever is asked, the sandbox finds what a naive loop over the same data finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sandbox.query.naive import (
    DATES,
    MEMBERS_OF,
    NAMES,
    RELATIONS,
    SCALARS,
    Thing,
    Truth,
    World,
    all_of,
    among,
    any_of,
    compare,
    opposite,
)

from ftrack_sandbox.query import run_query
from ftrack_sandbox.store import Store

Case = tuple[str, Any]
"""A criterion: its text, and a function that says whether it holds for a thing."""

SEEDS = range(4)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[World, Store]]]:
    made = []
    for seed in SEEDS:
        world, store = World(seed), Store(Path(tmp_path_factory.mktemp("world")) / "world.db")
        with store.writing() as connection:
            world.store_in(connection)
        made.append((world, store))
    yield made
    for _, store in made:
        store.close()


def quoted(text: str, quote: str = '"') -> str:
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def scalar_values(kind: str) -> st.SearchStrategy[tuple[str, Any]]:
    """Give the text of a value with what it means."""
    quotes = st.sampled_from("\"'")
    if kind == "number":
        return st.sampled_from([0, 1, 1.5, 2, 3600]).map(lambda value: (str(value), value))
    if kind == "boolean":
        return st.sampled_from([("true", True), ("False", False)])
    if kind == "date":
        texts = st.sampled_from(DATES)
        return st.one_of(
            texts.map(lambda text: (quoted(text), text)),
            # The same moment, two hours further east.
            texts.map(lambda text: (f"{text[:11]}{int(text[11:13]) + 2:02}:00:00+02:00", text)),
        )
    pool = NAMES if kind == "text" else ["status-4", "status-5", "user-0", "user-1", "task-21", "nobody"]
    return st.builds(lambda text, quote: (quoted(text, quote), text), st.sampled_from(pool), quotes)


@st.composite
def comparisons(draw: st.DrawFn, type_name: str) -> Case:
    name, kind = draw(st.sampled_from(sorted(SCALARS[type_name].items())))
    if kind == "text" and draw(st.booleans()):
        pattern = "".join(
            draw(st.lists(st.sampled_from(["a", "B", "%", "_", "\\%", "\\_", "\\\\", "ä", " "]), max_size=4))
        )
        operator = draw(st.sampled_from(["like", "not_like"]))
        return f"{name} {operator} {quoted(pattern)}", lambda thing: compare(thing.values.get(name), operator, pattern)
    if draw(st.integers(0, 5)) == 0:
        operator = draw(st.sampled_from(["is", "is_not"]))
        return f"{name} {operator} none", lambda thing: compare(thing.values.get(name), operator, None)
    operator = draw(st.sampled_from(["is", "is_not", ">", ">=", "<", "<="]))
    text, wanted = draw(scalar_values(kind))
    return f"{name} {operator} {text}", lambda thing: compare(thing.values.get(name), operator, wanted)


@st.composite
def memberships(draw: st.DrawFn, type_name: str) -> Case:
    name, kind = draw(st.sampled_from(sorted(SCALARS[type_name].items())))
    choices = draw(st.lists(st.one_of(scalar_values(kind), st.just(("none", None))), max_size=3))
    word = draw(st.sampled_from(["in", "not_in"]))
    wanted = [value for _, value in choices]

    def holds(thing: Thing) -> Truth:
        truth = among(thing.values.get(name), wanted)
        return truth if word == "in" else opposite(truth)

    return f"{name} {word} ({', '.join(text for text, _ in choices)})", holds


@st.composite
def subqueries(draw: st.DrawFn, inner: st.SearchStrategy[Case]) -> Case:
    text, holds_inside = draw(inner)
    word = draw(st.sampled_from(["in", "not_in"]))
    select = draw(st.sampled_from([("", "id"), ("select parent_id from ", "parent_id")]))

    def holds(thing: Thing) -> Truth:
        values = [each.values[select[1]] for each in thing.world.of_type("Note") if holds_inside(each)]
        truth = among(thing.values["id"], values, without_none=True)
        return truth if word == "in" else opposite(truth)

    return f"id {word} ({select[0]}Note where {text})", holds


@st.composite
def related(draw: st.DrawFn, type_name: str, depth: int) -> Case:
    name, relation = draw(st.sampled_from(sorted(RELATIONS[type_name].items())))
    text, holds_inside = draw(criteria(relation.target, depth - 1))
    word = "any" if relation.many else "has"
    if draw(st.integers(0, 4)) == 0:
        return f"{name} {word} ()", lambda thing: bool(relation.members(thing))

    def holds(thing: Thing) -> Truth:
        return any(holds_inside(member) is True for member in relation.members(thing))

    return f"{name} {word} ({text})", holds


@st.composite
def along_paths(draw: st.DrawFn, type_name: str, depth: int) -> Case:
    name, relation = draw(st.sampled_from(sorted(RELATIONS[type_name].items())))
    further = depth > 1 and draw(st.booleans())
    deeper = along_paths(relation.target, depth - 1)
    text, holds_inside = draw(deeper if further else comparisons(relation.target))
    return f"{name}.{text}", lambda thing: any(holds_inside(member) is True for member in relation.members(thing))


@st.composite
def combined(draw: st.DrawFn, type_name: str, depth: int) -> Case:
    word = draw(st.sampled_from(["and", "or"]))
    parts = draw(st.lists(criteria(type_name, depth - 1), min_size=2, max_size=3))
    together = all_of if word == "and" else any_of
    text = f" {word} ".join(f"({part})" for part, _ in parts)
    return text, lambda thing: together(holds(thing) for _, holds in parts)


@st.composite
def criteria(draw: st.DrawFn, type_name: str, depth: int) -> Case:
    kinds = [comparisons(type_name), memberships(type_name)]
    if depth > 0:
        kinds = [related(type_name, depth), along_paths(type_name, depth), combined(type_name, depth)]
        if type_name in ("Task", "TypedContext"):
            kinds.append(subqueries(comparisons("Note")))
    text, holds = draw(st.one_of(kinds))
    if draw(st.booleans()):
        return text, holds
    return f"not ({text})", lambda thing: opposite(holds(thing))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str, Any]:
    type_name = draw(st.sampled_from([*MEMBERS_OF, "Task", "TypedContext"]))
    text, holds = draw(criteria(type_name, depth=draw(st.integers(0, 3))))
    return type_name, text, holds


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(case=cases(), seed=st.sampled_from(SEEDS))
def test_finds_what_a_naive_loop_finds(
    worlds: list[tuple[World, Store]], case: tuple[str, str, Any], seed: int
) -> None:
    type_name, text, holds = case
    world, store = worlds[seed]
    with store.reading() as connection:
        expression = f"select id from {type_name} where {text}"
        result = run_query(connection, connection.catalogue, expression, user_id=None, base_url="")
    expected = [thing.id for thing in world.of_type(*MEMBERS_OF[type_name]) if holds(thing) is True]
    assert [entity["id"] for entity in result.data] == expected


@st.composite
def orders(draw: st.DrawFn) -> list[tuple[str, bool]]:
    names = draw(st.lists(st.sampled_from(["name", "bid", "created_at", "status.name", "status.sort"]), unique=True))
    return [(name, draw(st.booleans())) for name in names]


def value_at(thing: Thing, path: str) -> Any:
    name, _, rest = path.partition(".")
    if not rest:
        return thing.values.get(name)
    members = RELATIONS["TypedContext"][name].members(thing)
    return value_at(members[0], rest) if members else None


@settings(max_examples=100)
@given(order=orders(), limit=st.integers(1, 30), offset=st.integers(0, 30), seed=st.sampled_from(SEEDS))
def test_orders_and_pages_as_a_stable_sort_does(
    worlds: list[tuple[World, Store]], order: list[tuple[str, bool]], limit: int, offset: int, seed: int
) -> None:
    world, store = worlds[seed]
    expected = world.of_type("Sequence", "Shot", "Task")
    for path, descending in reversed(order):
        # Nothing comes before everything else.
        keys = {
            thing.id: (value is not None, 0 if value is None else value)
            for thing in expected
            for value in [value_at(thing, path)]
        }
        expected.sort(key=lambda thing: keys[thing.id], reverse=descending)
    text = ", ".join(f"{path}{' descending' if descending else ''}" for path, descending in order)
    clause = f"order by {text} " if order else ""
    with store.reading() as connection:
        expression = f"select id from TypedContext {clause}offset {offset} limit {limit}"
        result = run_query(connection, connection.catalogue, expression, user_id=None, base_url="")
    assert [entity["id"] for entity in result.data] == [thing.id for thing in expected[offset : offset + limit]]
    assert result.next_offset == (offset + limit if offset + limit < len(expected) else None)
