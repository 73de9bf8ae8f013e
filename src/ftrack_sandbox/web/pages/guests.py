"""Invitees of reviews: the address that lets them in without a sign-in, and how their pages are answered."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from callboard_pages import read_form
from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.web.pages.client import Client, Entity
from ftrack_sandbox.web.pages.visit import Action, Show, Site, Visit, respond

_GUEST: Final = ", ".join(
    ["name", "email", "review_session_id"]
    + [f"review_session.{each}" for each in ("name", "description", "is_open", "project.full_name")]
)


def client_address(sandbox: Sandbox, invitee_id: str) -> str:
    """Return the address at which an invitee sees a review; whoever knows it needs nothing else."""
    return f"/client/{invitee_id}/{signature(sandbox, invitee_id)}"


def signature(sandbox: Sandbox, invitee_id: str) -> str:
    """Return the part of that address that nobody can guess."""
    key = f"review {sandbox.session_secret}".encode()
    return hmac.new(key, invitee_id.encode(), hashlib.sha256).hexdigest()[:40]


def read_guest(request: Request) -> Entity:
    """Return the invitee whose address this is, with the review.

    Raises:
        HTTPException: 404, it is nobody's.
    """
    site: Site = request.app.state.site
    invitee_id, given = request.path_params["invitee"], request.path_params["signature"]
    found = None
    if hmac.compare_digest(signature(site.sandbox, invitee_id).encode(), given.encode()):
        found = _client(site).find("ReviewSessionInvitee", invitee_id, _GUEST)
    if found is None:
        raise HTTPException(
            404, "This review is not there, or the invitation was withdrawn: ask the studio for a link."
        )
    return found


def _client(site: Site) -> Client:
    """Return the server's own way to the data: invitees are not users."""
    return Client(site.sandbox, site.sandbox.api_user)


def guest_page(show: Show, actions: Mapping[str, Action] | None = None) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a page for invitees."""

    async def answer(request: Request) -> Response:
        site: Site = request.app.state.site
        visit = Visit(request, site, _client(site), site.live.state())
        try:
            await run_in_threadpool(read_guest, request)
            if request.method == "POST":
                visit.form = await read_form(request)
            return await run_in_threadpool(respond, visit, show, actions or {})
        except SandboxError as error:
            raise HTTPException(error.http_status, error.message) from error
        finally:
            await request.close()

    return answer
