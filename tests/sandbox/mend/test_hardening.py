"""What a careless or hostile client may send."""

from __future__ import annotations

import stat
import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest
import requests
from tests.sandbox.api.door import Door, open_door, reference

from ftrack_sandbox.errors import PermissionDeniedError
from ftrack_sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    opened = open_door(tmp_path)
    yield opened
    opened.api.store.close()


def upload_address(server: SandboxServer, size: int) -> str:
    operation = {
        "action": "get_upload_metadata",
        "component_id": str(uuid.uuid4()),
        "file_name": "a.bin",
        "file_size": size,
    }
    return str(server.session().call([operation])[0]["url"])


def test_a_signature_of_odd_characters_is_refused(ftrack_sandbox_session: SandboxServer) -> None:
    address = upload_address(ftrack_sandbox_session, 1)
    response = requests.put(f"{address.partition('&signature=')[0]}&signature=é", data=b"x", timeout=10)
    assert (response.status_code, response.json()["exception"]) == (403, "PermissionError")


def test_more_than_was_announced_is_read_and_not_kept(ftrack_sandbox_session: SandboxServer) -> None:
    address = upload_address(ftrack_sandbox_session, 10)
    response = requests.put(address, data=b"x" * 5_000_000, timeout=10)
    assert response.status_code == 400
    assert response.json()["content"] == "10 bytes were announced, 5000000 came."


def test_actions_that_do_not_exist_are_not_counted(ftrack_sandbox: SandboxServer) -> None:
    for operations in ([{"action": "junk"}], ["no object", {"action": "junk"}]):
        with pytest.raises(ftrack_api.exception.ServerError):
            ftrack_sandbox.session().call(operations)
    assert "junk" not in ftrack_sandbox.statistics.now()["operations"]


@pytest.mark.parametrize("seconds", [1e12, -1e12, 1e308])
def test_the_clock_does_not_leave_the_calendar(ftrack_sandbox: SandboxServer, seconds: float) -> None:
    before = ftrack_sandbox.clock.now()
    with pytest.raises(Exception, match="advance"):
        ftrack_sandbox.clock.advance(seconds)
    assert (ftrack_sandbox.clock.now() - before).total_seconds() < 3600


def test_keys_are_for_the_owner_of_the_folder_alone(tmp_path: Path) -> None:
    new, known = tmp_path / "new", tmp_path / "known"
    known.mkdir(mode=0o755)
    for folder in (new, known):
        Sandbox(folder, seed="empty").close()
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    for path in (known / "ftrack.sqlite", known / "api_key", known / "upload_secret"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_collection_takes_and_leaves_only_what_the_user_may_change(door: Door) -> None:
    me = door.id("User", "ines.marques")
    artist = door.sign_in("ines.marques")
    group = door.create("Group", name="Sculpture")["id"]
    door.create("Membership", group_id=group, user_id=me)
    with pytest.raises(PermissionDeniedError, match="Membership"):
        artist.update("User", [me], memberships=[])
    assert door.query("select id from Membership where group.name is Sculpture")


def test_nobody_fills_a_list_of_a_project_out_of_reach(door: Door) -> None:
    artist = door.sign_in("ines.marques")
    category = door.id("ListCategory", "Dailies")
    hidden = door.project("hidden", is_private=True)
    theirs = door.create("TypedContextList", name="dailies", project_id=hidden, category_id=category)["id"]
    task = door.task(door.project("open"))
    listed: list[dict[str, Any]] = [reference("TypedContextList", theirs)]
    with pytest.raises(PermissionDeniedError, match="ListObject"):
        artist.update("Task", [task], lists=listed)
    door.update("Task", [task], lists=listed)
    with pytest.raises(PermissionDeniedError, match="ListObject"):
        artist.update("Task", [task], lists=[])
