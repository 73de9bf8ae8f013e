"""The web application: its pages, what lets people in, and what is said when something goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from callboard.dashboard import automations, bulk, health, icons, jobs, log, metrics, now, run, runs, signing_in, why
from callboard.dashboard import settings as settings_page
from callboard.dashboard.access import Access, client_address
from callboard.dashboard.context import Context
from callboard.dashboard.cookies import cookie_key, cookie_name
from callboard.dashboard.current import Answers
from callboard.dashboard.looking import Looking
from callboard.dashboard.passwords import Passwords
from callboard.dashboard.people import person_of
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.log import Entry, add_entry
from callboard.engine.store.overview import read_overview
from callboard.engine.store.topics import topics
from callboard.errors import CallboardError, TryAgain
from callboard.ftrack import Ftrack
from callboard.registry import Registry
from callboard.settings import Settings
from callboard_pages import Live, Pages
from callboard_pages.headers import HEADERS, SecurityHeaders

_log = logging.getLogger(__name__)

_HERE = Path(__file__).parent
#: Seconds that the present which pages show may be old.
_FRESH = 1.0

#: The modules of pages, in the order of the navigation: each has ``routes(context)``, and ``NAV`` (address, label, key)
#: when it is a main page.
MODULES: tuple[ModuleType, ...] = (now, runs, run, bulk, why, jobs, automations, settings_page, log)
_NAV = [module.NAV for module in MODULES if hasattr(module, "NAV")]


def create_app(
    settings: Settings,
    registry: Registry,
    store: Store,
    *,
    address: str | None = None,
    condition: Callable[[], health.Condition] = health.Condition,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """Return the web application; ``app.state.context`` is what its pages share.

    Args:
        settings: The configuration.
        registry: The automations.
        store: The database, for this application alone.
        address: What browsers open; where it cannot be known before, that of ``[dashboard]`` otherwise.
        condition: Returns the condition of the process, for the health check.
        clock: Returns the time now; aware.
    """
    address = address or settings.dashboard.address
    context = _context(settings, registry, store, clock)
    pages, passwords = context.pages, Passwords(settings.dashboard)
    tell = _tell(pages)
    app = Starlette(
        routes=[
            *icons.routes(),
            *health.routes(context, condition),
            *metrics.routes(context, passwords),
            *pages.routes,
            Route("/live", context.live.answer),
            *signing_in.routes(context, passwords),
            *(route for module in MODULES for route in module.routes(context)),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(
                SessionMiddleware,
                secret_key=cookie_key(settings),
                session_cookie=cookie_name(address),
                max_age=int(settings.dashboard.sign_in_for.total_seconds()),
                https_only=address.startswith("https:"),
            ),
            Middleware(Access, settings=settings.dashboard, refuse=pages.say),
            Middleware(Looking, answers=context.answers, tell=tell),
        ],
        exception_handlers={HTTPException: pages.refuse, CallboardError: tell, Exception: tell},
    )
    app.state.context = context
    return app


def _context(settings: Settings, registry: Registry, store: Store, clock: Callable[[], datetime]) -> Context:
    answers = Answers(lambda: topics(store))
    return Context(
        settings=settings,
        registry=registry,
        store=store,
        history=History(store),
        ftrack=Ftrack.of(settings.ftrack),
        pages=Pages(
            _HERE / "templates",
            own_static=_HERE / "static",
            product="Callboard",
            zone=settings.studio.zone,
            shared=_shared,
            clock=clock,
        ),
        live=Live(answers.look),
        answers=answers,
        overview=answers.share(lambda: read_overview(store), _FRESH),
        note=lambda request, what: _note(store, settings.dashboard.proxy_addresses, request, what),
        clock=clock,
    )


def _shared(request: Request) -> Mapping[str, Any]:
    """Return what every template gets."""
    person, state = person_of(request), getattr(request.state, "live_state", "")
    return {
        "person": person,
        "nav": _NAV if person else [],
        "live_address": "/live" if person else "",
        "live_state": state,
    }


def _note(store: Store, proxies: Collection[str], request: Request, what: str) -> None:
    person = person_of(request)
    assert person is not None
    add_entry(store, Entry(person.name, person.role, client_address(request, proxies), what))
    _log.info("%s, on the dashboard: %s", person.name, what)


def _tell(pages: Pages) -> Callable[[Request, Exception], Response]:
    """Return the handler of errors: one sentence each."""

    def handle(request: Request, error: Exception) -> Response:
        if isinstance(error, TryAgain):
            answer = pages.say(request, 503, str(error))
            answer.headers["Retry-After"] = "5"
            return answer
        if isinstance(error, CallboardError):
            return pages.say(request, 400, str(error))
        answer = pages.say(request, 500, "This is a defect in Callboard; its log says more.")
        # Starlette answers defects outside of all middleware.
        answer.headers.update(HEADERS)
        return answer

    return handle
