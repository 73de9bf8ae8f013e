"""The page to sign in with a password, and to sign out."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math

from pydantic import SecretStr
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.access import client_address, needs_no_password
from callboard.dashboard.attempts import Attempts
from callboard.dashboard.context import Context
from callboard.dashboard.people import Role
from callboard_pages import read_form
from callboard_pages.words import duration

_log = logging.getLogger(__name__)

#: Letters of a name, at most.
_LONGEST_NAME = 60


def routes(context: Context) -> list[Route]:
    """Return the routes of this page."""
    page = _SigningIn(context)
    return [
        Route("/sign-in", page.show, methods=["GET"]),
        Route("/sign-in", page.take, methods=["POST"]),
        Route("/sign-out", page.leave, methods=["POST"]),
    ]


class _SigningIn:
    def __init__(self, context: Context) -> None:
        self._pages = context.pages
        self._settings = context.settings.dashboard
        self._attempts = Attempts()

    async def show(self, request: Request) -> Response:
        if needs_no_password(self._settings):
            return RedirectResponse("/", 303)
        return self._page(request, onward=local_path(request.query_params.get("next", "/")))

    async def take(self, request: Request) -> Response:
        form = await read_form(request)
        name, onward = _text(form, "name"), local_path(_text(form, "next"))
        address = client_address(request, self._settings.proxy_addresses)
        if not name or len(name) > _LONGEST_NAME:
            error = f"Say who you are, in at most {_LONGEST_NAME} letters: it is logged with what you change."
            return self._page(request, status=400, name=name, onward=onward, errors={"name": error})
        if wait := self._attempts.wait(address):
            error = f"Too many wrong passwords; try again in {duration(math.ceil(wait))}."
            page = self._page(request, status=429, name=name, onward=onward, errors={"password": error})
            page.headers["Retry-After"] = str(math.ceil(wait))
            return page
        role = self._role(_text(form, "password"))
        if role is None:
            self._attempts.count_wrong(address)
            _log.warning("a wrong password for the dashboard from %s", address)
            errors = {"password": "This is not the password."}
            return self._page(request, status=403, name=name, onward=onward, errors=errors)
        self._attempts.count_right(address)
        request.session.clear()
        request.session.update(name=name, role=role.value)
        return RedirectResponse(onward, 303)

    async def leave(self, request: Request) -> Response:
        await read_form(request)
        request.session.clear()
        return RedirectResponse("/sign-in", 303)

    def _role(self, given: str) -> Role | None:
        """Return the role that a password stands for; both are compared, so that the time tells nothing."""
        full = _is_same(given, self._settings.password)
        viewer = _is_same(given, self._settings.viewer_password)
        return Role.FULL if full else Role.VIEWER if viewer else None

    def _page(
        self,
        request: Request,
        *,
        status: int = 200,
        name: str = "",
        onward: str,
        errors: dict[str, str] | None = None,
    ) -> Response:
        values = {"name": name, "onward": onward, "errors": errors or {}}
        return self._pages.render(request, "sign_in.html", status=status, **values)


def local_path(path: str) -> str:
    """Return a path of ours to continue at; whatever leads elsewhere becomes the first page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _is_same(given: str, known: SecretStr) -> bool:
    """Compare a password, in a time that depends on neither."""
    hashes = [hashlib.sha256(each.encode()).digest() for each in (given, known.get_secret_value())]
    return hmac.compare_digest(*hashes) and bool(known.get_secret_value())
