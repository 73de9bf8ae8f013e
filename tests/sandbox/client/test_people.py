"""Timers, jobs, notes and invitations with the official client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ftrack_api.exception
import pytest
import requests


def test_timers_start_stop_and_become_logged_time(session: Any, another: Any, task: Any, user: Any) -> None:
    user.start_timer(task, name="work", comment="hard")
    with pytest.raises(ftrack_api.exception.NotUniqueError):
        user.start_timer(task)
    session.rollback()
    timelog = user.stop_timer()
    assert (timelog["user_id"], timelog["context_id"], timelog["comment"]) == (user["id"], task["id"], "hard")
    assert 0 <= timelog["duration"] < 60
    with pytest.raises(ftrack_api.exception.NoResultFoundError):
        user.stop_timer()
    assert [each["id"] for each in another.get("Task", task["id"])["timelogs"]] == [timelog["id"]]


def test_a_timer_is_replaced_by_force(session: Any, another: Any, task: Any, user: Any) -> None:
    user.start_timer(task, comment="first")
    user.start_timer(task, comment="second", force=True)
    assert [each["comment"] for each in another.query(f"Timelog where user_id is {user['id']}")] == ["first"]
    assert another.query(f"Timer where user_id is {user['id']}").one()["comment"] == "second"
    user.start_timer(force=True)
    another.reset()
    assert another.query(f"Timer where user_id is {user['id']}").one()["context_id"] is None


def test_jobs_carry_what_they_say(session: Any, another: Any, user: Any, tmp_path: Path) -> None:
    job = session.create("Job", {"user": user, "status": "running", "data": json.dumps({"description": "Sync"})})
    session.commit()
    report = tmp_path / "report.txt"
    report.write_text("all well")
    component = session.create_component(
        str(report), location=session.query('Location where name is "ftrack.server"').one()
    )
    session.create("JobComponent", {"component_id": component["id"], "job_id": job["id"]})
    job["status"] = "done"
    session.commit()
    found = another.get("Job", job["id"])
    assert (found["status"], found["type"], json.loads(found["data"])) == ("done", "api_job", {"description": "Sync"})
    assert found["finished_at"] is not None
    [attachment] = found["job_components"]
    assert requests.get(attachment["url"]["value"], timeout=10).text == "all well"


def test_a_job_has_one_of_four_states(session: Any, user: Any) -> None:
    for status in ("queued", "running", "done", "failed"):
        session.create("Job", {"user": user, "status": status, "data": "{}"})
    session.commit()
    session.create("Job", {"user": user, "status": "asleep", "data": "{}"})
    with pytest.raises(ftrack_api.exception.ServerError, match="status must be one of queued, running, done, failed"):
        session.commit()


def test_notes_have_labels_recipients_and_replies(session: Any, another: Any, task: Any, user: Any, admin: Any) -> None:
    labels = session.query("NoteLabel").all()[:2]
    group = session.query("Group").first()
    note = task.create_note("look", admin, recipients=[user, group], labels=labels)
    session.commit()
    note.create_reply("done", author=user)
    session.commit()
    found = another.query(
        "select author.username, replies.content, recipients.resource_id, note_label_links.label.name, category.id "
        f"from Note where id is {note['id']}"
    ).one()
    assert found["author"]["username"] == "admin"
    assert [each["content"] for each in found["replies"]] == ["done"]
    assert {each["resource_id"] for each in found["recipients"]} == {user["id"], group["id"], admin["id"]}
    assert {each["label"]["name"] for each in found["note_label_links"]} == {each["name"] for each in labels}
    assert found["category"]["id"] in {each["id"] for each in labels}
    assert [each["id"] for each in another.get("Task", task["id"])["notes"]] == [note["id"]]


def test_a_note_has_one_category_instead_of_labels(session: Any, another: Any, version: Any, admin: Any) -> None:
    category = session.query('NoteCategory where name is "Client"').one()
    with pytest.warns(PendingDeprecationWarning):
        note = version.create_note("look", admin, recipients=[admin], category=category)
    session.commit()
    found = another.get("Note", note["id"])
    assert [each["resource_id"] for each in found["recipients"]] == [admin["id"]]
    assert found["category"]["name"] == "Client"
    assert [each["label_id"] for each in found["note_label_links"]] == [category["id"]]


def test_a_note_has_attachments(session: Any, another: Any, task: Any, admin: Any, tmp_path: Path) -> None:
    path = tmp_path / "sketch.txt"
    path.write_text("here")
    component = session.create_component(
        str(path), location=session.query('Location where name is "ftrack.server"').one()
    )
    note = task.create_note("look", admin)
    session.create("NoteComponent", {"component_id": component["id"], "note_id": note["id"]})
    session.commit()
    [attachment] = another.get("Note", note["id"])["note_components"]
    assert attachment["component"]["file_type"] == ".txt"
    assert requests.get(attachment["url"]["value"], timeout=10).text == "here"
    session.delete(note)
    session.commit()


def test_users_are_invited_and_get_keys(session: Any, user: Any) -> None:
    session.send_user_invites([user, user])
    user.send_invite()
    assert session.reset_remote("api_key", entity=user)["api_key"] != user.reset_api_key()
    with pytest.raises(ftrack_api.exception.ServerError, match="Only api_key can be reset"):
        session.reset_remote("password", entity=user)


def test_a_review_session_is_complete(session: Any, another: Any, project: Any, version: Any, admin: Any) -> None:
    review = session.create("ReviewSession", {"name": "First look", "description": "reel 1", "project": project})
    shown = session.create("ReviewSessionObject", {"asset_version": version, "review_session": review, "name": "comp"})
    invitees = [
        session.create("ReviewSessionInvitee", {"name": name, "email": f"{name}@example.com", "review_session": review})
        for name in ("chidi", "mara")
    ]
    for invitee, status in zip(invitees, ("approved", "require_changes"), strict=True):
        session.create(
            "ReviewSessionObjectStatus", {"invitee": invitee, "review_session_object": shown, "status": status}
        )
    session.commit()
    session.send_review_session_invites(invitees)
    # Who wrote a client's note is in its metadata: a Note's author is a User.
    note = shown.create_note("darker", admin)
    note["metadata"]["inviteeId"] = invitees[0]["id"]
    note["metadata"]["reviewSessionObjectId"] = shown["id"]
    session.commit()

    found = another.get("ReviewSession", review["id"])
    assert found["is_open"] is True
    assert [each["name"] for each in found["review_session_invitees"]] == ["chidi", "mara"]
    assert all(each["last_sent_at"] for each in found["review_session_invitees"])
    [seen] = found["review_session_objects"]
    assert (seen["version"], seen["asset_version"]["id"]) == ("Version 1", version["id"])
    assert {each["invitee"]["name"]: each["status"] for each in seen["statuses"]} == {
        "chidi": "approved",
        "mara": "require_changes",
    }
    [written] = seen["notes"]
    assert (written["content"], written["metadata"]["inviteeId"]) == ("darker", invitees[0]["id"])
    assert [each["id"] for each in another.get("AssetVersion", version["id"])["review_session_objects"]] == [
        shown["id"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark", None])
def test_a_widget_has_an_address_that_answers(session: Any, task: Any, theme: str | None) -> None:
    for address in (session.get_widget_url("tasks"), session.get_widget_url("info", entity=task, theme=theme)):
        assert requests.get(address, timeout=10).ok
    with pytest.raises(ftrack_api.exception.ServerError, match="There is no widget 'clock'"):
        session.get_widget_url("clock")
