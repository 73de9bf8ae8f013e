"""The page about the protocol is complete, and names tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftrack_sandbox.query import parser
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.schema import standard_catalogue
from ftrack_sandbox.schema.model import Attribute, Column, EntityType, Kind, Reverse

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "sandbox" / "protocol.md").read_text("utf-8")
TEST = re.compile(r"`([\w./]+/test_\w+\.py)::(test_\w+)`")
CATALOGUE = standard_catalogue()


def rows(title: str) -> list[list[str]]:
    """Return the cells of the rows of the tables below a title."""
    [section] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [line.strip("| ").split(" | ") for line in lines if " --- " not in line][1:]


def words(cell: str) -> set[str]:
    """Return what stands in code in a cell."""
    return set(re.findall(r"`([^`]+)`", cell))


def facts() -> Iterator[str]:
    """Return the lines of all tables of facts."""
    for line in PAGE.splitlines():
        cells = line.strip("| ").split(" | ")
        if line.startswith("| ") and len(cells) >= 3 and not {"test", "---"} & set(cells):
            yield line


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(PAGE))))
def test_every_test_that_the_page_names_exists(path: str, name: str) -> None:
    assert f"def {name}(" in (HERE / path).read_text("utf-8")


def test_every_fact_says_how_it_is_known_and_has_a_test() -> None:
    found = list(facts())
    assert len(found) > 150
    for line in found:
        cells = line.strip("| ").split(" | ")
        assert {"seen", "read", "choice"} & set(cells), line
        assert TEST.findall(cells[-1]), line


def test_no_operation_is_missing(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, seed="empty", api_key="key")
    named = set().union(*(words(row[0]) for title in ("Operations", "Helper operations") for row in rows(title)))
    assert sandbox.api._handlers.keys() - named == set()
    sandbox.close()


def test_no_operator_is_missing() -> None:
    named = set().union(*(words(row[0]) for row in rows("The query language")))
    assert (parser._OPERATORS.keys() | set(parser.FUNCTIONS) | {"in", "not_in", "has", "any"}) - named == set()


def exceptions() -> Iterator[tuple[EntityType, Attribute]]:
    """Return the relations and computed attributes that the schema alone does not explain, of each type's own."""
    for each in CATALOGUE.types.values():
        base = CATALOGUE.types[each.base].attributes if each.base else {}
        for attribute in each.attributes.values():
            inherited = base.get(attribute.name)
            new = inherited is None or inherited.storage != attribute.storage
            if new and not each.hidden and not attribute.hidden and not _is_plain(each, attribute):
                yield each, attribute


def _is_plain(owner: EntityType, attribute: Attribute) -> bool:
    storage = attribute.storage
    if isinstance(storage, Column):
        return attribute.kind is not Kind.REFERENCE or storage.name == f"{attribute.name}_id"
    if not isinstance(storage, Reverse) or storage.where:
        return False
    members = CATALOGUE.types[str(attribute.target)].attributes.values()
    back = [
        each.column
        for each in members
        if each.kind is Kind.REFERENCE and each.column and CATALOGUE.types[str(each.target)].table == owner.table
    ]
    return set(back) == {storage.column}


@pytest.mark.parametrize(("owner", "attribute"), list(exceptions()), ids=lambda each: each.name)
def test_no_relation_is_missing(owner: EntityType, attribute: Attribute) -> None:
    names = {f"{owner.name}.{attribute.name}", attribute.name}
    found = [row for row in rows("Relations that the schema does not spell out") if names & words(row[0])]
    assert found, f"{owner.name}.{attribute.name}"
    storage = attribute.storage
    column = storage.column if isinstance(storage, Reverse) else attribute.column
    assert column is None or any(column in words(row[1]) for row in found)
