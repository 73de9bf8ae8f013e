"""A review as the client sees it: versions in order, decisions, notes on a frame, drawings on it. No sign-in.

What a client writes has the shape that ftrack's review pages give it: a note's metadata names the invitee, the review
object and the frame. (That a drawing is an attachment which the metadata ``annotation`` names is our choice.)
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Entity, create, quoted
from ftrack_sandbox.web.pages.files import send_file, send_thumbnail
from ftrack_sandbox.web.pages.guests import client_address, guest_page, read_guest
from ftrack_sandbox.web.pages.notes import frame_of
from ftrack_sandbox.web.pages.people import select_user
from ftrack_sandbox.web.pages.review import DECISIONS, read_objects
from ftrack_sandbox.web.pages.uploads import Upload, uploaded
from ftrack_sandbox.web.pages.versions import media_of
from ftrack_sandbox.web.pages.visit import Visit

#: Names of the metadata, and of the note's component that is a drawing.
_INVITEE, _OBJECT, _FRAME, _DRAWING = "inviteeId", "reviewSessionObjectId", "reviewFrame", "annotation"
_FRAME_NUMBER: Final = re.compile(r"-?[0-9]{1,7}", re.ASCII)
_NOTE: Final = ", ".join(
    [
        *("content", "date", "metadata", select_user("author")),
        *(f"note_components.component.{each}" for each in ("name", "file_type")),
    ]
)


def _show(visit: Visit) -> Response:
    guest = read_guest(visit.request)
    objects = read_objects(visit.client, guest["review_session_id"])
    wanted = visit.request.path_params.get("object")
    found = [place for place, each in enumerate(objects) if wanted in (None, each["id"])]
    if wanted and not found:
        raise HTTPException(404, "The studio took this version off the review; the others are still there.")
    base = client_address(visit.site.sandbox, guest["id"])
    values: dict[str, Any] = {}
    if found:
        current = objects[found[0]]
        values = {
            "current": current,
            "media": _media(visit, current, base),
            "notes": _notes(visit, current, guest),
            "before": objects[found[0] - 1] if found[0] else None,
            "after": objects[found[0] + 1] if found[0] + 1 < len(objects) else None,
        }
    return visit.render(
        "client_review.html",
        me=None,
        nav=(),
        live_address="",
        prompts=(),
        **{"guest": guest, "objects": objects, "base": base, "decisions": DECISIONS, **({"current": None} | values)},
    )


def _media(visit: Visit, current: Entity, base: str) -> dict[str, Any] | None:
    """Return what the player shows of an object, with the address at which an invitee gets the file."""
    version = visit.client.get(
        "AssetVersion",
        current["version_id"],
        ", ".join(f"components.{each}" for each in ("name", "file_type", "metadata", "component_locations")),
    )
    media = media_of(version["components"])
    if media is not None:
        media["address"] = f"{base}/file/{media['component']['id']}"
    return media


def _notes(visit: Visit, current: Entity, guest: Entity) -> list[Entity]:
    """Return what clients wrote on an object, and the replies to it; the studio's own notes are not theirs to read."""
    session_id = quoted(guest["review_session_id"])
    invited = visit.client.query(
        f"select name, email from ReviewSessionInvitee where review_session_id is {session_id}"
    )
    names = {each["id"]: each["name"] or each["email"] for each in invited}
    replies = ", ".join(f"replies.{each.strip()}" for each in _NOTE.split(","))
    found = visit.client.query(
        f"select {_NOTE}, {replies} from Note where in_reply_to_id is none "
        f'and metadata any (key is "{_OBJECT}" and value is {quoted(current["id"])}) order by date, id'
    )
    for thread in found:
        thread["replies"].sort(key=lambda each: (each["date"], each["id"]))
        for note in (thread, *thread["replies"]):
            meta = {each["key"]: each["value"] for each in note["metadata"]}
            note["by"], note["frame"] = names.get(meta.get(_INVITEE, "")), frame_of(note)
    return found


def _decide(visit: Visit) -> None:
    guest, decision = _open_guest(visit), visit.text("decision")
    if decision not in DECISIONS:
        raise ValidationError("Choose to approve, or to require changes.")
    visit.client.call(
        create(
            "ReviewSessionObjectStatus",
            review_session_object_id=_object(visit, guest)["id"],
            review_session_invitee_id=guest["id"],
            status=decision,
            created_at=visit.site.sandbox.clock(),
        )
    )


def _write(visit: Visit) -> None:
    """Write a note, with a drawing if there is one, in one batch."""
    guest = _open_guest(visit)
    current, content, answered = _object(visit, guest), visit.text("content"), visit.text("note")
    drawings, files = visit.files("drawing")[:1], visit.files("attachments")
    if not (content or drawings or files):
        raise ValidationError("A note needs a text, a drawing or an attachment.")
    meta = {_INVITEE: guest["id"], _OBJECT: current["id"]}
    if (frame := _frame(visit.text("frame"))) is not None:
        meta[_FRAME] = json.dumps({"number": frame})
    note_id = str(uuid.uuid4())
    above = {"in_reply_to_id": answered} if answered else {"parent_id": current["version_id"]}
    with uploaded(visit.client, [*drawings, *files]) as uploads:
        if drawings:
            meta[_DRAWING] = json.dumps({"component": uploads[0].component_id})
        visit.client.call(
            create("Note", id=note_id, content=content, user_id=visit.client.user_id, **above),
            *(
                create("Metadata", parent_id=note_id, parent_type="Note", key=key, value=value)
                for key, value in meta.items()
            ),
            *_attach(note_id, uploads),
        )


def _attach(note_id: str, uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    return [operation for each in uploads for operation in each.operations()] + [
        create("NoteComponent", note_id=note_id, component_id=each.component_id) for each in uploads
    ]


def _open_guest(visit: Visit) -> Entity:
    guest = read_guest(visit.request)
    if not guest["review_session"]["is_open"]:
        raise ValidationError("This review has ended; ask the studio to open it again.")
    return guest


def _object(visit: Visit, guest: Entity) -> Entity:
    wanted = visit.request.path_params.get("object")
    for each in read_objects(visit.client, guest["review_session_id"]):
        if each["id"] == wanted:
            return each
    raise ValidationError("The studio took this version off the review.")


def _frame(text: str) -> int | None:
    if not text:
        return None
    # The frame of a slate is the one before the first, which may be below 0.
    if not _FRAME_NUMBER.fullmatch(text):
        raise ValidationError(f"The frame {text[:20]!r} is not a whole number.")
    return int(text)


def _file(visit: Visit) -> Response:
    _check_shown(visit)
    return send_file(visit)


def _thumbnail(visit: Visit) -> Response:
    _check_shown(visit)
    return send_thumbnail(visit)


def _check_shown(visit: Visit) -> None:
    """Refuse a file unless the review shows it: one of a version in it, or attached to a note on one.

    Raises:
        HTTPException: 404, it does not.
    """
    guest = read_guest(visit.request)
    shown = ", ".join(quoted(each["version_id"]) for each in read_objects(visit.client, guest["review_session_id"]))
    if shown:
        mine, wanted = f"version_id in ({shown})", quoted(visit.id)
        notes = f"note.parent_id in ({shown}) or note.in_reply_to.parent_id in ({shown})"
        of_version, attached, thumbnail = visit.client.read(
            f"select id from Component where id is {wanted} and {mine}",
            f"select component_id from NoteComponent where component_id is {wanted} and ({notes})",
            f"select id from AssetVersion where id in ({shown}) and thumbnail_id is {wanted}",
        )
        if of_version or attached or thumbnail:
            return
    raise HTTPException(404, "This file is not part of the review.")


_BASE: Final = "/client/{invitee}/{signature}"
_ACTIONS: Final = {"decide": _decide, "note": _write}

ROUTES = [
    Route(f"{_BASE}/file/{{id}}", guest_page(_file)),
    Route(f"{_BASE}/thumbnail/{{id}}", guest_page(_thumbnail)),
    Route(_BASE, guest_page(_show)),
    Route(f"{_BASE}/{{object}}", guest_page(_show, _ACTIONS), methods=["GET", "POST"]),
]
