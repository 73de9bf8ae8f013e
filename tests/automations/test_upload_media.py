"""Upload Media, on real movies and a real server."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import av
import ftrack_api.symbol
import pytest
import requests
from tests import media, stills
from tests.automations.carried import CarriedJob, at_once, entered, mistake

from callboard.automations.upload_media import upload, upload_media
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.forms import Form, Message, StartJob
from callboard.studio.media import make_reviewable
from callboard.studio.versions import publishing
from ftrack_sandbox.testing import SandboxServer

NAME = upload_media.__name__


@pytest.fixture
def sandbox(ftrack_sandbox_session: SandboxServer) -> SandboxServer:
    return ftrack_sandbox_session


@pytest.fixture
def task(compositing: Any) -> Any:
    return compositing


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def job(sandbox: SandboxServer, work: Path) -> CarriedJob:
    return CarriedJob(NAME, sandbox, media_roots=[work])


def values(path: object, **more: str) -> dict[str, str]:
    return {"file_path": str(path), "asset_name": "ReviewAsset", "add_slate": "no", "note": "", **more}


def versions(job: CarriedJob, task: Any) -> list[Any]:
    """The task's versions, oldest first, as a new session sees them."""
    found = job.sandbox.session().query(f"AssetVersion where task_id is {task['id']} order by version").all()
    return list(found)


def components(version: Any) -> dict[str, Any]:
    return {component["name"]: component for component in version["components"]}


def fetched(sandbox: SandboxServer, component: Any, folder: Path) -> Path:
    """The component's file, as a browser gets it."""
    location = sandbox.session().get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    response = requests.get(location.accessor.get_url(component["id"]), timeout=10)
    response.raise_for_status()
    file = folder / f"fetched{component['file_type']}"
    file.write_bytes(response.content)
    return file


def test_the_form_has_what_is_asked_for(job: CarriedJob, task: Any) -> None:
    form = job.launch(task)
    assert isinstance(form, Form)
    labels = {item["label"]: item for item in form.items}
    assert list(labels) == ["File path", "Asset name", "Add slate", "Note"]
    assert labels["Asset name"]["value"] == "ReviewAsset"
    assert [option["label"] for option in labels["Add slate"]["data"]] == ["Yes", "No"]


def test_a_wrong_path_is_answered_with_the_form_and_its_values(job: CarriedJob, task: Any, work: Path) -> None:
    given = values(work / "none.mov", note="Please look", asset_name="Comp", add_slate="yes")
    answer = job.launch(task, values=given)
    assert "There is no file" in mistake(answer)
    assert entered(answer) == given
    assert "Asset name is empty" in mistake(job.launch(task, values=values(media.movie(work / "a.mov"), asset_name="")))


def test_a_movie_becomes_a_version_with_all_that_belongs_to_it(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path, tmp_path: Path
) -> None:
    path = media.movie(work / "SH010_comp_v003.mov", rate=media.NTSC_FILM, sound=True)
    assert job.carry_out(task, values=values(path, note="First look.\nTell me.")).startswith("Made version 1 of")
    [version] = versions(job, task)
    assert version["asset"]["name"] == "ReviewAsset"
    assert version["asset"]["type"]["name"] == "Upload"
    assert version["asset"]["parent"]["id"] == task["parent"]["id"]
    assert version["user"]["id"] == job.user.id
    assert version["status"]["name"] == "Pending Internal Review"
    assert version["metadata"]["source_file"] == str(path)
    assert set(components(version)) == {"ftrackreview-mp4", "thumbnail", "movie"}

    [note] = version["notes"]
    assert (note["content"], note["author"]["id"]) == ("First look.\nTell me.", job.user.id)

    review = components(version)["ftrackreview-mp4"]
    meta = json.loads(review["metadata"]["ftr_meta"])
    assert meta["frameRate"] == pytest.approx(24000 / 1001)
    assert (meta["frameIn"], meta["frameOut"], meta["width"], meta["height"]) == (0, 11, 64, 48)
    file = fetched(sandbox, review, tmp_path)
    assert file.stat().st_size == review["size"]
    with av.open(str(file)) as container:
        assert container.streams.video[0].codec.name == "h264"
        assert container.streams.video[0].frames == 12

    thumbnail = components(version)["thumbnail"]
    assert version["thumbnail_id"] == thumbnail["id"]
    assert sandbox.session().get("Task", task["id"])["thumbnail_id"] == thumbnail["id"]
    assert fetched(sandbox, thumbnail, tmp_path).read_bytes().startswith(b"\xff\xd8")

    movie = components(version)["movie"]
    assert movie.entity_type == "FileComponent"
    assert (movie["file_type"], movie["size"]) == (".mov", path.stat().st_size)
    unmanaged = sandbox.session().get("Location", ftrack_api.symbol.UNMANAGED_LOCATION_ID)
    assert unmanaged.get_filesystem_path(movie) == str(path)


def test_a_sequence_is_made_as_the_official_client_makes_it(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path
) -> None:
    pattern = media.sequence(work, "shot.%04d.png", first=998, frames=4)
    job.carry_out(task, values=values(work / "shot.####.png"))
    [version] = versions(job, task)
    ours = components(version)["movie"]
    session = sandbox.session()
    unmanaged = session.get("Location", ftrack_api.symbol.UNMANAGED_LOCATION_ID)
    theirs = session.create_component(f"{pattern} [998-1001]", {"name": "other"}, location=unmanaged)
    session.commit()

    def described(component: Any) -> Any:
        members = [
            (member["name"], member["file_type"], member["size"], unmanaged.get_filesystem_path(member))
            for member in sorted(component["members"], key=lambda member: member["name"])
        ]
        own = tuple(component[name] for name in ("file_type", "padding", "size", "system_type"))
        return component.entity_type, own, unmanaged.get_filesystem_path(component), members

    assert described(ours) == described(theirs)
    assert len(ours["members"]) == 4
    meta = json.loads(components(version)["ftrackreview-mp4"]["metadata"]["ftr_meta"])
    assert (meta["frameIn"], meta["frameOut"]) == (998, 1001)
    assert version["metadata"]["source_file"] == f"{pattern} 998-1001"


def test_a_still_becomes_an_image(job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path) -> None:
    job.carry_out(task, values=values(media.still(work / "concept.png"), add_slate="yes"))
    [version] = versions(job, task)
    assert set(components(version)) == {"ftrackreview-image", "thumbnail", "movie"}
    assert json.loads(components(version)["ftrackreview-image"]["metadata"]["ftr_meta"])["format"] == "image"


def test_a_second_upload_is_the_next_version_of_the_same_asset(
    sandbox: SandboxServer, task: Any, work: Path, job: CarriedJob
) -> None:
    path = media.movie(work / "a.mov")
    job.carry_out(task, values=values(path))
    CarriedJob(NAME, sandbox, media_roots=[work]).carry_out(task, values=values(path))
    CarriedJob(NAME, sandbox, media_roots=[work]).carry_out(task, values=values(path, asset_name="Other"))
    first, second, other = sorted(
        versions(job, task), key=lambda each: (each["asset"]["name"] == "Other", each["version"])
    )
    assert first["asset"]["id"] == second["asset"]["id"] != other["asset"]["id"]
    assert (first["version"], second["version"], other["version"]) == (1, 2, 1)


def test_two_at_once_make_two_versions_of_one_asset(sandbox: SandboxServer, task: Any, work: Path) -> None:
    jobs = [CarriedJob(NAME, sandbox, media_roots=[work]) for _ in range(2)]
    answers = at_once(jobs, task, values=values(media.movie(work / "a.mov")))
    assert all(isinstance(answer, str) for answer in answers), answers
    found = versions(jobs[0], task)
    assert [version["version"] for version in found] == [1, 2]
    assert len({version["asset"]["id"] for version in found}) == 1


def test_the_slate_names_everything(job: CarriedJob, task: Any, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def spy(*arguments: Any, **more: Any) -> Any:
        made.append(more["slate"])
        return make_reviewable(*arguments, **more)

    monkeypatch.setattr("callboard.media.make_reviewable", spy)
    job.carry_out(task, values=values(media.movie(work / "SH010_v002_comp_v013.mov"), add_slate="yes"))
    [slate] = made
    assert slate.line == f"{task['project']['name']} | SH010 | Compositing | v013 | {job.user.name}"
    assert len(slate.date) == len("2026-01-01")


def test_after_a_crash_it_goes_on_without_a_second_version(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path
) -> None:
    path = media.movie(work / "a.mov")
    answer = job.launch(task, values=values(path))
    assert isinstance(answer, StartJob)
    sentence = answer.work(job, answer.arguments)
    again = CarriedJob(NAME, sandbox, media_roots=[work], checkpoints=job.checkpoints)
    assert answer.work(again, answer.arguments) == sentence
    assert len(versions(job, task)) == 1


def test_a_crash_after_sending_leaves_no_version_and_the_next_attempt_makes_it(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = job.launch(task, values=values(media.movie(work / "a.mov")))
    assert isinstance(answer, StartJob)

    def crash(*_: object) -> Any:
        raise TryAgain("The line was lost.")

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "_operations", crash)
        with pytest.raises(TryAgain):
            answer.work(job, answer.arguments)
    assert versions(job, task) == []
    answer.work(CarriedJob(NAME, sandbox, media_roots=[work], checkpoints=job.checkpoints), answer.arguments)
    [version] = versions(job, task)
    assert set(components(version)) == {"ftrackreview-mp4", "thumbnail", "movie"}


@pytest.mark.parametrize("share", [0.2, 0.9, 1])
def test_a_cleared_job_leaves_nothing(job: CarriedJob, task: Any, work: Path, temporary: Path, share: float) -> None:
    answer = job.launch(task, values=values(media.movie(work / "a.mov")))
    assert isinstance(answer, StartJob)
    whole = CarriedJob(NAME, job.sandbox, media_roots=[work])
    answer.work(whole, answer.arguments)
    for version in versions(whole, task):
        version.session.delete(version)
        version.session.commit()
    job.cancel_at = round(whole.looks * share)
    with pytest.raises(Cancelled):
        answer.work(job, answer.arguments)
    assert versions(job, task) == []
    assert list(temporary.iterdir()) == []
    ids = publishing._component_ids(job.checkpoints["version"]).values()
    assert [job.sandbox.session().get("FileComponent", each) for each in ids] == [None, None]


def test_what_cannot_be_decoded_leaves_nothing(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path, temporary: Path
) -> None:
    whole = media.movie(work / "a.mov", frames=48, options={"movflags": "+faststart"}).read_bytes()
    cut = work / "b.mov"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(Refused, match=r"b\.mov is (damaged|cut off)"):
        job.carry_out(task, values=values(cut))
    assert versions(job, task) == []
    assert list(temporary.iterdir()) == []


def test_a_refused_upload_leaves_nothing_behind(
    job: CarriedJob, task: Any, work: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise Refused("The disk is full.")

    monkeypatch.setattr(publishing, "send_file", full)
    with pytest.raises(Refused, match="The disk is full"):
        job.carry_out(task, values=values(media.movie(work / "a.mov")))
    assert versions(job, task) == []
    assert list(temporary.iterdir()) == []
    review = publishing._component_ids(job.checkpoints["version"])["review"]
    assert job.sandbox.session().get("FileComponent", review) is None


def test_a_server_that_is_away_for_a_moment_gets_one_whole_version(
    ftrack_sandbox: SandboxServer, work: Path, temporary: Path
) -> None:
    task = ftrack_sandbox.session().query('Task where type.name is "Compositing"').first()
    job = CarriedJob(NAME, ftrack_sandbox, media_roots=[work])
    answer = job.launch(task, values=values(media.movie(work / "a.mov")))
    assert isinstance(answer, StartJob)
    ftrack_sandbox.faults.uploads(503)
    with pytest.raises(TryAgain, match="answered 503"):
        answer.work(job, answer.arguments)
    ftrack_sandbox.faults.clear()
    assert versions(job, task) == []
    assert list(temporary.glob("callboard-*")) == []
    answer.work(job, answer.arguments)
    [version] = versions(job, task)
    assert set(components(version)) == {"ftrackreview-mp4", "thumbnail", "movie"}


def test_a_path_outside_is_refused_also_by_the_job(job: CarriedJob, task: Any, work: Path, tmp_path: Path) -> None:
    outside = media.movie(tmp_path / "a.mov")
    (work / "link.mov").symlink_to(outside)
    assert "lies outside" in mistake(job.launch(task, values=values(work / "link.mov")))
    arguments = {"task": task["id"], "path": str(outside), "asset": "A", "slate": False, "note": ""}
    with pytest.raises(Refused, match="lies outside"):
        upload(job, arguments)


def test_a_status_that_the_workflow_lacks_is_named(sandbox: SandboxServer, task: Any, work: Path) -> None:
    job = CarriedJob(NAME, sandbox, media_roots=[work], status="Sent to the moon")
    answer = job.launch(task, values=values(media.movie(work / "a.mov")))
    assert "no status Sent to the moon for versions" in mistake(answer)


def test_a_deleted_task_is_named(job: CarriedJob, task: Any, work: Path) -> None:
    answer = job.launch(task, values=values(media.movie(work / "a.mov")))
    assert isinstance(answer, StartJob)
    assert isinstance(answer.reply, Message)
    task.session.delete(task)
    task.session.commit()
    with pytest.raises(Refused, match="no longer exists"):
        answer.work(job, answer.arguments)


def test_it_is_progress_in_percent(job: CarriedJob, task: Any, work: Path) -> None:
    job.carry_out(task, values=values(media.movie(work / "a.mov")))
    assert "Encoding a.mov: 50 %" in job.said
    assert job.said[-1] == "Sending a.mov"
    assert len(job.pictures) == 1


def test_the_frame_rate_of_the_settings_is_exact(sandbox: SandboxServer, task: Any, work: Path) -> None:
    job = CarriedJob(NAME, sandbox, media_roots=[work], frame_rate="23.976")
    job.carry_out(task, values=values(media.sequence(work, "shot.%04d.png")))
    [version] = versions(job, task)
    meta = json.loads(components(version)["ftrackreview-mp4"]["metadata"]["ftr_meta"])
    assert meta["frameRate"] == pytest.approx(24000 / 1001, abs=1e-9)


def test_the_settings_name_the_asset_and_its_type(sandbox: SandboxServer, task: Any, work: Path) -> None:
    kind = sandbox.session().query('AssetType where name is_not "Upload"').first()["name"]
    job = CarriedJob(NAME, sandbox, media_roots=[work], asset_name="Dailies", asset_type=kind, status="Approved")
    form = job.launch(task)
    assert entered(form)["asset_name"] == "Dailies"
    job.carry_out(task, values={**entered(form), "file_path": str(media.still(work / "a.png"))})
    [version] = versions(job, task)
    assert (version["asset"]["name"], version["asset"]["type"]["name"]) == ("Dailies", kind)
    assert version["status"]["name"] == "Approved"
    wrong = CarriedJob(NAME, sandbox, media_roots=[work], asset_type="None such")
    with pytest.raises(Refused, match="There is no asset type None such"):
        wrong.carry_out(task, values=values(work / "a.png"))


@pytest.mark.parametrize("name", ["b.mkv", "b.exr", "b.jpg"])
def test_media_that_lost_its_end_leaves_nothing(
    job: CarriedJob, task: Any, work: Path, temporary: Path, name: str
) -> None:
    path = work / name
    if path.suffix == ".mkv":
        media.movie(path, frames=48, size=(320, 240), codec="libx264")
    else:
        media.still(path, size=(320, 240))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 9 // 10])
    answer = job.launch(task, values=values(path))
    if isinstance(answer, StartJob):
        with pytest.raises(Refused, match="cut off"):
            answer.work(job, answer.arguments)
    else:
        assert "cut off" in mistake(answer)
    assert versions(job, task) == []
    assert list(temporary.iterdir()) == []


def test_an_exr_sequence_is_shown_through_the_studios_transform_and_says_so(
    sandbox: SandboxServer, task: Any, work: Path, tmp_path: Path
) -> None:
    job = CarriedJob(NAME, sandbox, media_roots=[work], slate_frame=True, colour_spaces={"exr": "ACEScg"})
    pattern = stills.write_sequence(work, range(1001, 1005), part=stills.Part())
    answer = job.launch(task, values=values(pattern, add_slate="yes"))
    assert isinstance(answer, StartJob)
    assert isinstance(answer.reply, Message)
    said = "shown from ACEScg to sRGB - Display, ACES 2.0 - SDR 100 nits (Rec.709)"
    assert said in answer.reply.text
    assert answer.work(job, answer.arguments).endswith(f"1001-1004, {said}.")
    [version] = versions(job, task)
    review = components(version)["ftrackreview-mp4"]
    meta = json.loads(review["metadata"]["ftr_meta"])
    assert (meta["frameIn"], meta["frameOut"]) == (1000, 1004)
    with av.open(str(fetched(sandbox, review, tmp_path))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 5
    assert frames[1][10, 32] == pytest.approx([0.349 * 255] * 3, abs=3)


def test_the_form_asks_about_missing_frames_and_keeps_the_answer(job: CarriedJob, task: Any, work: Path) -> None:
    pattern = media.sequence(work, "shot.%04d.png", first=1, frames=3)
    (work / "shot.0002.png").unlink()
    form = job.launch(task, values=values(pattern, note="Look"))
    assert "the frames 2 are missing" in mistake(form)
    assert entered(form) == values(pattern, note="Look", missing_frames="refuse")
    assert "are missing" in mistake(job.launch(task, values=entered(form)))
    job.carry_out(task, values={**entered(form), "missing_frames": "hold"})
    [version] = versions(job, task)
    meta = json.loads(components(version)["ftrackreview-mp4"]["metadata"]["ftr_meta"])
    assert (meta["frameIn"], meta["frameOut"]) == (1, 3)
    assert [member["name"] for member in components(version)["movie"]["members"]] == ["0001", "0003"]


def test_what_the_studio_wants_for_missing_frames_is_not_asked(sandbox: SandboxServer, task: Any, work: Path) -> None:
    job = CarriedJob(NAME, sandbox, media_roots=[work], missing_frames="mark")
    pattern = media.sequence(work, "shot.%04d.png", first=1, frames=3)
    (work / "shot.0002.png").unlink()
    assert "Made version 1" in job.carry_out(task, values=values(pattern))


def test_the_form_asks_for_the_layer_only_where_there_are_several(job: CarriedJob, task: Any, work: Path) -> None:
    channels = [f"{layer}.{colour}" for layer in ("diffuse", "beauty") for colour in "RGB"]
    path = stills.write(work / "a.exr", stills.Part([*channels, "Z"], (0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 1)))
    form = job.launch(task, values=values(path))
    assert isinstance(form, Form)
    [layer] = [item for item in form.items if item.get("label") == "Layer"]
    assert layer["value"] == "beauty"
    assert {option["value"] for option in layer["data"]} == {"beauty", "diffuse", "Z"}
    wrong = job.launch(task, values={**entered(form), "layer": "diffuse", "asset_name": ""})
    assert "Asset name is empty" in mistake(wrong)
    assert entered(wrong)["layer"] == "diffuse"
    assert "layer diffuse, " in job.carry_out(task, values={**entered(wrong), "asset_name": "A"})
    assert isinstance(job.launch(task, values=values(stills.write(work / "b.exr"))), StartJob)


def test_a_wrong_colour_space_is_named_in_the_form(sandbox: SandboxServer, task: Any, work: Path) -> None:
    job = CarriedJob(NAME, sandbox, media_roots=[work], colour_spaces={".exr": "ACECg"})
    answer = job.launch(task, values=values(stills.write(work / "a.exr")))
    assert "no colour space 'ACECg'; the nearest are ACEScg" in mistake(answer)


def test_a_name_with_a_line_break_is_published_and_shown_on_one_line(
    job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path
) -> None:
    path = media.movie(work / "take\none.mov")
    answer = job.launch(task, values=values(path))
    assert isinstance(answer, StartJob)
    assert isinstance(answer.reply, Message)
    assert "take␊one.mov is being uploaded" in answer.reply.text
    assert "take␊one.mov" in job.carry_out(task, values=values(path))
    [version] = versions(job, task)
    assert version["metadata"]["source_file"] == str(path)
    path.write_text("something else")
    assert "take␊one.mov is not a movie" in mistake(job.launch(task, values=values(path)))


def test_interlaced_frames_are_deinterlaced_and_it_says_so(job: CarriedJob, task: Any, work: Path) -> None:
    path = media.interlaced(work / "a.mpg", "mpeg2video", "yuv420p", top=True)
    answer = job.launch(task, values=values(path))
    assert isinstance(answer, StartJob)
    assert isinstance(answer.reply, Message)
    assert "its interlaced frames are deinterlaced" in answer.reply.text
    assert job.carry_out(task, values=values(path)).endswith("8 interlaced frames were deinterlaced.")


def test_names_of_every_script_are_published(job: CarriedJob, sandbox: SandboxServer, task: Any, work: Path) -> None:
    path = media.movie(work / "Straße\u3000山田_v002.mov")
    job.carry_out(task, values=values(path, asset_name="確認\u3000用", add_slate="yes"))
    [version] = versions(job, task)
    assert version["asset"]["name"] == "確認\u3000用"
    assert version["metadata"]["source_file"] == str(path)
