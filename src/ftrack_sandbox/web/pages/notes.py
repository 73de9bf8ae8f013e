"""Notes on anything that has notes: threads with replies and attachments, read and written."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Entity, create, quoted
from ftrack_sandbox.web.pages.people import select_user
from ftrack_sandbox.web.pages.uploads import uploaded
from ftrack_sandbox.web.pages.visit import Action, Visit

#: Threads on a page.
_MANY: Final = 25

_OF_ONE: Final = ("content", "date", "category.name", "metadata")
_ATTACHED: Final = tuple(f"note_components.component.{each}" for each in ("name", "file_type", "size"))


def _selected(path: str = "") -> str:
    return ", ".join([*(path + each for each in (*_OF_ONE, *_ATTACHED)), select_user(f"{path}author")])


def threads(visit: Visit, parent_id: str) -> dict[str, Any]:
    """Return what ``notes.html`` shows of the notes on an entity: the newest threads, or those that are asked for."""
    offset = visit.offset("notes")
    found, categories = visit.client.read(
        f"select {_selected()}, {_selected('replies.')} from Note where parent_id is {quoted(parent_id)} "
        f"and in_reply_to_id is none order by date desc, id limit {_MANY + 1} offset {offset}",
        "select name from NoteCategory order by sort",
    )
    for thread in found:
        thread["replies"].sort(key=lambda each: (each["date"], each["id"]))
        for note in (thread, *thread["replies"]):
            note["frame"] = frame_of(note)
    return {
        "threads": found[:_MANY],
        "note_categories": categories,
        "newer_notes": f"?notes={max(offset - _MANY, 0)}" if offset else None,
        "older_notes": f"?notes={offset + _MANY}" if len(found) > _MANY else None,
    }


def _write(visit: Visit) -> None:
    category = visit.text("category")
    more = {"category_id": category} if category else {}
    _create(visit, visit.text("content"), "attachments", parent_id=visit.id, **more)


def _reply(visit: Visit) -> None:
    note_id = visit.text("note")
    _create(visit, visit.text(f"content-{note_id}"), f"attachments-{note_id}", in_reply_to_id=note_id)


#: The actions of a page whose entity, of the id in the address, has notes.
ACTIONS: Final[Mapping[str, Action]] = {"note": _write, "reply": _reply}


def _create(visit: Visit, content: str, field: str, **data: Any) -> None:
    """Write a note with the files that were chosen, or nothing."""
    files = visit.files(field)
    if not content and not files:
        raise ValidationError("A note needs a text or an attachment.")
    note_id = str(uuid.uuid4())
    with uploaded(visit.client, files) as uploads:
        visit.client.call(
            create("Note", id=note_id, content=content, user_id=visit.client.user_id, **data),
            *(operation for each in uploads for operation in each.operations()),
            *(create("NoteComponent", note_id=note_id, component_id=each.component_id) for each in uploads),
        )


def frame_of(note: Entity) -> int | None:
    """Return the frame that a note is about, which reviews keep in its metadata."""
    for each in note["metadata"]:
        if each["key"] == "reviewFrame":
            try:
                return int(json.loads(each["value"])["number"])
            except (ValueError, TypeError, KeyError):
                return None
    return None
