"""Client Feedback Sync, between two servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
import requests
from tests import media
from tests.automations.carried import at_once
from tests.automations.reviews import MORNING, Client, Review

from callboard.automations.client_feedback_sync import client_feedback_sync
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.forms import StartJob
from callboard.ftrack import Ftrack
from callboard.studio.review.deciding import read_versions
from callboard.studio.versions import transport
from ftrack_sandbox.testing import SandboxServer

NAME = client_feedback_sync.__name__
SYNC = "client_review_sync"


@pytest.fixture
def review(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Review:
    """A review of two shots that is with the clients."""
    review = Review(ftrack_sandbox_session, ftrack_sandbox, work)
    picture = media.still(work / "a.png", size=(16, 16))
    for shot in ("SH010", "SH020"):
        review.add(shot, path=picture)
    review.carry_out(SYNC)
    return review


def local(review: Review, place: int = 0) -> Any:
    """The version in the studio of an object, read afresh."""
    return review.read(review.sandbox).get("AssetVersion", review.objects()[place]["version_id"])


def notes(version: Any) -> list[Any]:
    return sorted(version["notes"], key=lambda note: note["date"])


def contents(review: Review, place: int = 0) -> list[str]:
    return [note["content"] for note in notes(local(review, place))]


def statuses(review: Review, place: int = 0) -> tuple[str, str]:
    version = local(review, place)
    return version["status"]["name"], version["task"]["status"]["name"]


def test_notes_come_back_in_order_with_the_clients_names(review: Review) -> None:
    marta, jon = Client(review, "Marta Ruiz"), Client(review, "Jon Abel")
    first, second = review.shown()
    jon.write(first, "I agree.", minutes=7)
    marta.write(first, "Too dark.", minutes=3, frame=1012)
    marta.write(second, "Lovely.", minutes=5)
    job = review.job(NAME)
    assert job.carry_out(review.review).startswith("Imported 3 notes and 0 decisions.")
    assert contents(review) == ["Marta Ruiz, frame 1012: Too dark.", "Jon Abel: I agree."]
    assert contents(review, 1) == ["Marta Ruiz: Lovely."]
    [note, _] = notes(local(review))
    assert note["category"]["name"] == "Client"
    assert note["author"]["id"] == job.user.id
    assert json.loads(note["metadata"]["reviewFrame"]) == {"number": 1012}
    assert (note["date"].datetime - MORNING).total_seconds() == 180
    assert "inviteeId" not in note["metadata"]


def test_replies_stay_replies(review: Review) -> None:
    marta, jon = Client(review, "Marta Ruiz"), Client(review, "Jon Abel")
    shown = review.shown()[0]
    note = marta.write(shown, "Too dark.")
    answer = jon.write(shown, "Is it?", reply_to=note, minutes=2)
    marta.write(shown, "It is.", reply_to=answer, minutes=2)
    review.carry_out(NAME)
    [top] = notes(local(review))
    [reply] = top["replies"]
    assert (top["content"], reply["content"]) == ("Marta Ruiz: Too dark.", "Jon Abel: Is it?")
    assert [each["content"] for each in reply["replies"]] == ["Marta Ruiz: It is."]


def test_repeats_bring_only_what_is_new(review: Review) -> None:
    marta = Client(review, "Marta Ruiz")
    shown = review.shown()[0]
    note = marta.write(shown, "Too dark.")
    marta.decide(shown, "approved")
    assert review.carry_out(NAME).startswith("Imported 1 note and 1 decision.")
    review.sandbox.statistics.reset()
    assert review.carry_out(NAME) == "There is nothing new from the clients."
    assert not {"create", "update", "delete"} & set(review.sandbox.statistics.now()["operations"])
    marta.write(shown, "And too loud.")
    Client(review, "Jon Abel").write(shown, "No.", reply_to=note)
    assert review.carry_out(NAME).startswith("Imported 2 notes and 0 decisions.")
    assert contents(review) == ["Marta Ruiz: Too dark.", "Marta Ruiz: And too loud."]
    assert [reply["content"] for reply in notes(local(review))[0]["replies"]] == ["Jon Abel: No."]


def test_notes_of_the_studio_stay_where_they_are(review: Review) -> None:
    version = review.objects()[0]["asset_version"]
    version.create_note("Ours.", review.session.query("User").first())
    review.session.commit()
    Client(review, "Marta Ruiz").write(review.shown()[0], "Theirs.")
    review.carry_out(NAME)
    assert sorted(contents(review)) == ["Marta Ruiz: Theirs.", "Ours."]


def test_what_somebody_deleted_in_the_studio_stays_deleted(review: Review, work: Path) -> None:
    marta = Client(review, "Marta Ruiz")
    shown = review.shown()[0]
    note = marta.write(shown, "Too dark.", files=[media.still(work / "drawing.png")])
    marta.write(shown, "Lovely.")
    review.carry_out(NAME)
    session = review.session
    session.delete(
        session.query(f'Note where metadata any (key is "source_note_id" and value is "{note["id"]}")').one()
    )
    session.commit()
    assert review.carry_out(NAME) == "There is nothing new from the clients."
    assert contents(review) == ["Marta Ruiz: Lovely."]
    marta.write(shown, "Still too dark.", reply_to=note)
    assert review.carry_out(NAME).startswith("Imported 1 note and 0 decisions.")
    assert contents(review) == ["Marta Ruiz: Lovely.", "Marta Ruiz: Still too dark."]
    assert all("studio_note_id" not in each["metadata"] for each in notes(local(review)))


def test_a_note_that_is_written_meanwhile_stays(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    Client(review, "Marta Ruiz").write(review.shown()[0], "Theirs.")
    session, version_id = review.session, review.objects()[0]["version_id"]

    def write_in_between(*arguments: Any) -> Any:
        found = read_versions(*arguments)
        author = session.query("User").first()
        session.get("AssetVersion", version_id).create_note("Ours, a moment later.", author)
        session.commit()
        return found

    monkeypatch.setattr("callboard.reviews.read_versions", write_in_between)
    review.carry_out(NAME)
    assert sorted(contents(review)) == ["Marta Ruiz: Theirs.", "Ours, a moment later."]


def test_two_at_once_bring_everything_once(review: Review, work: Path) -> None:
    marta = Client(review, "Marta Ruiz")
    shown = review.shown()[0]
    for number in range(5):
        marta.write(shown, f"Number {number}.", files=[media.still(work / f"{number}.png")])
    marta.decide(shown, "approved")
    answers = at_once([review.job(NAME), review.job(NAME)], review.review)
    assert all(isinstance(answer, str) and "Not brought" not in answer for answer in answers), answers
    assert contents(review) == [f"Marta Ruiz: Number {number}." for number in range(5)]
    assert [len(note["note_components"]) for note in notes(local(review))] == [1] * 5
    assert statuses(review) == ("Approved", "Approved")


def test_a_version_that_takes_no_notes_does_not_stop_the_rest(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    marta = Client(review, "Marta Ruiz")
    for each in review.shown():
        marta.write(each, "Yes.")
    locked, commit = review.objects()[0]["version_id"], Ftrack.commit

    def refuse_the_first(ftrack: Ftrack, operations: Any) -> Any:
        if any(each.get("entity_data", {}).get("parent_id") == locked for each in operations):
            raise Refused("ftrack refused it: the version is locked.")
        return commit(ftrack, operations)

    monkeypatch.setattr(Ftrack, "commit", refuse_the_first)
    said = review.carry_out(NAME)
    assert said.startswith("Imported 1 note and 0 decisions. SH020: Marta Ruiz wrote a note. Not imported: ")
    assert "SH010: ftrack refused it: the version is locked." in said
    assert contents(review, 1) == ["Marta Ruiz: Yes."]


def test_files_and_annotations_are_copied(review: Review, work: Path) -> None:
    marta = Client(review, "Marta Ruiz")
    shown = review.shown()[0]
    drawing = media.still(work / "drawing.png")
    note = marta.write(shown, "Here.", frame=3, files=[drawing])
    session = review.clients_session
    remote = session.get("Note", note["id"])
    remote_id = remote["note_components"][0]["component_id"]
    remote["metadata"]["annotation"] = json.dumps({"component": remote_id})
    session.commit()
    review.carry_out(NAME)
    [copy] = notes(local(review))
    [attached] = copy["note_components"]
    component = attached["component"]
    assert (component["name"], component["file_type"]) == ("drawing", ".png")
    assert json.loads(copy["metadata"]["annotation"]) == {"component": component["id"]}
    location = component.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    response = requests.get(location.accessor.get_url(component["id"]), timeout=10)
    assert response.content == drawing.read_bytes()
    assert review.carry_out(NAME) == "There is nothing new from the clients."
    assert len(notes(local(review))[0]["note_components"]) == 1


@pytest.mark.parametrize(
    ("decisions", "wanted"),
    [
        ([("Marta", "approved", 1)], "Approved"),
        ([("Marta", "approved", 1), ("Jon", "require_changes", 0)], "Review Changes"),
        ([("Marta", "require_changes", 0), ("Marta", "approved", 1)], "Approved"),
        ([("Marta", "approved", 0), ("Marta", "require_changes", 1), ("Marta", "seen", 2)], "Review Changes"),
    ],
)
def test_the_newest_decision_of_each_client_counts(
    review: Review, decisions: list[tuple[str, str, int]], wanted: str
) -> None:
    people = {name: Client(review, name) for name in ("Marta", "Jon")}
    for name, status, minutes in decisions:
        people[name].decide(review.shown()[0], status, minutes)
    review.carry_out(NAME)
    assert statuses(review) == (wanted, wanted)


def test_what_is_no_decision_changes_no_status(review: Review) -> None:
    before = statuses(review)
    Client(review, "Marta").decide(review.shown()[0], "seen")
    assert review.carry_out(NAME) == "There is nothing new from the clients."
    assert statuses(review) == before


def test_a_decision_is_brought_once_and_a_newer_one_again(review: Review) -> None:
    marta = Client(review, "Marta")
    shown = review.shown()[0]
    marta.decide(shown, "require_changes", 1)
    review.carry_out(NAME)
    version = review.session.get("AssetVersion", review.objects()[0]["version_id"])
    version["status"] = review.session.query('Status where name is "In Progress"').first()
    review.session.commit()
    review.carry_out(NAME)
    assert statuses(review)[0] == "In Progress", "the studio has moved on since"
    marta.decide(shown, "approved", 2)
    review.carry_out(NAME)
    assert statuses(review) == ("Approved", "Approved")


def test_the_settings_name_statuses_category_and_author(review: Review) -> None:
    shown = review.shown()[0]
    marta = Client(review, "Marta")
    marta.write(shown, "Yes.")
    marta.decide(shown, "approved")
    settings = {"approved_status": "Final", "note_category": "Internal", "note_author": "sam.dlamini"}
    review.carry_out(NAME, **settings)
    [note] = notes(local(review))
    assert (note["category"]["name"], note["author"]["username"]) == ("Internal", "sam.dlamini")
    assert statuses(review) == ("Final", "Final")
    for wrong, said in (({"note_category": "None such"}, "no note category"), ({"note_author": "nobody"}, "no user")):
        with pytest.raises(Refused, match=said):
            review.carry_out(NAME, **wrong)


def test_a_status_that_is_not_allowed_is_reported(review: Review) -> None:
    marta = Client(review, "Marta")
    marta.decide(review.shown()[0], "approved")
    marta.write(review.shown()[0], "Yes.")
    said = review.carry_out(NAME, approved_status="Over the moon")
    assert "SH010: the workflow has no status Over the moon for versions" in said
    assert contents(review) == ["Marta: Yes."]


def test_what_cannot_be_attributed_is_reported_and_the_rest_goes_on(review: Review) -> None:
    marta = Client(review, "Marta")
    session = review.clients_session
    first, second = review.shown()
    marta.write(first, "Whose is this?", inviteeId="")
    marta.write(first, "And this?", inviteeId="0f0f0f0f-0000-4000-8000-000000000000")
    marta.write(first, "Mine.")
    del session.get("AssetVersion", second["version_id"])["metadata"]["source_version_id"]
    session.commit()
    marta.write(second, "Where does this belong?")
    said = review.carry_out(NAME)
    assert said.startswith("Imported 1 note and 0 decisions. SH010: Marta wrote a note. Not imported: ")
    assert said.count("on SH010 names no invitee") == 2
    assert "SH020 has no id of a version in the studio" in said
    assert contents(review) == ["Marta: Mine."]


def test_a_version_deleted_in_the_studio_is_reported_and_the_rest_goes_on(review: Review) -> None:
    marta = Client(review, "Marta")
    first, second = review.shown()
    marta.write(first, "Too late.")
    marta.write(second, "In time.")
    version = review.objects()[0]["asset_version"]
    review.session.delete(version)
    review.session.commit()
    said = review.carry_out(NAME)
    assert "Imported 1 note" in said
    assert "the studio deleted the version of SH010" in said


def test_words_about_what_was_taken_off_come_back_too(review: Review) -> None:
    marta = Client(review, "Marta")
    shown = review.shown()[0]
    marta.write(shown, "Wait.")
    marta.decide(shown, "require_changes")
    version_id = review.objects()[0]["version_id"]
    review.session.delete(review.objects()[0])
    review.session.commit()
    review.carry_out(SYNC)
    assert review.carry_out(NAME).startswith("Imported 1 note and 1 decision.")
    version = review.read(review.sandbox).get("AssetVersion", version_id)
    assert [note["content"] for note in version["notes"]] == ["Marta: Wait."]
    assert version["status"]["name"] == "Review Changes"


def test_a_session_that_was_never_mirrored_is_named(
    ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path
) -> None:
    with pytest.raises(Refused, match="launch Client Review Sync first"):
        Review(ftrack_sandbox_session, ftrack_sandbox, work).carry_out(NAME)


def test_a_lost_line_or_a_crash_brings_nothing_twice(
    review: Review, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marta = Client(review, "Marta")
    shown = review.shown()[0]
    marta.write(shown, "Here.", files=[media.still(work / "drawing.png")])
    marta.decide(shown, "approved")

    def lose(*_: object, **__: object) -> None:
        raise TryAgain("The line was lost.")

    with monkeypatch.context() as patched:
        patched.setattr("callboard.studio.review.writing.fetch_file", lose)
        with pytest.raises(TryAgain):
            review.carry_out(NAME)
    assert statuses(review)[0] != "Approved", "the status comes last"
    review.carry_out(NAME)
    [note] = notes(local(review))
    assert len(note["note_components"]) == 1
    assert statuses(review) == ("Approved", "Approved")


def test_a_file_that_is_gone_is_reported_and_comes_with_the_next_launch(
    review: Review, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client(review, "Marta").write(review.shown()[0], "Here.", files=[media.still(work / "drawing.png")])

    def gone(*_: object, **__: object) -> None:
        raise Refused("The server has no such file.")

    with monkeypatch.context() as patched:
        patched.setattr("callboard.studio.review.writing.fetch_file", gone)
        assert "the file drawing of a note on SH010: The server has no such file" in review.carry_out(NAME)
    assert contents(review) == ["Marta: Here."]
    review.carry_out(NAME)
    assert len(notes(local(review))[0]["note_components"]) == 1


def test_a_cleared_job_stops_between_files(review: Review, work: Path) -> None:
    Client(review, "Marta").write(review.shown()[0], "Here.", files=[media.still(work / "drawing.png")])
    job = review.job(NAME)
    answer = job.launch(review.review)
    assert isinstance(answer, StartJob)
    job.cancel_at = 3
    with pytest.raises(Cancelled):
        answer.work(job, answer.arguments)


def test_the_key_is_not_in_what_is_said_of_a_lost_line(review: Review, tmp_path: Path) -> None:
    session = review.clients_session
    review.clients.stop()
    with pytest.raises(TryAgain) as lost:
        transport.fetch_file(session, "an id", tmp_path / "file")
    assert review.clients.api_key not in str(lost.value)
