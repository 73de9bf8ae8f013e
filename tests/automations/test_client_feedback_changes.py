"""Client Feedback Sync: what clients and the studio do after the first import."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ftrack_api.symbol
import pytest
import requests
from tests import media
from tests.automations.reviews import Client, Review

from callboard.automations.client_feedback_sync import client_feedback_sync
from ftrack_sandbox.testing import SandboxServer

NAME = client_feedback_sync.__name__
SYNC = "client_review_sync"
NOTHING = "There is nothing new from the clients."


@pytest.fixture
def review(ftrack_sandbox_session: SandboxServer, ftrack_sandbox: SandboxServer, work: Path) -> Review:
    """A review of three shots that is with the clients."""
    review = Review(ftrack_sandbox_session, ftrack_sandbox, work)
    picture = media.still(work / "a.png", size=(16, 16))
    for shot in ("SH010", "SH020", "SH030"):
        review.add(shot, path=picture)
    review.carry_out(SYNC)
    return review


@pytest.fixture
def marta(review: Review) -> Client:
    return Client(review, "Marta Ruiz")


def notes(review: Review, place: int = 0) -> list[Any]:
    """The notes on the version of an object in the studio, read afresh."""
    version = review.read(review.sandbox).get("AssetVersion", review.objects()[place]["version_id"])
    return sorted(version["notes"], key=lambda note: note["date"])


def contents(review: Review, place: int = 0) -> list[str]:
    return [note["content"] for note in notes(review, place)]


def statuses(review: Review, place: int = 0) -> tuple[str, str]:
    version = review.read(review.sandbox).get("AssetVersion", review.objects()[place]["version_id"])
    return version["status"]["name"], version["task"]["status"]["name"]


def files(note: Any) -> dict[str, bytes]:
    """Name -> bytes of the files of a note in the studio."""
    location = note.session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
    return {
        each["component"]["name"]: requests.get(location.accessor.get_url(each["component_id"]), timeout=10).content
        for each in note["note_components"]
    }


def set_status(review: Review, name: str, place: int = 0) -> None:
    """Give the version of an object a status in the studio."""
    session = review.sandbox.session()
    version = session.get("AssetVersion", review.objects()[place]["version_id"])
    version["status"] = session.query(f'Status where name is "{name}"').first()
    session.commit()


# Notes


def test_an_edited_text_comes_over_once(review: Review, marta: Client) -> None:
    note = marta.write(review.shown()[0], "Too dark.", frame=1012)
    answer = Client(review, "Jon Abel").write(review.shown()[0], "Is it?", reply_to=note)
    review.carry_out(NAME)
    marta.edit(note, "Far too dark.")
    marta.edit(answer, "Is it really?")
    assert review.carry_out(NAME) == (
        "Imported what the clients changed. SH010: Marta Ruiz edited a note; Jon Abel edited a note."
    )
    assert contents(review) == ["Marta Ruiz, frame 1012: Far too dark."]
    assert [reply["content"] for reply in notes(review)[0]["replies"]] == ["Jon Abel: Is it really?"]
    assert review.carry_out(NAME) == NOTHING


def test_another_frame_comes_over(review: Review, marta: Client) -> None:
    note = marta.write(review.shown()[0], "Here.", frame=3)
    review.carry_out(NAME)
    marta.edit(note, reviewFrame=json.dumps({"number": 4}))
    assert "SH010: Marta Ruiz edited a note." in review.carry_out(NAME)
    assert contents(review) == ["Marta Ruiz, frame 4: Here."]
    assert json.loads(notes(review)[0]["metadata"]["reviewFrame"]) == {"number": 4}


def test_a_text_that_both_changed_stays_and_the_clients_is_reported(review: Review, marta: Client) -> None:
    note = marta.write(review.shown()[0], "Too dark.")
    review.carry_out(NAME)
    ours = notes(review)[0]
    ours["content"] = "Marta wants it brighter."
    ours.session.commit()
    assert review.carry_out(NAME) == NOTHING
    marta.edit(note, "Half a stop too dark.")
    said = review.carry_out(NAME)
    assert "Kept as the studio has it: SH010: Marta Ruiz changed a note that was changed here too" in said
    assert "“Half a stop too dark.”" in said
    assert contents(review) == ["Marta wants it brighter."]
    assert review.carry_out(NAME) == NOTHING


def test_a_text_that_changes_after_the_studio_deleted_it_is_reported_once(review: Review, marta: Client) -> None:
    note = marta.write(review.shown()[0], "Too dark.")
    review.carry_out(NAME)
    marta.edit(note, "Far too dark.")
    review.carry_out(NAME)
    ours = notes(review)[0]
    ours.session.delete(ours)
    ours.session.commit()
    assert review.carry_out(NAME) == NOTHING
    marta.edit(note, "Black.")
    assert "SH010: Marta Ruiz changed a note that was deleted here, to “Black.”" in review.carry_out(NAME)
    assert contents(review) == []
    assert review.carry_out(NAME) == NOTHING


def test_a_deleted_note_leaves_with_its_files_and_replies(review: Review, marta: Client, work: Path) -> None:
    note = marta.write(review.shown()[0], "Too dark.", files=[media.still(work / "drawing.png")])
    Client(review, "Jon Abel").write(review.shown()[0], "No.", reply_to=note)
    marta.write(review.shown()[0], "Lovely.")
    review.carry_out(NAME)
    component = notes(review)[0]["note_components"][0]["component_id"]
    marta.delete(note)
    said = review.carry_out(NAME)
    assert said == "Imported what the clients changed. SH010: Jon Abel deleted a note; Marta Ruiz deleted a note."
    assert contents(review) == ["Marta Ruiz: Lovely."]
    assert review.read(review.sandbox).get("FileComponent", component) is None
    assert review.carry_out(NAME) == NOTHING


@pytest.mark.parametrize("touch", ["answer", "text", "file", "to-do"])
def test_a_deleted_note_that_the_studio_worked_on_stays(review: Review, marta: Client, work: Path, touch: str) -> None:
    note = marta.write(review.shown()[0], "Too dark.")
    review.carry_out(NAME)
    ours = notes(review)[0]
    session = ours.session
    if touch == "answer":
        ours.create_reply("On it.", session.query("User").first())
    elif touch == "text":
        ours["content"] = "Brighter, by Marta."
    elif touch == "to-do":
        ours["completed_at"] = datetime(2026, 3, 2, tzinfo=UTC)
    else:
        location = session.get("Location", ftrack_api.symbol.SERVER_LOCATION_ID)
        component = session.create_component(str(media.still(work / "ours.png")), location=location)
        session.create("NoteComponent", {"note_id": ours["id"], "component_id": component["id"]})
    session.commit()
    marta.delete(note)
    said = review.carry_out(NAME)
    assert "Kept as the studio has it: SH010: Marta Ruiz deleted a note that was answered or changed here" in said
    assert len(contents(review)) == 1
    assert review.carry_out(NAME) == NOTHING


def test_a_version_in_two_reviews_keeps_the_notes_of_both(review: Review, marta: Client) -> None:
    other = Review(review.sandbox, review.clients, review.work)
    shared = review.session.get("AssetVersion", review.objects()[0]["version_id"])
    review.session.create(
        "ReviewSessionObject",
        {"review_session_id": other.review["id"], "asset_version": shared, "name": "SH010", "version": "Version 1"},
    )
    review.session.commit()
    other.carry_out(SYNC)
    marta.write(review.shown()[0], "Too dark.", minutes=1)
    marta.decide(review.shown()[0], "require_changes")
    Client(other, "Jon Abel").write(other.shown()[0], "Lovely.", minutes=2)
    for each in (review, other):
        each.carry_out(NAME)
    assert contents(review) == ["Marta Ruiz: Too dark.", "Jon Abel: Lovely."]
    set_status(review, "In Progress")
    Client(other, "Ida Holm").decide(other.shown()[0], "approved")
    for each in (other, review, other):
        each.carry_out(NAME)
    assert statuses(review)[0] == "Approved", "the other session's decision is not imported again"
    assert len(contents(review)) == 2


def test_replies_of_replies_come_later_too(review: Review, marta: Client) -> None:
    shown = review.shown()[0]
    note = marta.write(shown, "Too dark.")
    review.carry_out(NAME)
    answer = Client(review, "Jon Abel").write(shown, "Is it?", reply_to=note)
    review.carry_out(NAME)
    marta.write(shown, "It is.", reply_to=answer)
    assert review.carry_out(NAME).startswith("Imported 1 note and 0 decisions. SH010: Marta Ruiz wrote a note.")
    [top] = notes(review)
    assert [each["content"] for each in top["replies"][0]["replies"]] == ["Marta Ruiz: It is."]


# Files


def test_a_drawing_that_is_made_later_comes_over(review: Review, marta: Client, work: Path) -> None:
    note = marta.write(review.shown()[0], "Here.", frame=3)
    review.carry_out(NAME)
    drawing = media.still(work / "drawing.png")
    component = marta.attach(note, drawing)
    marta.edit(note, annotation=json.dumps({"component": component}))
    said = review.carry_out(NAME)
    assert said == "Imported what the clients changed. SH010: Marta Ruiz edited a note and added a file to a note."
    [copy] = notes(review)
    assert files(copy) == {"drawing": drawing.read_bytes()}
    assert json.loads(copy["metadata"]["annotation"]) == {"component": copy["note_components"][0]["component_id"]}
    assert review.carry_out(NAME) == NOTHING


def test_another_file_replaces_the_former(review: Review, marta: Client, work: Path) -> None:
    note = marta.write(review.shown()[0], "Here.")
    first = marta.attach(note, media.still(work / "first.png"))
    review.carry_out(NAME)
    marta.detach(first)
    second = media.still(work / "second.png", size=(8, 8))
    marta.attach(note, second)
    assert "Marta Ruiz added a file to a note and removed a file from a note." in review.carry_out(NAME)
    assert files(notes(review)[0]) == {"second": second.read_bytes()}
    assert review.carry_out(NAME) == NOTHING


def test_a_file_that_the_studio_removed_stays_removed(review: Review, marta: Client, work: Path) -> None:
    note = marta.write(review.shown()[0], "Here.", files=[media.still(work / "drawing.png")])
    review.carry_out(NAME)
    [link] = notes(review)[0]["note_components"]
    link.session.delete(link)
    link.session.commit()
    assert review.carry_out(NAME) == NOTHING
    marta.edit(note, "Here, and there.")
    review.carry_out(NAME)
    assert files(notes(review)[0]) == {}


# Decisions


def test_a_changed_decision_comes_over(review: Review, marta: Client) -> None:
    decision = marta.decide(review.shown()[0], "approved")
    review.carry_out(NAME)
    marta.redecide(decision, "require_changes", 5)
    said = review.carry_out(NAME)
    assert said == "Imported 0 notes and 1 decision. SH010: Marta Ruiz requires changes."
    assert statuses(review) == ("Review Changes", "Review Changes")
    assert review.carry_out(NAME) == NOTHING


def test_a_decision_that_is_taken_back_takes_its_status_with_it(review: Review, marta: Client) -> None:
    before = statuses(review)
    decision = marta.decide(review.shown()[0], "approved")
    other = Client(review, "Jon Abel").decide(review.shown()[0], "require_changes")
    review.carry_out(NAME)
    assert statuses(review) == ("Review Changes", "Review Changes")
    marta.delete(other)
    assert "SH010: Jon Abel took back a decision." in review.carry_out(NAME)
    assert statuses(review) == ("Approved", "Approved")
    marta.redecide(decision, "seen", 5)
    assert "SH010: Marta Ruiz took back a decision." in review.carry_out(NAME)
    assert statuses(review) == before
    assert review.carry_out(NAME) == NOTHING


def test_a_decision_that_is_taken_back_leaves_what_the_studio_set_since(review: Review, marta: Client) -> None:
    decision = marta.decide(review.shown()[0], "approved")
    review.carry_out(NAME)
    set_status(review, "In Progress")
    marta.delete(decision)
    assert "Kept as the studio has it: SH010 is In Progress." in review.carry_out(NAME)
    assert statuses(review)[0] == "In Progress"
    assert review.carry_out(NAME) == NOTHING


def test_a_newer_decision_says_which_status_of_the_studio_it_replaced(review: Review, marta: Client) -> None:
    marta.decide(review.shown()[0], "require_changes", 1)
    review.carry_out(NAME)
    set_status(review, "In Progress")
    marta.decide(review.shown()[0], "approved", 2)
    said = review.carry_out(NAME)
    assert "SH010: Marta Ruiz approved." in said
    assert "SH010 was In Progress and is Approved now." in said


def test_the_newest_version_of_a_task_decides_about_it(review: Review, marta: Client) -> None:
    first = review.objects()[0]
    version = first["asset_version"]
    review.session.create(
        "ReviewSessionObject",
        {
            "review_session": review.review,
            "asset_version": review.version(version["asset"], version["task"], review.work / "a.png"),
            "name": "SH010 again",
            "version": "Version 2",
            "sort_order": -1,
        },
    )
    review.session.commit()
    review.carry_out(SYNC)
    newer, older = review.shown()[:2]
    decision = marta.decide(newer, "require_changes")
    review.carry_out(NAME)
    marta.decide(older, "approved")
    review.carry_out(NAME)
    assert statuses(review, 1) == ("Approved", "Review Changes")
    marta.delete(decision)
    review.carry_out(NAME)
    assert statuses(review, 1) == ("Approved", "Approved")


# The session


def test_a_renamed_client_is_renamed_on_the_notes(review: Review, marta: Client) -> None:
    for each in review.shown()[:2]:
        marta.write(each, "Yes.")
    review.carry_out(NAME)
    marta.rename("Marta Ruiz Vega")
    assert review.carry_out(NAME) == "Imported what the clients changed. Marta Ruiz is Marta Ruiz Vega now."
    assert contents(review) + contents(review, 1) == ["Marta Ruiz Vega: Yes."] * 2
    assert review.carry_out(NAME) == NOTHING


def test_a_client_who_is_no_longer_invited_keeps_the_notes(review: Review, marta: Client) -> None:
    note = marta.write(review.shown()[0], "Too dark.")
    review.carry_out(NAME)
    session = review.clients_session
    session.delete(session.get("ReviewSessionInvitee", marta.invitee["id"]))
    session.commit()
    assert review.carry_out(NAME) == NOTHING
    marta.edit(note, "Far too dark.")
    review.carry_out(NAME)
    assert contents(review) == ["Marta Ruiz: Far too dark."]


def test_another_name_and_a_closed_session_are_reported_once(review: Review, marta: Client) -> None:
    marta.write(review.shown()[0], "Yes.")
    review.carry_out(NAME)
    remote = review.clients_session.get("ReviewSession", review.remote()["id"])
    remote["name"] = "The last look"
    remote["end_date"] = datetime.now(UTC) - timedelta(hours=1)
    remote["start_date"] = datetime.now(UTC) - timedelta(days=1)
    review.clients_session.commit()
    said = review.carry_out(NAME)
    assert said.endswith("In the clients' ftrack the session is called The last look; the session is closed.")
    assert review.carry_out(NAME) == NOTHING


def test_objects_that_moved_within_the_session_there_are_named(review: Review) -> None:
    review.clients_session.get("ReviewSessionObject", review.shown()[0]["id"])["sort_order"] = 9
    review.clients_session.commit()
    said = review.carry_out(NAME)
    assert said == "There are no new notes or decisions. In the clients' ftrack SH010 stands in another place."
    assert review.carry_out(NAME) == NOTHING


def test_objects_that_moved_elsewhere_there_are_named(review: Review, marta: Client) -> None:
    session = review.clients_session
    _, second, third = review.shown()
    marta.write(second, "Yes.")
    other = session.create("ReviewSession", {"name": "Later", "project_id": review.remote()["project_id"]})
    session.get("ReviewSessionObject", second["id"])["review_session_id"] = other["id"]
    session.commit()
    said = review.carry_out(NAME)
    assert said.startswith("Imported 1 note"), "notes are found wherever the object is"
    assert "In the clients' ftrack SH020 moved to Later." in said
    session.delete(session.get("ReviewSessionObject", third["id"]))
    session.commit()
    said = review.carry_out(NAME)
    assert said == "There are no new notes or decisions. In the clients' ftrack SH030 left the session."
    assert review.carry_out(NAME) == NOTHING


def test_notes_on_an_object_that_left_come_over_and_its_status_stays(review: Review, marta: Client) -> None:
    shown = review.shown()[0]
    marta.decide(shown, "approved")
    review.carry_out(NAME)
    marta.write(shown, "One more thing.")
    session = review.clients_session
    session.delete(session.get("ReviewSessionObject", shown["id"]))
    session.commit()
    assert "SH010: Marta Ruiz wrote a note." in review.carry_out(NAME)
    assert statuses(review) == ("Approved", "Approved")
    assert review.carry_out(NAME) == NOTHING


def test_a_session_that_was_deleted_there_is_reported_and_nothing_here_changes(review: Review, marta: Client) -> None:
    marta.write(review.shown()[0], "Yes.")
    review.carry_out(NAME)
    session = review.clients_session
    session.delete(session.get("ReviewSession", review.remote()["id"]))
    session.commit()
    assert "In the clients' ftrack the session was deleted." in review.carry_out(NAME)
    assert contents(review) == ["Marta Ruiz: Yes."]
