"""Lets in whoever may see a page, and lets change things whoever may."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection
from urllib.parse import urlencode, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callboard.dashboard.people import Person, Role
from callboard.settings.addresses import is_loopback
from callboard.settings.models import DashboardSettings

#: What everybody may fetch: it reveals nothing about the studio.
_OPEN_TO_ALL = ("/icons/", "/healthz")
#: What everybody may fetch from an address of ours; what needs a password asks for it itself.
_BEFORE_SIGNING_IN = ("/static/", "/sign-in", "/metrics")
_SIGN_OUT = "/sign-out"
_READING = ("GET", "HEAD")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

#: Anybody, where no password is set.
SOMEBODY_HERE = Person("this machine", Role.FULL)

Refuse = Callable[[Request, int, str], Response]


class Access:
    """Middleware that finds out who sent a request, and refuses what they may not have.

    Args:
        app: What answers everybody else.
        settings: ``[dashboard]``.
        refuse: Makes a page of a status and a sentence.
    """

    def __init__(self, app: ASGIApp, *, settings: DashboardSettings, refuse: Refuse) -> None:
        self._app, self._settings, self._refuse = app, settings, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer = self._answer(Request(scope)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        """Return the refusal of a request; None lets it pass."""
        path = request.url.path
        request.state.person = person = self._find_person(request)
        if path.startswith(_OPEN_TO_ALL):
            return None
        if wrong := self._is_foreign(request):
            return self._refuse(request, 403, wrong)
        if path.startswith(_BEFORE_SIGNING_IN):
            return None
        if person is None:
            return self._send_to_sign_in(request)
        if request.method not in _READING and not person.may_change and path != _SIGN_OUT:
            return self._refuse(
                request, 403, "You may see everything and change nothing: that takes the full password."
            )
        return None

    def _is_foreign(self, request: Request) -> str:
        """Return what is wrong with where a request comes from or goes to; empty when nothing is."""
        if not self._is_addressed(request):
            return (
                "This address does not belong to Callboard; open the one that it serves, or set dashboard.public_url."
            )
        site = request.headers.get("Sec-Fetch-Site")
        if request.method not in _READING and site in ("cross-site", "same-site"):
            return "A page of another site sent this; open Callboard's own page."
        return ""

    def _find_person(self, request: Request) -> Person | None:
        name = request.headers.get(self._settings.proxy_header) if self._settings.proxy_header else None
        if name and is_among(peer(request), self._settings.proxy_addresses):
            return Person(name.strip()[:100], self._role_by_proxy(request))
        if signed_in := request.session.get("name"):
            return Person(str(signed_in), Role(request.session["role"]), by_cookie=True)
        return SOMEBODY_HERE if needs_no_password(self._settings) else None

    def _role_by_proxy(self, request: Request) -> Role:
        header = self._settings.proxy_role_header
        if not header:
            return Role.FULL
        roles = {each.strip() for each in request.headers.get(header, "").split(",")}
        return Role.FULL if Role.FULL in roles else Role.VIEWER

    def _is_addressed(self, request: Request) -> bool:
        """Return whether a request is meant for us.

        Where no password is asked for, a page of any other site could otherwise read ours: by a name of its own that
        it lets point to this machine.
        """
        if not is_loopback(self._settings.host):
            return True
        allowed = {*_LOOPBACK_NAMES, urlsplit(self._settings.public_url).hostname}
        return host_of(request.headers.get("Host", "")) in allowed

    def _send_to_sign_in(self, request: Request) -> Response:
        if not self._settings.password.get_secret_value():
            sentence = "Sign in through the studio's proxy." if self._settings.proxy_header else _CLOSED
            return self._refuse(request, 403, sentence)
        if request.method not in _READING or request.url.path == "/live":
            return self._refuse(request, 401, "You are not signed in any more; reload the page.")
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303, headers={"Cache-Control": "no-store"})


_CLOSED = "Pages are off until dashboard.password is set, because public_url lets others reach them."


def needs_no_password(settings: DashboardSettings) -> bool:
    """Return whether whoever reaches a page may see it: only people at this machine do."""
    elsewhere = settings.public_url and not is_loopback(urlsplit(settings.public_url).hostname or "")
    asks = settings.password.get_secret_value() or settings.proxy_header
    return is_loopback(settings.host) and not elsewhere and not asks


def host_of(header: str) -> str:
    """Return the name in a ``Host`` header, without its port; empty when there is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def peer(request: HTTPConnection) -> str:
    """Return the address that a request comes from, which may be a proxy's."""
    return request.client.host if request.client else ""


def client_address(request: HTTPConnection, proxies: Collection[str]) -> str:
    """Return the address of the person who sent a request, as far as it can be believed.

    Args:
        request: The request.
        proxies: The addresses whose word counts about whom they speak for.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and is_among(peer(request), proxies) else peer(request)


def is_among(address: str, networks: Collection[str]) -> bool:
    """Return whether an address is one of these, or in one of these networks."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip in ipaddress.ip_network(network) for network in networks)
