"""The application of all pages: who is signed in, what is live, and which pages there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard_pages import Live, Pages
from callboard_pages.headers import SecurityHeaders
from ftrack_sandbox.errors import InvalidCredentialsError
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.schema.object_types import type_name
from ftrack_sandbox.web.pages import (
    actions,
    client_review,
    contexts,
    creating,
    files,
    inspector,
    jobs,
    links,
    lists,
    my_tasks,
    people,
    projects,
    review,
    sign_in,
    versions,
)
from ftrack_sandbox.web.pages.answers import Answer, read_answer
from ftrack_sandbox.web.pages.client import Entity
from ftrack_sandbox.web.pages.hub_client import HubClients, Prompt
from ftrack_sandbox.web.pages.markdown import markdown
from ftrack_sandbox.web.pages.visit import Site, to_sign_in

#: Address, label and key of the main pages.
NAV: Final = (
    ("/", "Projects", "p"),
    ("/my-tasks", "My tasks", "t"),
    ("/lists", "Lists", "l"),
    ("/reviews", "Reviews", "r"),
    ("/jobs", "Jobs", "b"),
    ("/inspector", "Inspector", "i"),
)
#: The modules with pages; each has ROUTES.
_MODULES: Final = (
    sign_in,
    links,
    files,
    projects,
    contexts,
    versions,
    lists,
    my_tasks,
    creating,
    actions,
    review,
    client_review,
    jobs,
    inspector,
)

_HERE = Path(__file__).parent
_WEEK = 7 * 24 * 3600


def build(sandbox: Sandbox) -> Starlette:
    """Return the application that shows a sandbox to people."""
    pages = Pages(
        _HERE / "templates",
        own_static=_HERE / "static",
        product="ftrack-sandbox",
        shared=_shared,
        clock=sandbox.clock,
    )
    pages.environment.globals |= {
        "address_of": links.address_of,
        "choices": _choices,
        "name_of": people.name_of,
        "type_name": type_name,
    }
    pages.environment.filters["markdown"] = markdown
    hub = HubClients(sandbox.hub, sandbox.api)
    live = Live(lambda: {"changes": sandbox.hub.changes, "prompts": hub.version, "inspector": sandbox.recorder.last})
    application = Starlette(
        routes=[
            Route("/live", _live),
            *pages.routes,
            *(route for module in _MODULES for route in module.ROUTES),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                SessionMiddleware,
                secret_key=sandbox.session_secret,
                session_cookie=_cookie(sandbox),
                max_age=_WEEK,
                same_site="lax",
            ),
        ],
        exception_handlers={HTTPException: pages.refuse},
    )
    application.state.site = Site(sandbox, pages, live, hub)
    return application


def _choices(entities: Sequence[Entity], label: str = "name") -> list[tuple[str, str]]:
    """Return what a field offers to choose from: the ids of entities, and their names."""
    return [(each["id"], each[label] or each["id"]) for each in entities]


def _cookie(sandbox: Sandbox) -> str:
    """Return the name of the session's cookie: browsers send cookies to every port of a host."""
    text = f"{sandbox.session_secret} {sandbox.data.resolve()}"
    return f"ftrack-sandbox-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _shared(request: Request) -> dict[str, Any]:
    user = request.session.get("user")
    if not user:
        return {"nav": (), "live_address": "", "me": None, "prompts": ()}
    site: Site = request.app.state.site
    return {"nav": NAV, "live_address": "/live", "me": user, "prompts": _prompts(site, request, user)}


def _prompts(site: Site, request: Request, user: str) -> list[tuple[Prompt, Answer]]:
    """Return what actions show to a person, after letting them be found at the event hub."""
    try:
        site.hub.attend(user)
    except InvalidCredentialsError:
        # Whoever signed in is no longer a user; the page itself says so, or leads to the sign-in.
        return []
    address = str(request.base_url)
    return [(each, read_answer(each.data, address, f"prompt-{each.id}")) for each in site.hub.prompts(user)]


async def _live(request: Request) -> Response:
    if "user" not in request.session:
        return to_sign_in(request)
    site: Site = request.app.state.site
    return await site.live.answer(request)
