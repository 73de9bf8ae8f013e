"""Later: the clients see the versions in their own ftrack, and give feedback."""

from __future__ import annotations

import json
from typing import Any

from callboard.demo import cast
from callboard.demo.people import close_session, fill_form
from callboard.demo.publishing import PUBLISHED, VERSION_OF
from callboard.demo.stage import ROBOT, Stage
from callboard.studio.versions.components import is_review_media

_SESSION = "Comet, first look"

#: Shot -> the client's decision and note.
_OPINIONS = {"SH010": ("approved", "Lovely."), "SH020": ("require_changes", "Could the moon be slower?")}


def play(stage: Stage) -> None:
    """Play a review session, its mirror, and the import of notes and decisions."""
    stage.teller.act("16:00  The clients review")
    session = _session(stage)
    _sync(stage, session)
    _opinions(stage)
    _feedback(stage, session)


def _session(stage: Stage) -> Any:
    producer = stage.person(cast.PRODUCER)
    project = producer.session.query(f'Project where name is "{cast.PROJECT}"').one()
    review = producer.session.create("ReviewSession", {"name": _SESSION, "project": project})
    for order, shot in enumerate(PUBLISHED):
        version = producer.session.query(f"AssetVersion where {VERSION_OF.format(shot=shot)}").one()
        producer.session.create(
            "ReviewSessionObject",
            {
                "review_session": review,
                "asset_version": version,
                "name": shot,
                "description": f"{shot} animation",
                "version": f"Version {version['version']}",
                "sort_order": order,
            },
        )
    producer.session.commit()
    stage.teller.person(producer.name, f'collects {" and ".join(PUBLISHED)} in the review session "{_SESSION}".')
    return review


def _sync(stage: Stage, session: Any) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    _launch(stage, "Client Review Sync", session)
    teller.person(producer.name, "sends it to the clients' ftrack (Client Review Sync).")
    teller.verify(
        f"the clients' ftrack has the session with {len(PUBLISHED)} playable versions, in order",
        lambda: _read_mirror(stage) == list(PUBLISHED),
        seconds=60,
    )


def _read_mirror(stage: Stage) -> list[str]:
    objects = stage.review.ftrack.query(
        "select name, sort_order, asset_version.components.name, "
        "asset_version.components.component_locations.location_id from ReviewSessionObject "
        f'where review_session.name is "{_SESSION}"'
    )
    assert all(any(map(is_review_media, each["asset_version"]["components"])) for each in objects), "media is missing"
    return [each["name"] for each in sorted(objects, key=lambda each: each["sort_order"])]


def _opinions(stage: Stage) -> None:
    """Record a client's notes and decisions like the clients' ftrack does."""
    session = stage.review.ftrack.session()
    try:
        review = session.query(f'ReviewSession where name is "{_SESSION}"').one()
        client = session.create(
            "ReviewSessionInvitee", {"review_session": review, "name": "Chidi", "email": "chidi@client.example"}
        )
        robot = session.query(f'User where username is "{ROBOT}"').one()
        for each in review["review_session_objects"]:
            decision, text = _OPINIONS[each["name"]]
            note = session.create("Note", {"content": text, "author": robot, "parent_id": each["version_id"]})
            note["metadata"] = {
                "inviteeId": client["id"],
                "reviewSessionObjectId": each["id"],
                "reviewFrame": json.dumps({"number": 12}),
            }
            session.create(
                "ReviewSessionObjectStatus", {"review_session_object": each, "invitee": client, "status": decision}
            )
            stage.teller.person("Chidi", f'(the client) says about {each["name"]}: "{text}" - {decision}')
        session.commit()
    finally:
        close_session(session)


def _feedback(stage: Stage, session: Any) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    _launch(stage, "Client Feedback Sync", session)
    teller.person(producer.name, "imports the feedback (Client Feedback Sync).")
    for shot, (decision, text) in _OPINIONS.items():
        status = "Approved" if decision == "approved" else "Review Changes"

        def returned(shot: str = shot, text: str = text, status: str = status) -> bool:
            version = stage.studio.one(
                "select status.name, task.status.name, notes.content, notes.category.name from AssetVersion "
                f"where {VERSION_OF.format(shot=shot)}"
            )
            notes = [note for note in version["notes"] if text in note["content"]]
            assert len(notes) == 1, f"{len(notes)} notes"
            assert notes[0].at("category.name") == "Client", "the note has another category"
            return bool(version.at("status.name") == status == version.at("task.status.name"))

        teller.verify(f"{shot} has the client's note once, and is {status}, like its task", returned, seconds=60)


def _launch(stage: Stage, label: str, session: Any) -> None:
    producer = stage.person(cast.PRODUCER)
    answer = producer.launch(label, [session])
    if "items" in answer:
        answer = producer.launch(label, [session], fill_form(answer))
    stage.teller.quote("Answer", answer["message"])
