"""Client Review Sync, between two servers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
from tests import media
from tests.automations.carried import at_once, ftrack_of
from tests.automations.reviews import Client, Review

from callboard.automations.client_review_sync import client_review_sync, sync_review
from callboard.changes import Entity
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.forms import StartJob
from callboard.ftrack import Ftrack, Operation
from callboard.studio.review.encodes import wait_for_jobs
from callboard.studio.review.media import Mirror
from callboard.studio.review.source import ReviewObject, read_session
from callboard.studio.review.target import remote_version_id, set_stage
from callboard.studio.review.transfer import Transfer
from callboard.studio.versions import transport
from ftrack_sandbox.testing import SandboxServer

NAME = client_review_sync.__name__


@pytest.fixture
def review(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Review:
    """A review of two shots, not yet with the clients."""
    return Review(ftrack_sandbox_session, ftrack_sandbox, work, ["SH010", "SH020"])


def failure(review: Review) -> str:
    with pytest.raises(Refused) as refused:
        review.carry_out(NAME)
    return str(refused.value)


def uploads(review: Review) -> int:
    return int(review.clients.statistics.now()["uploads"])


def test_a_session_is_mirrored_with_its_media(review: Review) -> None:
    assert "2 sent, 2 added" in review.carry_out(NAME)
    remote = review.remote()
    assert (remote["name"], remote["description"]) == (review.review["name"], "A first look.")
    assert remote["project"]["name"] == review.project["name"]
    assert remote["project"]["full_name"] == review.project["full_name"]
    assert review.names() == ["SH010", "SH020"]
    for local, each in zip(review.objects(), review.shown(), strict=True):
        version = each["asset_version"]
        assert (each["description"], each["version"]) == (local["description"], "Version 1")
        assert version["asset"]["name"] == "Client Review"
        assert version["asset"]["parent"]["name"] == local["name"]
        assert version["asset"]["parent"]["parent"]["name"] == review.review["name"]
        assert version["metadata"]["source_version_id"] == local["version_id"]
        [component] = review.media(each)
        assert component["name"].startswith("ftrackreview-mp4")
        assert json.loads(component["metadata"]["ftr_meta"])["frameOut"] == 5
        assert version["thumbnail_id"] is not None


def test_a_repeat_sends_and_changes_nothing(review: Review) -> None:
    review.carry_out(NAME)
    sent, before = uploads(review), [component["id"] for each in review.shown() for component in review.media(each)]
    review.clients.statistics.reset()
    assert review.carry_out(NAME) == f"{review.review['name']} is up to date, all 2 objects."
    counted = review.clients.statistics.now()
    assert (sent, counted["uploads"]) == (2, 0)
    assert not {"create", "update", "delete"} & set(counted["operations"])
    assert [component["id"] for each in review.shown() for component in review.media(each)] == before


def test_a_file_with_the_same_content_elsewhere_is_not_sent_again(review: Review, work: Path) -> None:
    review.carry_out(NAME)
    version = review.objects()[0]["asset_version"]
    moved = shutil.move(work / "SH010.mov", work / "SH010_moved.mov")
    version["metadata"]["source_file"] = str(moved)
    review.session.commit()
    assert "is up to date" in review.carry_out(NAME)
    assert uploads(review) == 2


def test_what_is_new_joins_in_its_place(review: Review) -> None:
    review.carry_out(NAME)
    review.add("SH015")
    review.reorder("SH010", "SH015", "SH020")
    assert "1 sent, 1 added" in review.carry_out(NAME)
    assert review.names() == ["SH010", "SH015", "SH020"]
    assert uploads(review) == 3


def test_another_order_is_brought_over_without_sending(review: Review) -> None:
    review.carry_out(NAME)
    review.reorder("SH020", "SH010")
    review.carry_out(NAME)
    assert review.names() == ["SH020", "SH010"]
    assert uploads(review) == 2


def test_texts_are_brought_over(review: Review) -> None:
    review.carry_out(NAME)
    review.objects()[0]["description"] = "Look again."
    review.review["name"] = "Second look"
    review.session.commit()
    review.carry_out(NAME)
    assert review.shown()[0]["description"] == "Look again."
    assert review.remote()["name"] == "Second look"
    assert review.shown()[0]["asset_version"]["asset"]["parent"]["parent"]["name"] == "Second look"


def test_a_replaced_file_is_sent_and_encoded_anew(review: Review, work: Path) -> None:
    review.carry_out(NAME)
    before = [component["id"] for component in review.media(review.shown()[0])]
    media.movie(work / "SH010.mov", frames=9)
    assert "1 sent, 0 added" in review.carry_out(NAME)
    [component] = review.media(review.shown()[0])
    assert component["id"] not in before
    assert json.loads(component["metadata"]["ftr_meta"])["frameOut"] == 8
    assert review.names() == ["SH010", "SH020"]


def test_another_version_replaces_the_object_and_keeps_what_clients_said(review: Review, work: Path) -> None:
    review.carry_out(NAME)
    client = Client(review, "Marta Ruiz")
    note, decision = client.write(review.shown()[0], "Too dark."), client.decide(review.shown()[0], "require_changes")
    local = review.objects()[0]
    version = local["asset_version"]
    local["asset_version"] = review.version(version["asset"], version["task"], media.movie(work / "SH010_v2.mov"))
    local["version"] = "Version 2"
    review.session.commit()
    review.carry_out(NAME)
    shown = review.shown()[0]
    assert (shown["name"], shown["version"], shown["statuses"][:]) == ("SH010", "Version 2", [])
    assert shown["asset_version"]["metadata"]["source_version_id"] == local["version_id"]
    assert review.names() == ["SH010", "SH020"]
    session = review.clients_session
    assert session.get("Note", note["id"])["content"] == "Too dark."
    assert session.get("ReviewSessionObjectStatus", decision["id"])["status"] == "require_changes"
    assert session.get("ReviewSessionInvitee", client.invitee["id"]) is not None


def test_a_version_that_returns_brings_its_object_back_with_what_clients_said(review: Review, work: Path) -> None:
    review.carry_out(NAME)
    client = Client(review, "Marta Ruiz")
    first = review.shown()[0]
    client.decide(first, "require_changes")
    for path in (media.movie(work / "SH010_v2.mov"), None):
        local = review.objects()[0]
        version = local["asset_version"]
        if path is not None:
            former = version
            local["asset_version"] = review.version(version["asset"], version["task"], path)
        else:
            local["asset_version"] = former
        review.session.commit()
        assert "1 added, 1 removed" in review.carry_out(NAME)
    shown = review.shown()[0]
    assert shown["id"] == first["id"]
    assert [each["status"] for each in shown["statuses"]] == ["require_changes"]
    assert review.taken_off() == []


def test_an_object_that_somebody_moved_there_comes_back(review: Review) -> None:
    review.carry_out(NAME)
    session = review.clients_session
    other = session.create("ReviewSession", {"name": "Later", "project_id": review.remote()["project_id"]})
    session.get("ReviewSessionObject", review.shown()[0]["id"])["review_session_id"] = other["id"]
    session.commit()
    assert "0 sent, 1 added, 0 removed" in review.carry_out(NAME)
    assert review.names() == ["SH010", "SH020"]


def test_what_was_taken_off_leaves_and_no_word_of_a_client_is_lost(review: Review) -> None:
    review.carry_out(NAME)
    client = Client(review, "Marta Ruiz")
    quiet, spoken = review.shown()
    note, decision = client.write(spoken, "Lovely."), client.decide(spoken, "approved")
    for each in review.objects():
        review.session.delete(each)
    review.session.commit()
    assert "2 removed" in review.carry_out(NAME)
    assert review.names() == []
    [kept] = review.taken_off()
    assert kept["id"] == spoken["id"]
    session = review.clients_session
    assert session.get("ReviewSessionObject", quiet["id"]) is None
    assert session.get("Note", note["id"]) is not None
    assert session.get("ReviewSessionObjectStatus", decision["id"]) is not None
    assert [invitee["name"] for invitee in review.remote()["review_session_invitees"]] == ["Marta Ruiz"]
    assert "is up to date" in review.carry_out(NAME)


def test_what_others_put_into_the_mirror_stays(review: Review) -> None:
    review.carry_out(NAME)
    session = review.clients_session
    version = session.query('AssetVersion where asset.name is "Animation"').first()
    session.create(
        "ReviewSessionObject",
        {
            "review_session": session.get("ReviewSession", review.remote()["id"]),
            "asset_version": version,
            "name": "Theirs",
        },
    )
    session.commit()
    review.carry_out(NAME)
    assert "Theirs" in review.names()


def test_without_a_file_the_review_component_is_sent(review: Review, work: Path, tmp_path: Path) -> None:
    each = review.objects()[1]
    encoded = media.movie(tmp_path / "encoded.mp4", frames=4, codec="libx264")
    location = review.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    component = each["asset_version"].create_component(str(encoded), {"name": "ftrackreview-mp4"}, location=location)
    component["metadata"]["ftr_meta"] = json.dumps({"frameIn": 1001, "frameOut": 1004, "frameRate": 24})
    review.session.commit()
    (work / "SH020.mov").unlink()
    review.carry_out(NAME)
    [shown] = review.media(review.shown()[1])
    meta = json.loads(shown["metadata"]["ftr_meta"])
    assert (meta["frameIn"], meta["frameOut"]) == (1001, 1004), "clients count frames as the studio does"
    assert "is up to date" in review.carry_out(NAME)


def test_a_sequence_that_ftrack_does_not_encode_is_sent_as_a_reviewable_once(review: Review, work: Path) -> None:
    review.add("SH030", path=media.sequence(work / "plates"))
    review.carry_out(NAME)
    [shown] = review.media(review.shown()[2])
    assert shown["name"].startswith("ftrackreview-mp4")
    meta = json.loads(shown["metadata"]["ftr_meta"])
    assert (meta["frameIn"], meta["frameOut"]) == (1001, 1004), "clients count frames as the studio does"
    sent = uploads(review)
    assert "is up to date" in review.carry_out(NAME)
    assert uploads(review) == sent


def test_a_still_that_ftrack_does_not_encode_is_sent_as_an_image(review: Review, work: Path) -> None:
    review.add("SH030", path=media.still(work / "grade.dpx"))
    review.carry_out(NAME)
    [shown] = review.media(review.shown()[2])
    assert shown["name"].startswith("ftrackreview-image")


def test_what_ftrack_still_encodes_is_not_sent(review: Review, work: Path, tmp_path: Path) -> None:
    version = review.objects()[1]["asset_version"]
    location = review.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    still = media.still(tmp_path / "still.png")
    version.create_component(str(still), {"name": "ftrackreview-image"}, location=location)
    review.session.create("FileComponent", {"name": "ftrackreview-mp4", "file_type": ".mp4", "version": version})
    review.session.commit()
    (work / "SH020.mov").unlink()
    assert "2 sent, 2 added" in review.carry_out(NAME)


def test_what_another_encode_is_making_stays(review: Review, work: Path) -> None:
    review.carry_out(NAME)
    shown = review.shown()[0]
    session = review.clients.session()
    making = session.create("FileComponent", {"name": "ftrackreview-mp4", "version_id": shown["version_id"]})
    session.commit()
    media.movie(work / "SH010.mov", frames=9)
    review.carry_out(NAME)
    there = {each["id"]: bool(each["component_locations"]) for each in review.media(shown)}
    assert there.pop(making["id"]) is False
    assert list(there.values()) == [True]


def test_a_file_outside_of_the_media_roots_never_leaves_the_house(review: Review, tmp_path: Path) -> None:
    secret = media.movie(tmp_path / "secret.mov")
    review.add("SH030", path=secret)
    assert "SH030: " in (said := failure(review))
    assert "lies outside" in said
    assert review.names() == ["SH010", "SH020"]


def test_one_that_cannot_be_brought_over_does_not_stop_the_rest(review: Review, work: Path) -> None:
    (work / "broken.mov").write_text("This is a letter, not a movie.\n" * 100)
    review.add("SH030", path=work / "broken.mov")
    review.add("SH040", path=work / "missing.mov")
    review.add("SH050")
    said = failure(review)
    assert said.startswith("2 of 5 could not be sent: ")
    assert "SH030: " in said
    assert "SH040: There is no file" in said
    assert review.names() == ["SH010", "SH020", "SH050"]
    media.movie(work / "broken.mov")
    media.movie(work / "missing.mov")
    review.carry_out(NAME)
    assert review.names() == ["SH010", "SH020", "SH030", "SH040", "SH050"]


def test_a_lost_line_is_taken_up_where_it_was_lost(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    job = review.job(NAME)
    send = transport.send_file
    calls = []

    def lose_the_second(*arguments: Any, **more: Any) -> bool:
        calls.append(arguments)
        if len(calls) == 2:
            raise TryAgain("The line was lost.")
        return send(*arguments, **more)

    monkeypatch.setattr("callboard.studio.review.media.send_file", lose_the_second)
    with pytest.raises(TryAgain):
        job.carry_out(review.review)
    assert review.names() == []
    job.carry_out(review.review)
    assert uploads(review) == 2, "the first file is not sent again"
    assert review.names() == ["SH010", "SH020"]


def test_a_crash_while_encoding_is_taken_up_with_the_same_encodes(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = review.job(NAME)
    answer = job.launch(review.review)
    assert isinstance(answer, StartJob)

    def crash(*_: object, **__: object) -> Any:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr("callboard.studio.review.transfer.wait_for_jobs", crash)
        with pytest.raises(RuntimeError):
            answer.work(job, answer.arguments)
    answer.work(review.job(NAME, checkpoints=job.checkpoints), answer.arguments)
    assert review.names() == ["SH010", "SH020"]
    assert [len(review.media(each)) for each in review.shown()] == [1, 1]
    assert uploads(review) == 2
    encodes = review.read(review.clients).query('Job where data like "%encode%"').all()
    assert len(encodes) == 2


def test_a_server_that_is_away_for_a_moment_is_waited_for(review: Review) -> None:
    job = review.job(NAME)
    review.clients.faults.uploads(503)
    with pytest.raises(TryAgain, match="answered 503"):
        job.carry_out(review.review)
    review.clients.faults.clear()
    review.clients.stop()
    with pytest.raises(TryAgain, match="cannot be reached"):
        job.carry_out(review.review)
    review.clients.start()
    job.carry_out(review.review)
    assert review.names() == ["SH010", "SH020"]


def test_a_file_that_the_server_does_not_take_is_a_problem_of_its_own(review: Review) -> None:
    review.clients.faults.uploads(413, calls=1)
    assert "1 of 2 could not be sent: SH010: " in (said := failure(review))
    assert "does not accept the file SH010.mov (answer 413)" in said
    assert review.names() == ["SH020"]


def test_an_encode_that_never_ends_is_given_up_and_a_deleted_one_is_over(review: Review) -> None:
    session = review.clients_session
    waiting = session.create("Job", {"type": "api_job", "status": "running", "data": "{}"})
    session.commit()
    jobs = {"the one": waiting["id"], "the other": "0f0f0f0f-0000-4000-8000-000000000000"}
    results = {
        name: (made, reason)
        for name, made, reason in wait_for_jobs(ftrack_of(review.clients), jobs, seconds=0.01, check=lambda: None)
    }
    assert results == {
        "the one": ([], "it was not encoded within 0.000166667 minutes"),
        "the other": ([], "its encode Job was deleted there"),
    }


def test_two_at_once_bring_it_over_once(review: Review) -> None:
    answers = at_once([review.job(NAME), review.job(NAME)], review.review)
    assert all(isinstance(answer, str) for answer in answers), answers
    assert review.names() == ["SH010", "SH020"]
    assert [len(review.media(each)) for each in review.shown()] == [1, 1]
    assert "is up to date" in review.carry_out(NAME)


def test_somebody_who_is_faster_by_a_moment_shows_the_objects(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, other = Ftrack.commit, review.job(NAME)

    def late(ftrack: Ftrack, operations: Sequence[Operation]) -> list[Entity | None]:
        if any(each["entity_type"] == "ReviewSessionObject" for each in operations):
            monkeypatch.undo()
            other.carry_out(review.review)
        return commit(ftrack, operations)

    monkeypatch.setattr(Ftrack, "commit", late)
    assert "0 added" in review.carry_out(NAME)
    assert review.names() == ["SH010", "SH020"]


def test_a_version_that_is_deleted_there_meanwhile_is_a_problem_of_its_own(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = review.job(NAME)
    begin = Mirror.begin_encode

    def delete_the_first(mirror: Mirror, each: ReviewObject, component_id: str) -> str:
        encode = begin(mirror, each, component_id)
        if each.name == "SH010":
            session = review.clients_session
            session.delete(session.get("AssetVersion", remote_version_id(each)))
            session.commit()
        return encode

    monkeypatch.setattr(Mirror, "begin_encode", delete_the_first)
    with pytest.raises(Refused, match="1 of 2 could not be sent: SH010: "):
        job.carry_out(review.review)
    assert review.names() == ["SH020"]
    monkeypatch.undo()
    review.carry_out(NAME)
    assert review.names() == ["SH010", "SH020"]


def test_a_file_more_takes_two_requests_more_until_it_is_sent(review: Review, work: Path) -> None:
    def requests() -> int:
        review.clients.statistics.reset()
        job = review.job(NAME)
        transfer = Transfer(job, read_session(job.ftrack, review.review["id"]), job.review_ftrack)
        transfer.send_all(set_stage(job.review_ftrack, read_session(job.ftrack, review.review["id"])))
        return int(review.clients.statistics.now()["requests"])

    requests()
    few = requests()
    picture = media.still(work / "a.png", size=(16, 16))
    for number in range(10):
        review.add(f"SH1{number}0", path=picture)
    assert requests() <= few + 10 * 2 + 1


def test_a_deleted_session_is_named(review: Review) -> None:
    review.session.delete(review.review)
    review.session.commit()
    with pytest.raises(Refused, match="no longer exists"):
        sync_review(review.job(NAME), {"session": review.review["id"]})


def test_awkward_and_equal_names_get_shots_of_their_own(review: Review, work: Path) -> None:
    for number, each in enumerate(review.objects()):
        each["name"] = "plate/\nA"
        each["sort_order"] = number
    review.session.commit()
    review.carry_out(NAME)
    shots = {each["asset_version"]["asset"]["parent"]["name"] for each in review.shown()}
    assert shots == {"plate_A", "plate_A (2)"}


def test_a_project_that_clients_have_already_is_used(review: Review) -> None:
    session = review.clients_session
    schema = session.query("ProjectSchema").first()
    theirs = session.create(
        "Project", {"name": review.project["name"], "full_name": "Theirs", "project_schema": schema}
    )
    session.commit()
    review.carry_out(NAME)
    assert review.remote()["project"]["id"] == theirs["id"]


def test_an_empty_session_is_mirrored_too(
    ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path
) -> None:
    review = Review(ftrack_sandbox_session, ftrack_sandbox, work)
    review.carry_out(NAME)
    assert review.remote() is not None
    assert review.names() == []


def test_a_cleared_job_stops_within_a_file_and_the_next_launch_goes_on(review: Review) -> None:
    job = review.job(NAME)
    job.cancel_at = 4
    with pytest.raises(Cancelled):
        job.carry_out(review.review)
    assert review.names() == []
    assert "2 added" in review.carry_out(NAME)
    assert uploads(review) == 2


def test_the_setting_says_how_long_encodes_are_waited_for(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    def spy(*arguments: Any, seconds: float, check: Any) -> Any:
        waited.append(seconds)
        return wait_for_jobs(*arguments, seconds=seconds, check=check)

    monkeypatch.setattr("callboard.studio.review.transfer.wait_for_jobs", spy)
    review.carry_out(NAME, encode_minutes=7)
    assert waited == [420]
