"""A look at what has changed, before a page is made: the page then listens from there on."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from callboard.dashboard.current import Answers
from callboard.dashboard.people import person_of
from callboard.errors import TryAgain
from callboard_pages.live import state_of

#: Addresses that are not pages.
_OTHER = ("/static/", "/icons/", "/healthz", "/metrics", "/live", "/sign-in")


class Looking:
    """Middleware that notes the state of the topics for a page, or answers that the database is away.

    Args:
        app: What makes the page.
        answers: Looks.
        tell: Makes the page of an error.
    """

    def __init__(self, app: ASGIApp, *, answers: Answers, tell: Callable[[Request, Exception], Response]) -> None:
        self._app, self._answers, self._tell = app, answers, tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer: ASGIApp = self._app
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(_OTHER):
            request = Request(scope)
            try:
                found = await run_in_threadpool(self._answers.look) if person_of(request) else {}
                request.state.live_state = state_of(found)
            except TryAgain as error:
                answer = self._tell(request, error)
        await answer(scope, receive, send)
