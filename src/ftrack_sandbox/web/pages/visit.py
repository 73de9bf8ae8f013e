"""One request of a person, and how a page answers it.

A page is one address. ``GET`` shows it; ``POST`` carries out the action that the form's field ``do`` names, and leads
back to it. If the server refuses the action, the page is shown again with the refusal as a sentence, and with what was
typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from callboard_pages import Live, Pages, read_form
from ftrack_sandbox.errors import InvalidCredentialsError, SandboxError
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.web.pages.client import Client
from ftrack_sandbox.web.pages.hub_client import HubClients

#: A number of rows in an address has fewer digits; a longer one is ignored.
_DIGITS = 9


@dataclass(frozen=True)
class Site:
    """All pages of one server."""

    sandbox: Sandbox
    pages: Pages
    live: Live
    hub: HubClients


@dataclass
class Visit:
    """One request of a person who is signed in.

    Attributes:
        request: The request.
        site: The pages of the server.
        client: Carries out operations in the person's name.
        live_state: What the live topics were before anything was read.
        form: The fields of the form that was sent; empty if none was.
        refusal: Why the action was refused, in a sentence.
        status: The HTTP status of the answer.
    """

    request: Request
    site: Site
    client: Client
    live_state: str = ""
    form: FormData = field(default_factory=FormData)
    refusal: str | None = None
    status: int = 200

    @property
    def id(self) -> str:
        """The id in the address."""
        return str(self.request.path_params["id"])

    def text(self, name: str) -> str:
        """Return a field of the form without spaces around it; empty if it was not sent. Lines end as everywhere."""
        value = self.form.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def files(self, name: str) -> list[UploadFile]:
        """Return the files that were chosen in a field of the form."""
        return [each for each in self.form.getlist(name) if isinstance(each, UploadFile) and each.filename]

    def texts(self, name: str) -> list[str]:
        """Return all values of a field that may be chosen several times."""
        return [each for each in self.form.getlist(name) if isinstance(each, str) and each]

    def offset(self, name: str) -> int:
        """Return how many rows of a table come before those that the address asks for."""
        given = self.request.query_params.get(name, "")
        return int(given) if given.isdecimal() and len(given) < _DIGITS else 0

    def render(self, template: str, **values: Any) -> Response:
        """Return the page; the template can call ``kept(do, name, value)`` for the values of its fields."""
        return self.site.pages.render(
            self.request,
            template,
            status=self.status,
            live_state=self.live_state,
            refusal=self.refusal,
            kept=self._kept,
            **values,
        )

    def _kept(self, do: str, name: str, value: object = "") -> object:
        """Return what was typed in a field if the action was refused, else the value that it has anyway."""
        was_refused = self.refusal is not None and self.form.get("do") == do
        return self.form.get(name, value) if was_refused else value


Show = Callable[[Visit], Response]
#: Does what a form asks for; returns the address to continue at, or None for the page itself.
Action = Callable[[Visit], str | None]


def page(show: Show, actions: Mapping[str, Action] | None = None) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a page, for a ``Route`` with the methods ``GET`` and, if there are actions, ``POST``.

    Args:
        show: Returns the page; called in a thread.
        actions: By the field ``do`` of a form, what it does; called in a thread.
    """

    async def answer(request: Request) -> Response:
        username = request.session.get("user")
        if username is None:
            return to_sign_in(request)
        site: Site = request.app.state.site
        visit = Visit(request, site, Client(site.sandbox, username), site.live.state())
        try:
            if request.method == "POST":
                visit.form = await read_form(request)
            return await run_in_threadpool(respond, visit, show, actions or {})
        except InvalidCredentialsError:
            request.session.clear()
            return to_sign_in(request)
        except SandboxError as error:
            raise HTTPException(error.http_status, error.message) from error
        finally:
            await request.close()

    return answer


def to_sign_in(request: Request) -> Response:
    """Lead somebody who is not signed in to where they can, and from there to where they wanted to go."""
    address = _own_address(request) if request.method == "GET" else request.url.path
    return RedirectResponse(f"/sign-in?next={quote(address)}", 303)


def respond(visit: Visit, show: Show, actions: Mapping[str, Action]) -> Response:
    """Carry out the action of a form, and lead back or show why not; else show the page."""
    if visit.request.method == "POST":
        action = actions.get(visit.text("do"))
        if action is None:
            raise HTTPException(400, "This form asks for something that this page does not do: reload the page.")
        try:
            return RedirectResponse(action(visit) or _own_address(visit.request), 303)
        except InvalidCredentialsError:
            raise
        except SandboxError as error:
            visit.refusal, visit.status = error.message, error.http_status
    return show(visit)


def _own_address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
