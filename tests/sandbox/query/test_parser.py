"""What the texts of queries say, and where wrong ones are wrong."""

from __future__ import annotations

import pytest

from ftrack_sandbox.errors import ParseError
from ftrack_sandbox.query.expression import Combined, Comparison, Membership, Not, Query, Related, Value
from ftrack_sandbox.query.lexer import TokenKind, tokens
from ftrack_sandbox.query.parser import MAX_NESTING, parse


def comparison(text: str) -> Comparison:
    criteria = parse(f"Task where {text}").criteria
    assert isinstance(criteria, Comparison)
    return criteria


def test_a_type_alone_is_a_query() -> None:
    assert parse("Task") == Query("Task", 0)


def test_every_clause_is_read() -> None:
    query = parse(
        "select id, status.name from Task where name is a "
        "order by status.sort desc, name ascending, id limit 5 offset 10"
    )
    assert [term.path for term in query.projections] == [("id",), ("status", "name")]
    assert [(each.term.name, each.descending) for each in query.order] == [
        ("status.sort", True),
        ("name", False),
        ("id", False),
    ]
    assert (query.limit, query.offset) == (5, 10)


def test_limit_and_offset_come_in_either_order() -> None:
    assert parse("Task offset 3 limit 2") == parse("Task limit 2 offset 3")


def test_keywords_are_read_in_any_case() -> None:
    assert parse("SELECT id FROM Task WHERE NOT (name IS a) ORDER BY id DESC LIMIT 1") == parse(
        "select id from Task where not (name is a) order by id desc limit 1"
    )


@pytest.mark.parametrize(
    ("written", "operator"),
    [
        ("is", "="),
        ("=", "="),
        ("is_not", "!="),
        ("!=", "!="),
        (">", ">"),
        ("after", ">"),
        ("greater_than", ">"),
        ("<", "<"),
        ("before", "<"),
        ("less_than", "<"),
        (">=", ">="),
        ("<=", "<="),
        ("like", "like"),
        ("not_like", "not_like"),
    ],
)
def test_every_operator_is_known(written: str, operator: str) -> None:
    assert comparison(f"bid {written} 3").operator == operator


@pytest.mark.parametrize("text", ["bid>=3", "bid >=3", "bid>= 3"])
def test_signs_need_no_space(text: str) -> None:
    assert comparison(text).operator == ">="
    assert comparison(text).value.text == "3"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('"a b"', "a b"),
        ("'a b'", "a b"),
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"back\\slash"', "back\\slash"),
        # Left for "like" to understand.
        (r'"50\%"', r"50\%"),
        ('"(and), or"', "(and), or"),
        ("2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00+02:00"),
        ("-1.5", "-1.5"),
        ("wow!", "wow!"),
    ],
)
def test_values_are_read_as_they_are_meant(written: str, meant: str) -> None:
    assert comparison(f"name is {written}").value.text == meant


def test_only_a_bare_none_is_null() -> None:
    assert comparison("name is none").value.is_none
    assert comparison("name is NONE").value.is_none
    assert not comparison('name is "none"').value.is_none


def test_a_quoted_value_needs_no_space_after_it() -> None:
    criteria = parse('Metadata where parent_id is "p"and key is "k"').criteria
    assert isinstance(criteria, Combined)
    assert criteria.word == "and"


def test_not_binds_tighter_than_and_and_and_tighter_than_or() -> None:
    criteria = parse("Task where not a is 1 and b is 2 or c is 3").criteria
    assert isinstance(criteria, Combined)
    assert criteria.word == "or"
    both, last = criteria.parts
    assert isinstance(both, Combined)
    assert isinstance(both.parts[0], Not)
    assert isinstance(last, Comparison)


def test_two_nots_are_none() -> None:
    assert parse("Task where not not a is 1").criteria == comparison("        a is 1")


def test_in_takes_values_or_a_query() -> None:
    criteria = parse('Task where name in (a, "b c", none) and id not_in (Note where is_todo is true)').criteria
    assert isinstance(criteria, Combined)
    values, query = criteria.parts
    assert isinstance(values, Membership)
    assert isinstance(values.among, tuple)
    assert [value.text for value in values.among] == ["a", "b c", "none"]
    assert isinstance(query, Membership)
    assert query.negated
    assert isinstance(query.among, Query)
    assert query.among.type_name == "Note"


def test_one_bare_word_in_parentheses_is_a_value() -> None:
    criteria = parse("Task where name in (Note)").criteria
    assert isinstance(criteria, Membership)
    assert criteria.among == (Value("Note", quoted=False, position=20),)


def test_any_may_be_empty() -> None:
    criteria = parse("Task where parent.notes any ()").criteria
    assert criteria == Related(("parent", "notes"), "any", None, 11)


def test_aggregates_are_read() -> None:
    query = parse("select count(id), SUM(bid), status.name from Task group by status.name, type_id")
    assert [term.name for term in query.projections] == ["count_id", "sum_bid", "status.name"]
    assert [term.name for term in query.group] == ["status.name", "type_id"]
    assert query.is_grouped


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("   ", 3),
        ("(Task)", 0),
        ("select from Task", 12),
        ("select id, from Task", 16),
        ("select id Task", 10),
        ("select avg(id from Task", 14),
        ("select median(id) from Task", 7),
        ("select a..b from Task", 7),
        ("Task where", 10),
        ("Task where name", 15),
        ("Task where name is", 18),
        ("Task where name is (a)", 19),
        ("Task where name equals a", 16),
        ("Task where name 'is' a", 16),
        ("Task where 1 is 1", 11),
        ("Task where name is a b", 21),
        ("Task where name is a and", 24),
        ("Task where (name is a", 21),
        ("Task where name is a)", 20),
        ('Task where name is "a', 19),
        (r"Task where name is 'a\'", 19),
        ("Task where name in a", 19),
        ("Task where name in (a b)", 22),
        ("Task where notes any name is a", 21),
        ("Task order name", 11),
        ("Task limit many", 11),
        ("Task limit -1", 11),
        ("Task limit 1 limit 2", 13),
        ("Task where name is a; Task", 22),
        ("Task where name is \ud800", 19),
    ],
)
def test_wrong_texts_are_refused_with_their_place(text: str, position: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.position == position
    assert f"(at character {position})" in caught.value.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(", ")"),
        ("not (", ")"),
        ("parent has (", ")"),
        ("id in (select id from Task where ", ")"),
        ("parent.", ""),
    ],
)
def test_nesting_has_a_limit(before: str, after: str) -> None:
    def nested(depth: int) -> str:
        return f"Task where {before * depth}name is a{after * depth}"

    parse(nested(MAX_NESTING))
    for depth in (MAX_NESTING + 1, 5_000):
        with pytest.raises(ParseError, match=f"deeper than {MAX_NESTING}"):
            parse(nested(depth))


def test_the_end_is_a_token_of_its_own() -> None:
    assert [token.kind for token in tokens(" a ")] == [TokenKind.WORD, TokenKind.END]
