"""Invented people: stable, and nowhere a trace of the real ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.importing.conftest import Import

from ftrack_sandbox.importing.people import Pseudonyms
from ftrack_sandbox.testing import SandboxServer


def test_no_name_or_address_of_a_person_is_in_the_copy(
    source: SandboxServer, tmp_path: Path, import_from: Import
) -> None:
    data = tmp_path / "data"
    done = import_from(source, data, "--people", "pseudonyms")
    assert done.returncode == 0, done.stderr
    with source.session() as session:
        people = session.query("select first_name, last_name, username, email from User").all()
        clients = session.query("select name, email from ReviewSessionInvitee").all()
    content = b"".join(path.read_bytes() for path in data.iterdir() if path.is_file())
    for person in people:
        full = f"{person['first_name']} {person['last_name']}"
        for trace in (full, person["email"], *([person["username"]] if "." in person["username"] else [])):
            assert not trace or trace.encode() not in content, trace
    for client in clients:
        assert client["name"].encode() not in content
        assert client["email"].encode() not in content
    assert b"Robin Client" not in content
    assert b"priya@studio.example" not in content


def test_the_same_person_becomes_the_same_again(source: SandboxServer, tmp_path: Path, import_from: Import) -> None:
    for name in ("a", "b"):
        assert import_from(source, tmp_path / name, "--people", "pseudonyms").returncode == 0
    assert _users(tmp_path / "a") == _users(tmp_path / "b")
    assert len({user for _, user in _users(tmp_path / "a")}) == len(_users(tmp_path / "a"))


def _users(data: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(data / "ftrack.sqlite") as raw:
        found = sorted(raw.execute("SELECT id, username FROM Resource WHERE resource_type = 'user'"))
    raw.close()
    return found


_LETTERS = st.text(st.characters(categories=["L"]), min_size=2, max_size=12)


@given(
    first=_LETTERS,
    last=_LETTERS,
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_a_full_name_in_a_text_is_replaced_in_any_script(first: str, last: str, before: str, after: str) -> None:
    people = Pseudonyms([{"id": "u", "first_name": first, "last_name": last, "email": None}])
    text = f"{before} {first} {last} {after}"
    row = people.apply("Note", {"id": "n", "content": text})
    assert row is not None
    assert f" {first} {last} " not in row["content"]
