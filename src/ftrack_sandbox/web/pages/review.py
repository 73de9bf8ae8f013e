"""Client reviews from the studio's side: all of them, and one with what it shows, who is invited and what they said."""

from __future__ import annotations

import uuid
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Client, Entity, create, delete, quoted
from ftrack_sandbox.web.pages.guests import client_address
from ftrack_sandbox.web.pages.visit import Visit, page

#: Reviews on a page, and versions that are offered to be added.
_MANY: Final = 50
#: A decision of a client -> how people say it, and the badge's look.
DECISIONS: Final = {"approved": ("approved", "done"), "require_changes": ("requires changes", "failed")}
_OBJECTS: Final = (
    "select name, description, version, version_id, sort_order, asset_version.thumbnail_id, statuses.status, "
    "statuses.created_at, statuses.review_session_invitee_id from ReviewSessionObject "
    "where review_session_id is {} order by sort_order, id"
)


def read_objects(client: Client, session_id: str) -> list[Entity]:
    """Return the objects of a review in order; ``decisions`` has each client's newest decision, by the client's id."""
    objects = client.query(_OBJECTS.format(quoted(session_id)))
    for each in objects:
        made = sorted(each["statuses"], key=lambda status: (status["created_at"], status["id"]))
        each["decisions"] = {
            status["review_session_invitee_id"]: status["status"] for status in made if status["status"] in DECISIONS
        }
    return objects


def _show_all(visit: Visit) -> Response:
    offset = visit.offset("from")
    found, projects = visit.client.read(
        "select name, created_at, is_open, project.full_name, review_session_objects.id, review_session_invitees.id "
        f"from ReviewSession order by created_at desc, id limit {_MANY + 1} offset {offset}",
        "select full_name from Project order by full_name",
    )
    return visit.render(
        "reviews.html",
        reviews=found[:_MANY],
        projects=projects,
        newer=f"?from={max(offset - _MANY, 0)}" if offset else None,
        older=f"?from={offset + _MANY}" if len(found) > _MANY else None,
    )


def _create(visit: Visit) -> str:
    if not visit.text("name") or not visit.text("project"):
        raise ValidationError("A review needs a name and a project.")
    session_id = str(uuid.uuid4())
    visit.client.call(create("ReviewSession", id=session_id, name=visit.text("name"), project_id=visit.text("project")))
    return f"/review/{session_id}"


def _show(visit: Visit) -> Response:
    session = visit.client.get(
        "ReviewSession",
        visit.id,
        "name, description, is_open, start_date, end_date, project_id, project.full_name, "
        "review_session_invitees.name, review_session_invitees.email",
    )
    objects = read_objects(visit.client, visit.id)
    shown = {each["version_id"] for each in objects}
    versions = visit.client.query(
        f"select version, asset.name, asset.parent.name from AssetVersion where asset.parent.project_id is "
        f"{quoted(session['project_id'])} order by date desc, id limit {_MANY}"
    )
    invitees = sorted(session["review_session_invitees"], key=lambda each: (each["name"] or "", each["id"]))
    base = str(visit.request.base_url).rstrip("/")
    return visit.render(
        "review.html",
        session=session,
        objects=objects,
        invitees=[(each, base + client_address(visit.site.sandbox, each["id"])) for each in invitees],
        names={each["id"]: each["name"] or each["email"] for each in invitees},
        versions=[each for each in versions if each["id"] not in shown],
        decisions=DECISIONS,
    )


def _invite(visit: Visit) -> None:
    if not visit.text("name") or "@" not in visit.text("email"):
        raise ValidationError("An invitee needs a name and an e-mail address.")
    visit.client.call(
        create("ReviewSessionInvitee", review_session_id=visit.id, name=visit.text("name"), email=visit.text("email"))
    )


def _add(visit: Visit) -> None:
    if not visit.text("version"):
        raise ValidationError("Choose a version to add.")
    visit.client.call(create("ReviewSessionObject", review_session_id=visit.id, version_id=visit.text("version")))


def _remove(visit: Visit) -> None:
    visit.client.call(delete("ReviewSessionObject", visit.text("object")))


_ACTIONS: Final = {"invite": _invite, "add": _add, "remove": _remove}

ROUTES = [
    Route("/reviews", page(_show_all, {"create": _create}), methods=["GET", "POST"]),
    Route("/review/{id}", page(_show, _ACTIONS), methods=["GET", "POST"]),
]
