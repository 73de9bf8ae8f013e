"""What a person creates: projects, what is below them, versions with media, lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.media import movie
from tests.sandbox.pages.conftest import Open, Visitor
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer

#: The picture that a player shows: how bright its right half is, which grows by 8 with each frame from 40.
SHOWN = """video => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 64, height: 48});
    const pen = canvas.getContext("2d");
    pen.drawImage(video, 0, 0, 64, 48);
    return Math.round((pen.getImageData(48, 24, 1, 1).data[1] - 40) / 8);
}"""


def test_a_project_down_to_an_assigned_task(page: Page, ftrack_sandbox: SandboxServer) -> None:
    page.goto("/")
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Full name").fill("Night Ferry")
    page.get_by_label("Code").fill("ferry")
    page.get_by_label("Schema").select_option("VFX Scheme")
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Night Ferry")
    for kind, name in (("Sequence", "DECK"), ("Shot", "DECK_0010")):
        page.get_by_role("link", name=f"New {kind}").click()
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name=f"Create {kind}").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.get_by_role("link", name="New Task").click()
    page.get_by_label("Name").fill("comp")
    page.get_by_label("Type").select_option("Compositing")
    page.get_by_label("Assigned to").select_option("Sam Dlamini")
    page.get_by_role("button", name="Create Task").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("comp")
    task = ftrack_sandbox.session().query('Task where project.name is "ferry"').one()
    assert (task["type"]["name"], task["parent"]["name"]) == ("Compositing", "DECK_0010")
    assert [each["resource"]["username"] for each in task["assignments"]] == ["sam.dlamini"]


def test_a_version_with_a_real_movie_plays_frame_by_frame(
    page: Page, ftrack_sandbox: SandboxServer, tmp_path: Path
) -> None:
    session = ftrack_sandbox.session()
    task = session.query('Task where name is "Compositing" and parent.name is "PIER_0010"').one()
    page.goto(f"/context/{task['id']}")
    page.get_by_role("link", name="New version").click()
    page.get_by_label("New asset", exact=True).fill("comp")
    page.get_by_label("Asset", exact=True).select_option("a new one, named below")
    page.get_by_label("Comment").fill("First pass")
    page.get_by_label("Movie or picture").set_input_files(movie(tmp_path / "comp_v001.mov", frames=12))
    page.get_by_role("button", name="Create version").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("comp v1")
    video = page.locator("[data-player] video")
    expect(video).to_be_visible(timeout=60_000)
    version = session.query('AssetVersion where comment is "First pass"').one()
    assert (version["task_id"], version["asset"]["parent"]["name"]) == (task["id"], "PIER_0010")
    names = {each["name"] for each in version["components"]}
    assert names == {"comp_v001", "ftrackreview-mp4", "thumbnail"}

    frame = page.locator("[data-frame]")
    expect(frame).to_have_text("0")
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    for key, number in [(".", 1), (".", 2), (".", 3), (",", 2)]:
        page.keyboard.press(key)
        expect(frame).to_have_text(str(number))
        assert until(lambda: video.evaluate(SHOWN) == number, what=f"frame {number}")  # noqa: B023 - asked right here
    page.get_by_role("button", name="Next frame").click()
    expect(frame).to_have_text("3")
    for _ in range(30):
        page.keyboard.press(".")
    expect(frame).to_have_text("11")


@pytest.mark.parametrize("first", [1001, -1])
def test_frames_are_numbered_as_ftr_meta_says(
    page: Page, ftrack_sandbox: SandboxServer, tmp_path: Path, first: int
) -> None:
    session = ftrack_sandbox.session()
    version = session.query("AssetVersion").first()
    job = version.encode_media(str(movie(tmp_path / "a.mov", frames=6)))
    until(lambda: _is_done(ftrack_sandbox, job["id"]), seconds=60, what="the encode")
    review = session.query(f'Component where version.id is "{version["id"]}" and name is "ftrackreview-mp4"').one()
    meta = json.loads(review["metadata"]["ftr_meta"])
    review["metadata"]["ftr_meta"] = json.dumps({**meta, "frameIn": first, "frameOut": first + 5})
    session.commit()
    page.goto(f"/version/{version['id']}")
    expect(page.locator("[data-frame]")).to_have_text(str(first))
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    page.keyboard.press(".")
    expect(page.locator("[data-frame]")).to_have_text(str(first + 1))
    expect(page.locator("[data-player]")).to_contain_text(f"{first} to {first + 5}")


def _is_done(server: SandboxServer, job_id: str) -> bool:
    return bool(server.session().get("Job", job_id)["status"] == "done")


def test_what_cannot_be_encoded_is_kept_as_a_component(
    visitor: Visitor, ftrack_sandbox: SandboxServer, tmp_path: Path
) -> None:
    session = ftrack_sandbox.session()
    shot = session.query("Shot").first()
    answer = visitor.post(
        f"/new/version/{shot['id']}",
        do="create",
        new_asset="setup",
        comment="Nuke",
        files={"media": ("comp <b>.nk", b"Root {}")},
    )
    assert "comp &lt;b&gt;.nk" in answer.text
    [component] = session.query('AssetVersion where comment is "Nuke"').one()["components"]
    assert (component["name"], component["file_type"], component["size"]) == ("comp <b>", ".nk", 7)
    file = visitor.get(f"/file/{component['id']}")
    assert (file.content, file.headers["Content-Type"]) == (b"Root {}", "application/octet-stream")
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_refused_version_leaves_nothing_behind(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    shot = session.query("Shot").first()
    before = {path for path in ftrack_sandbox.data.rglob("*") if path.is_file()}
    answer = visitor.post(
        f"/new/version/{shot['id']}",
        do="create",
        new_asset="setup",
        status="no-such-status",
        comment="Kept",
        files={"media": ("a.mov", b"...")},
    )
    assert (answer.status_code, "no-such-status" in answer.text, "Kept" in answer.text) == (400, True, True)
    assert session.query('Asset where name is "setup"').all() == []
    assert {path for path in ftrack_sandbox.data.rglob("*") if path.is_file()} == before


def test_an_upload_that_is_refused_is_a_sentence(visitor: Visitor, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    version = session.query("AssetVersion").first()
    ftrack_sandbox.faults.uploads(503)
    answer = visitor.post(
        f"/version/{version['id']}", do="note", content="See", files={"attachments": ("look.png", b"...")}
    )
    assert answer.status_code == 400
    assert "The upload of look.png was refused with status 503: try again." in answer.text
    assert session.query("Note").all() == []


@pytest.mark.parametrize(
    ("path", "fields", "sentence"),
    [
        ("/new/Shot/{sequence}", {"name": "PIER_0010"}, "There is already something called"),
        ("/new/Shot/{sequence}", {"name": ""}, "needs a name"),
        ("/new/version/{sequence}", {}, "A version needs an asset"),
        ("/new/project", {"name": "harbour"}, "There is already something called"),
    ],
)
def test_a_refusal_is_a_sentence(
    visitor: Visitor, ftrack_sandbox: SandboxServer, path: str, fields: dict[str, str], sentence: str
) -> None:
    session = ftrack_sandbox.session()
    path = path.format(sequence=session.query('Sequence where name is "PIER"').one()["id"])
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()["id"]
    answer = visitor.post(path, do="create", schema=schema, **fields)
    assert 400 <= answer.status_code < 500
    assert sentence in answer.text


def test_an_artist_creates_no_project(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()["id"]
    answer = Visitor(ftrack_sandbox.url, "yuki.tanaka").post("/new/project", do="create", name="mine", schema=schema)
    assert (answer.status_code, "only a project manager may" in answer.text) == (403, True)
    assert session.query('Project where name is "mine"').all() == []


def test_a_list_is_created_filled_and_closed(opened: Open, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    version = session.query("AssetVersion").first()
    with opened("nadia.okoro") as page:
        page.goto("/lists")
        page.get_by_label("Name").fill("Delivery 1")
        page.get_by_label("Category").select_option("Delivery")
        page.get_by_role("button", name="Create list").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Delivery 1")
        page.goto(f"/version/{version['id']}")
        page.get_by_label("List", exact=True).select_option("Delivery 1")
        page.get_by_role("button", name="Add to list").click()
        page.get_by_role("link", name="Delivery 1").click()
        expect(page.get_by_role("row")).to_have_count(2)
        found = session.query('AssetVersionList where name is "Delivery 1"').one()
        assert [each["id"] for each in found["items"]] == [version["id"]]
        page.get_by_role("button", name="Remove").click()
        expect(page.locator("#items")).to_contain_text("The list is empty")
        page.get_by_role("button", name="Close the list").click()
        expect(page.locator("#items")).to_contain_text("closed")
