"""The author of a note is one of its recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox.api.door import Door, open_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = open_door(tmp_path)
    yield opened
    opened.api.store.close()


def recipient(note: str, user: str) -> dict[str, Any]:
    return {"__entity_type__": "Recipient", "note_id": note, "resource_id": user}


def test_the_author_stays_when_all_recipients_are_named_anew(door: Door) -> None:
    author, reader, other = (door.id("User", name) for name in ("admin", "kofi.badu", "ines.marques"))
    note = door.create("Note", content="look", parent_id=door.project(), user_id=author)["id"]
    for user in (reader, other):
        door.create("Recipient", note_id=note, resource_id=user)
    answer = door.update("Note", [note], recipients=[recipient(note, reader)])
    assert {each["resource_id"] for each in answer["recipients"]} == {reader, author}
    found = door.query(f"select resource_id from Recipient where note_id is {note}")
    assert {each["resource_id"] for each in found} == {reader, author}
    door.delete("Recipient", [note, author])
    assert len(door.query(f"Recipient where note_id is {note}")) == 1
