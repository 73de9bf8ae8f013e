"""The language in which entity types are declared."""

from __future__ import annotations

import pytest

from ftrack_sandbox.schema.declare import DeclarationError, declare, link
from ftrack_sandbox.schema.model import Column, EntityType, Kind, Reverse, Through

BASIC = """
+named
    name  text = "some name"

Animal @Beast
    :required  name
    :always    kind
    id      uid @beastid
    kind    text
    owner_id  key
    owner   -> Person
    +named

Dog is Animal when kind = dog, wolf classified
    :immutable  barks
    barks   boolean = true
    friends [Dog] through Friendship dog_id friend_id

Person
    id       uid
    animals  [Animal]
    dogs     [Dog] by owner_id where kind=dog

Friendship hidden
    :key  dog_id friend_id
    dog_id     key
    friend_id  key
"""


def types(text: str) -> dict[str, EntityType]:
    return {each.name: each for each in link(declare([text]))}


def test_types_inherit_what_their_base_has() -> None:
    dog = types(BASIC)["Dog"]
    assert dog.table == "Animal"
    assert dog.base == "Animal"
    assert dog.restriction == ("kind", ("dog", "wolf"))
    assert set(dog.required) == {"id", "name"}
    assert dog.immutable == {"id", "barks"}
    assert dog.always == ("kind",)
    assert dog.attributes["name"].default == "some name"
    assert dog.alias == {"id": "Beast", "classifiers": {"kind": "dog"}}


def test_relations_find_their_columns() -> None:
    found = types(BASIC)
    assert found["Animal"].attributes["owner"].storage == Column("owner_id")
    assert found["Person"].attributes["animals"].storage == Reverse("owner_id")
    assert found["Person"].attributes["dogs"].storage == Reverse("owner_id", where=("kind", "dog"))
    assert found["Dog"].attributes["friends"].storage == Through("Friendship", "dog_id", "friend_id")
    assert found["Dog"].attributes["friends"].kind is Kind.COLLECTION
    assert found["Friendship"].hidden


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    name text\n", "belongs to no type"),
        ("A\n    name word\n", "no value type 'word'"),
        ("A\n    name text sometimes\n", "'sometimes' is not understood"),
        ("A\n    other -> B\n", "A.other: B is not declared"),
        ("A\n    others [B]\nB\n    id uid\n", "say by which column, one of \\[\\]"),
        (
            "A\n    others [B]\nB\n    one -> A\n    two -> A\n",
            "A.others: say by which column, one of \\['one_id', 'two_id'\\]",
        ),
    ],
)
def test_wrong_declarations_are_named(text: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        types(text)
