"""The file of a component goes with the component, and only with it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def version(session: Any) -> Any:
    """A version below project, sequence, shot and asset."""
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = session.query("ProjectSchema").first()
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    sequence = session.create("Sequence", {"name": "010", "parent": project})
    shot = session.create("Shot", {"name": "010_0010", "parent": sequence})
    asset = session.create("Asset", {"name": "plate", "parent": shot, "type": session.query("AssetType").first()})
    created = session.create("AssetVersion", {"asset": asset})
    session.commit()
    return created


@pytest.fixture
def uploaded(session: Any, version: Any, tmp_path: Path) -> Any:
    source = tmp_path / "plate.txt"
    source.write_text("a plate")
    location = session.query('Location where name is "ftrack.server"').one()
    return version.create_component(str(source), location=location)


def files_of(server: SandboxServer, component_id: str) -> list[Path]:
    return [path for path in (server.data / "files").rglob(f"{component_id}*") if path.is_file()]


LEVELS: dict[str, Callable[[Any], Any]] = {
    "version": lambda version: version,
    "asset": lambda version: version["asset"],
    "shot": lambda version: version["asset"]["parent"],
    "sequence": lambda version: version["asset"]["parent"]["parent"],
    "project": lambda version: version["asset"]["parent"]["project"],
}


def test_the_file_goes_with_its_component(session: Any, uploaded: Any, ftrack_sandbox_session: SandboxServer) -> None:
    assert files_of(ftrack_sandbox_session, uploaded["id"])
    session.delete(uploaded)
    session.commit()
    assert files_of(ftrack_sandbox_session, uploaded["id"]) == []


@pytest.mark.parametrize("level", LEVELS)
def test_the_file_goes_with_what_its_component_belongs_to(
    session: Any, uploaded: Any, version: Any, ftrack_sandbox_session: SandboxServer, level: str
) -> None:
    session.delete(LEVELS[level](version))
    session.commit()
    assert files_of(ftrack_sandbox_session, uploaded["id"]) == []


def test_the_file_stays_when_the_batch_is_undone(
    session: Any, uploaded: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    gone = {"action": "delete", "entity_type": "FileComponent", "entity_key": [uploaded["id"]]}
    wrong = {"action": "delete", "entity_type": "Task", "entity_key": ["nowhere"]}
    with pytest.raises(ftrack_api.exception.ServerError):
        session.call([gone, wrong])
    assert [path.read_text() for path in files_of(ftrack_sandbox_session, uploaded["id"])] == ["a plate"]


def test_the_file_stays_with_a_component_that_is_made_anew_in_the_same_batch(
    session: Any, uploaded: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    key = uploaded["id"]
    session.call(
        [
            {"action": "delete", "entity_type": "FileComponent", "entity_key": [key]},
            {"action": "create", "entity_type": "FileComponent", "entity_data": {"id": key, "name": "again"}},
        ]
    )
    assert files_of(ftrack_sandbox_session, key)


def test_a_component_of_an_odd_id_can_be_deleted(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    key = f"../{uuid.uuid4()}"
    session.call([{"action": "create", "entity_type": "FileComponent", "entity_data": {"id": key, "name": "odd"}}])
    answer = session.call([{"action": "delete", "entity_type": "FileComponent", "entity_key": [key]}])
    assert answer == [{"action": "delete", "data": True}]


def test_removing_a_file_leaves_its_component(
    session: Any, uploaded: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    server = ftrack_sandbox_session
    query = {"id": uploaded["id"], "username": server.api_user, "apiKey": server.api_key}
    assert requests.get(f"{server.url}/component/remove", params=query, timeout=10).status_code == 204
    assert files_of(server, uploaded["id"]) == []
    assert session.query(f"FileComponent where id is {uploaded['id']}").one()
