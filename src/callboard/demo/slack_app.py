"""The web application of the stand-in for Slack: its API, and a page with the channels and their messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from callboard.demo.slack_text import render
from callboard_pages import Live, Pages
from callboard_pages.headers import SecurityHeaders

Message = Mapping[str, str]
#: Answers a call: the method, its arguments and the token; returns status, headers and body.
AnswerCall = Callable[[str, dict[str, str], str], tuple[int, dict[str, str], bytes]]

_HERE = Path(__file__).parent / "slack_pages"


class SlackApp:
    """The application.

    Args:
        answer: Answers a call of the API.
        messages: Returns the messages so far, in order.
    """

    def __init__(self, answer: AnswerCall, messages: Callable[[], Sequence[Message]]) -> None:
        self._answer, self._messages = answer, messages
        self._live = Live(lambda: {"messages": len(messages())})
        self._pages = Pages(
            _HERE, own_static=_HERE, product="Slack stand-in", shared=lambda _: {"nav": (), "live_address": "/live"}
        )
        self._pages.environment.filters["mrkdwn"] = render
        self._app = Starlette(
            routes=[
                Route("/api/{method}", self._call, methods=["POST"]),
                Route("/live", self._live.answer),
                Route("/", self._show),
                *self._pages.routes,
            ],
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={HTTPException: self._pages.refuse},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self._app(scope, receive, send)

    def close(self) -> None:
        """End the connections of open pages."""
        self._live.close()

    async def _call(self, request: Request) -> Response:
        arguments = {name: values[0] for name, values in parse_qs(request.url.query).items()}
        arguments |= _arguments(request.headers.get("Content-Type", ""), await request.body())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        status, headers, body = self._answer(request.path_params["method"], arguments, token)
        if int(headers.get("Content-Length", len(body))) > len(body):
            return StreamingResponse(_cut_off(body), status_code=status, headers=headers)
        return Response(body, status_code=status, headers=headers)

    def _show(self, request: Request) -> Response:
        state, messages = self._live.state(), self._messages()
        channels: dict[str, list[Message]] = {}
        for message in messages:
            channels.setdefault(message["to"], []).append(message)
        chosen = request.query_params.get("channel", "")
        shown = channels.get(chosen, []) if chosen else messages
        return self._pages.render(
            request, "slack.html", live_state=state, channels=channels, chosen=chosen, messages=shown
        )


def _arguments(kind: str, body: bytes) -> dict[str, str]:
    """Return the arguments in a body: slack_sdk sends a form, like a browser, or JSON."""
    if kind.startswith("application/json"):
        return {name: str(value) for name, value in json.loads(body or b"{}").items()}
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


def _cut_off(body: bytes) -> Iterator[bytes]:
    """Give less than the headers promise, and then fail: the server closes the connection."""
    yield body
    raise ConnectionAbortedError("the answer is cut off here on purpose")
