"""The page to sign in with a password, and to sign out."""

from __future__ import annotations

import math

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard.dashboard.access import needs_no_password
from callboard.dashboard.context import Context
from callboard.dashboard.passwords import Passwords, TooManyError
from callboard_pages import read_form
from callboard_pages.words import duration

#: Letters of a name, at most.
_LONGEST_NAME = 60


def routes(context: Context, passwords: Passwords) -> list[Route]:
    """Return the routes of this page.

    Args:
        context: What the pages share.
        passwords: Those that open them.
    """
    page = _SigningIn(context, passwords)
    return [
        Route("/sign-in", page.show, methods=["GET"]),
        Route("/sign-in", page.take, methods=["POST"]),
        Route("/sign-out", page.leave, methods=["POST"]),
    ]


class _SigningIn:
    def __init__(self, context: Context, passwords: Passwords) -> None:
        self._pages, self._passwords = context.pages, passwords
        self._settings = context.settings.dashboard

    async def show(self, request: Request) -> Response:
        if needs_no_password(self._settings):
            return RedirectResponse("/", 303)
        return self._page(request, onward=local_path(request.query_params.get("next", "/")))

    async def take(self, request: Request) -> Response:
        form = await read_form(request)
        name, onward = _text(form, "name"), local_path(_text(form, "next"))
        if not name or len(name) > _LONGEST_NAME:
            error = f"Say who you are, in at most {_LONGEST_NAME} letters: it is logged with what you change."
            return self._page(request, status=400, name=name, onward=onward, errors={"name": error})
        try:
            role = self._passwords.check(request, _text(form, "password"))
        except TooManyError as refusal:
            wait = math.ceil(refusal.wait)
            error = f"Too many wrong passwords; try again in {duration(wait)}."
            page = self._page(request, status=429, name=name, onward=onward, errors={"password": error})
            page.headers["Retry-After"] = str(wait)
            return page
        if role is None:
            errors = {"password": "This is not the password."}
            return self._page(request, status=403, name=name, onward=onward, errors=errors)
        request.session.clear()
        request.session.update(name=name, role=role.value)
        return RedirectResponse(onward, 303)

    async def leave(self, request: Request) -> Response:
        await read_form(request)
        request.session.clear()
        return RedirectResponse("/sign-in", 303)

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
