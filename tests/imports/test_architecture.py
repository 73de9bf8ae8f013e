"""``ARCHITECTURE.md`` names every room of both packages, with what it may import."""

from __future__ import annotations

import re

import pytest
from tests.imports.rooms import CALLBOARD, GROUND, PAGES, SANDBOX
from tests.imports.source import PACKAGES, SOURCE, modules, room

PAGE = (SOURCE.parent / "ARCHITECTURE.md").read_text("utf-8")
_ROW = re.compile(r"^\| `([\w/]+)(?:\.py)?/?` \| (.+?) \| (.+?) \|$", re.MULTILINE)
_LAYER = re.compile(r"^\| `([\w/]+?)(?:\.py)?/?` \| (.+?) \|$", re.MULTILINE)


def section(package: str) -> str:
    """Return the part of the page that is about a package."""
    return PAGE.partition(f"## `{package}`")[2].partition("\n## ")[0]


def may_import(name: str) -> str:
    """Return what a room may import, as the page writes it."""
    may = CALLBOARD[name]
    if may is None:
        return "anything"
    names = set(may)
    if names >= GROUND:
        names = names - GROUND | {"the ground"}
    shown = {"": "`callboard`", "the ground": "the ground"}
    return ", ".join(shown.get(each, f"`{each.replace('.', '/')}`") for each in sorted(names)) or "nothing"


ROWS = {match[1].strip("/").replace("/", "."): match[3] for match in _ROW.finditer(section("callboard"))}


@pytest.mark.parametrize("name", [name for name in CALLBOARD if name != "__main__"])
def test_the_page_says_what_a_room_may_import(name: str) -> None:
    assert ROWS.get(name or "__init__") == may_import(name), f"the last cell of {name}'s row is: {may_import(name)}"


def test_the_page_names_no_room_that_does_not_exist() -> None:
    assert ROWS.keys() - {"__init__"} <= CALLBOARD.keys()


def test_the_page_has_the_layers_of_the_sandbox_in_their_order() -> None:
    rows = [match[1].replace("/", ".") for match in _LAYER.finditer(section("ftrack_sandbox"))]
    assert rows == [layer for layer in SANDBOX if layer != "__main__"]


def test_the_page_has_the_modules_of_the_shared_pages() -> None:
    rows = {match[1] for match in _LAYER.finditer(section("callboard_pages"))}
    assert rows == PAGES.keys() - {""} | {"templates", "static"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_place_in_the_table(package: str) -> None:
    known = {"callboard": CALLBOARD.keys(), "callboard_pages": PAGES.keys()}.get(package, {"", *SANDBOX})
    rooms = {room(module).removeprefix(package).lstrip(".") for module in modules(package)}
    assert rooms <= set(known)
    assert set(known) - rooms - {""} == set()


def test_every_file_that_a_newcomer_is_sent_to_exists() -> None:
    paths = re.findall(r"`((?:callboard|ftrack_sandbox)/[\w/]+\.py)`", PAGE)
    assert len(paths) >= 6
    assert [path for path in paths if not (SOURCE / path).is_file()] == []
