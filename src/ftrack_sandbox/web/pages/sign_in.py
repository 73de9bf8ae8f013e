"""Signing in as one of the users: without a password on this machine, with the API key from anywhere else."""

from __future__ import annotations

import ipaddress
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from callboard_pages import read_form
from ftrack_sandbox.errors import SandboxError
from ftrack_sandbox.web.pages.client import Client
from ftrack_sandbox.web.pages.visit import Site

#: What may follow a sign-in: an address of this server.
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")


def _show(request: Request, *, refusal: str | None = None, status: int = 200) -> Response:
    site: Site = request.app.state.site
    local = is_local(request)
    users = Client(site.sandbox, site.sandbox.api_user).query(
        "select username, first_name, last_name, memberships.group.name from User "
        "where is_active is true order by first_name, username"
    )
    return site.pages.render(
        request,
        "sign_in.html",
        status=status,
        local=local,
        users=users if local else [],
        api_user=site.sandbox.api_user,
        next=_next(request.query_params.get("next", "")),
        refusal=refusal,
    )


async def _form(request: Request) -> Response:
    return await run_in_threadpool(_show, request)


async def _sign_in(request: Request) -> Response:
    form = await read_form(request)
    user, key = str(form.get("user", "")).strip(), str(form.get("key", "")).strip()
    site: Site = request.app.state.site
    try:
        if is_local(request):
            await run_in_threadpool(Client(site.sandbox, user).call)
        else:
            await run_in_threadpool(site.sandbox.api.authenticate, user, key)
    except SandboxError as error:
        return await run_in_threadpool(_show, request, refusal=error.message, status=error.http_status)
    request.session.clear()
    request.session["user"] = user
    return RedirectResponse(_next(str(form.get("next", ""))), 303)


async def _sign_out(request: Request) -> Response:
    await read_form(request)
    request.session.clear()
    return RedirectResponse("/sign-in", 303)


def is_local(request: Request) -> bool:
    """Return whether a request comes from this machine, for an address of this machine.

    The address counts too, since the name of any website may lead to this machine.
    """
    host = re.sub(r":\d+$", "", request.headers.get("host", "")).strip("[]")
    return request.client is not None and _is_loopback(request.client.host) and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _next(address: str) -> str:
    return address if _OWN.fullmatch(address) else "/"


ROUTES = [
    Route("/sign-in", _form),
    Route("/sign-in", _sign_in, methods=["POST"]),
    Route("/sign-out", _sign_out, methods=["POST"]),
]
