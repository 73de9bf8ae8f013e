"""encode_media with the official client: a job whose result review players can use."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import ftrack_api.exception
import ftrack_api.symbol
import pytest
import requests
from tests.media_files import image, movie
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


def new_version(session: Any) -> Any:
    name = f"p_{uuid.uuid4().hex[:8]}"
    schema = session.query("ProjectSchema").first()
    project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    asset = session.create("Asset", {"name": "plate", "parent": project, "type": session.query("AssetType").first()})
    version = session.create("AssetVersion", {"asset": asset})
    session.commit()
    return version


def ended(server: SandboxServer, job_id: str) -> Callable[[], Any]:
    session = server.session()

    def job() -> Any:
        found = session.call(
            [
                {
                    "action": "query",
                    "expression": f"select status, data, job_components.component_id from Job where id is {job_id}",
                }
            ]
        )[0]["data"][0]
        return found if found["status"] in {"done", "failed"} else None

    return job


def test_listeners_hear_that_a_version_is_encoded(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    version = new_version(session)
    heard: list[dict[str, Any]] = []
    with ftrack_sandbox_session.session() as listening:
        hub = listening.event_hub
        hub.connect()
        hub.subscribe("topic=ftrack.update", lambda event: heard.extend(event["data"]["entities"]))
        until(lambda: not hub._packet_callbacks, what="the subscription")
        version.encode_media(str(image(tmp_path / "a.png")))

        def encoded() -> list[dict[str, Any]]:
            hub.wait(duration=0.02)
            return [each for each in heard if each["action"] == "encoded"]

        [told] = until(encoded, 30, "the encode")
    assert (told["entityId"], told["entityType"]) == (version["id"], "assetversion")
    assert (told["keys"], told["changes"]) == ([], {})
    assert [each["entityType"] for each in told["parents"]] == ["assetversion", "asset", "show"]
    changed = [each["changes"] for each in heard if each["action"] == "update" and each["entityId"] == version["id"]]
    assert ["thumbid" in each for each in changed] == [True]


def test_a_version_gets_a_movie_and_a_thumbnail(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    version = new_version(session)
    job = version.encode_media(str(movie(tmp_path / "a.mov", frames=8)))
    told = json.loads(job["data"])
    assert told["keep_original"] is False
    assert [output["format"] for output in told["output"]] == ["video/mp4", "image/jpeg"]
    found = until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    assert found["status"] == "done", found["data"]
    fresh = ftrack_sandbox_session.session()
    components = {
        component["name"]: component
        for component in fresh.query(f"Component where version_id is {version['id']}").all()
    }
    assert set(components) == {"ftrackreview-mp4", "thumbnail"}
    assert {each["component_id"] for each in found["job_components"]} == {each["id"] for each in components.values()}
    meta = json.loads(components["ftrackreview-mp4"]["metadata"]["ftr_meta"])
    assert meta == {"frameIn": 0, "frameOut": 7, "frameRate": 24.0, "width": 160, "height": 90}
    location = fresh.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    content = requests.get(location.get_url(components["ftrackreview-mp4"]), timeout=10).content
    assert content[4:8] == b"ftyp"
    assert components["ftrackreview-mp4"]["size"] == len(content)
    assert fresh.get("AssetVersion", version["id"])["thumbnail_id"] == components["thumbnail"]["id"]
    assert fresh.get("FileComponent", told["source_component_id"]) is None


def test_what_the_job_names_is_there_at_once_and_lies_somewhere_when_it_is_made(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    version = new_version(session)
    job = version.encode_media(str(movie(tmp_path / "a.mov", frames=4)))
    outputs = [output["component_id"] for output in json.loads(job["data"])["output"]]
    assert [session.get("FileComponent", output)["version_id"] for output in outputs] == [version["id"]] * 2
    until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    fresh = ftrack_sandbox_session.session()
    for output in outputs:
        [place] = fresh.get("FileComponent", output)["component_locations"]
        assert place["location_id"] == ftrack_api.symbol.SERVER_LOCATION_ID


def test_an_image_is_encoded_and_its_original_kept(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    version = new_version(session)
    location = session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    component = session.create_component(str(image(tmp_path / "a.png")), location=location)
    session.commit()
    job = session.encode_media(component, version_id=version["id"])
    found = until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    assert found["status"] == "done", found["data"]
    fresh = ftrack_sandbox_session.session()
    names = {each["name"] for each in fresh.query(f"Component where version_id is {version['id']}").all()}
    assert names == {"ftrackreview-image", "thumbnail"}
    assert fresh.get("FileComponent", component["id"])


def test_without_a_version_the_job_has_the_components(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    job = session.encode_media(str(image(tmp_path / "a.png")))
    found = until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    assert len(found["job_components"]) == 2


def test_what_is_no_media_fails_the_job_with_a_reason(
    session: Any, ftrack_sandbox_session: SandboxServer, tmp_path: Path
) -> None:
    path = tmp_path / "a.mov"
    path.write_text("no movie at all\n" * 50)
    version = new_version(session)
    job = version.encode_media(str(path))
    found = until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    assert found["status"] == "failed"
    assert "neither a movie nor an image" in json.loads(found["data"])["description"]
    assert not ftrack_sandbox_session.session().query(f"Component where version_id is {version['id']}").all()


def test_a_component_without_a_file_fails_the_job(session: Any, ftrack_sandbox_session: SandboxServer) -> None:
    component = session.create("FileComponent", {"name": "nothing", "file_type": ".mov"})
    session.commit()
    job = session.encode_media(component)
    found = until(ended(ftrack_sandbox_session, job["id"]), 30, "the encode")
    assert "has no file" in json.loads(found["data"])["description"]


@pytest.mark.parametrize("names", [{"component_id": "unknown"}, {"component_id": 7}, {"component_id": None}])
def test_an_unknown_component_is_refused(session: Any, names: dict[str, Any]) -> None:
    with pytest.raises(ftrack_api.exception.ServerError):
        session.call([{"action": "encode_media", "version_id": None, "keep_original": True, **names}])


def test_open_jobs_are_done_after_a_restart(
    ftrack_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ftrack_sandbox.session()
    monkeypatch.setattr("ftrack_sandbox.media.encoder.Encoder._submit", lambda *_: None)
    job = session.encode_media(str(image(tmp_path / "a.png")))
    monkeypatch.undo()
    ftrack_sandbox.stop()
    ftrack_sandbox.start()
    found = until(ended(ftrack_sandbox, job["id"]), 30, "the encode")
    assert found["status"] == "done"


def test_a_cleared_job_leaves_nothing(
    ftrack_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ftrack_sandbox.session()
    submitted: list[Any] = []
    monkeypatch.setattr("ftrack_sandbox.media.encoder.Encoder._submit", lambda *given: submitted.append(given))
    job = session.encode_media(str(image(tmp_path / "a.png")))
    monkeypatch.undo()
    job["status"] = "failed"
    session.commit()
    [(encoder, job_id, *others)] = submitted
    encoder._run(job_id, *others)
    fresh = ftrack_sandbox.session()
    assert fresh.get("Job", job_id)["status"] == "failed"
    assert not fresh.query("Component where name like 'ftrackreview%'").all()
