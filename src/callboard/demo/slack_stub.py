"""A small server that answers like Slack's Web API, as far as Callboard uses it, and shows the messages on a page.

with SlackStub() as slack:
    ...                # a client whose base_url is slack.url; people look at slack.page
    slack.messages     # [{"channel": "D-ann@studio.example", "to": "ann@studio.example", "text": "…", "at": "…"}]
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import uvicorn

from callboard.demo.slack_app import SlackApp

Answer = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One wrong answer.

    Attributes:
        method: The method that fails, such as ``chat.postMessage``; empty: the next call.
        error: Slack's error code, such as ``invalid_auth``.
        status: HTTP status; anything but 200 is answered without JSON.
        retry_after: Seconds for the header ``Retry-After``.
        cut: Whether the connection ends in the middle of the answer.
    """

    method: str = ""
    error: str = ""
    status: int = 200
    retry_after: int | None = None
    cut: bool = False


@dataclass
class SlackStub:
    """The server, which listens on this machine only, inside a ``with`` block.

    Attributes:
        port: The port to listen on; 0 picks a free one.
        token: The only token that is accepted; empty: any.
        unknown: E-mail addresses that this Slack does not know.
        deactivated: E-mail addresses and user ids of people who have left.
        closed: Channels that do not exist, or that the app may not write to.
        messages: The sent messages, in order: ``channel``, ``to`` (an e-mail address, user id or channel), ``text``,
            and ``at`` (ISO 8601).
        calls: The methods that were called, in order.
    """

    port: int = 0
    token: str = ""
    unknown: set[str] = field(default_factory=set)
    deactivated: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    messages: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        # It listens from here on: whoever connects before the server runs waits in its queue.
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._app = SlackApp(self.answer, lambda: self.messages)
        self._server = uvicorn.Server(uvicorn.Config(self._app, lifespan="off", log_config=None, access_log=False))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name="slack", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._app.close()
        self._server.should_exit = True
        self._thread.join()

    @property
    def url(self) -> str:
        """The address to use in place of ``https://slack.com/api/``."""
        return f"http://127.0.0.1:{self.port}/api/"

    @property
    def page(self) -> str:
        """The page that shows the messages."""
        return f"http://127.0.0.1:{self.port}/"

    def fail(self, faults: Iterable[Fault]) -> None:
        """Give these wrong answers, each once."""
        with self._lock:
            self._faults += faults

    def answer(self, method: str, arguments: dict[str, str], token: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the answer to a call."""
        with self._lock:
            self.calls.append(method)
            fault = next((each for each in self._faults if each.method in {"", method}), None)
            if fault is not None:
                self._faults.remove(fault)
                return _wrong(fault)
            if not token or (self.token and token != self.token):
                return _json({"ok": False, "error": "invalid_auth" if token else "not_authed"})
            return _json(self._call(method, arguments))

    def _call(self, method: str, arguments: dict[str, str]) -> Answer:
        match method:
            case "auth.test":
                return {"ok": True, "team": "Studio", "user": "callboard", "url": "https://studio.slack.com/"}
            case "users.lookupByEmail":
                return self._person(arguments.get("email", ""), "users_not_found")
            case "users.info":
                return self._person(_address(arguments.get("user", "")), "user_not_found")
            case "conversations.open":
                return self._open(arguments.get("users", ""))
            case "chat.postMessage":
                return self._post(arguments.get("channel", ""), arguments.get("text", ""))
        return {"ok": False, "error": "unknown_method"}

    def _person(self, email: str, not_found: str) -> Answer:
        if email in self.unknown or not email:
            return {"ok": False, "error": not_found}
        person = {"id": f"U-{email}", "name": email.partition("@")[0], "deleted": email in self.deactivated}
        return {"ok": True, "user": person}

    def _open(self, user: str) -> Answer:
        if user[:1] not in {"U", "W"} or _address(user) in self.unknown:
            return {"ok": False, "error": "user_not_found"}
        if {user, _address(user)} & self.deactivated:
            return {"ok": False, "error": "user_disabled"}
        return {"ok": True, "channel": {"id": f"D-{_address(user)}"}}

    def _post(self, channel: str, text: str) -> Answer:
        if not text:
            return {"ok": False, "error": "no_text"}
        if channel in self.closed or not channel:
            return {"ok": False, "error": "channel_not_found"}
        at = datetime.now(UTC).isoformat()
        self.messages.append({"channel": channel, "to": channel.removeprefix("D-"), "text": text, "at": at})
        return {"ok": True, "channel": channel, "ts": f"{len(self.messages)}.000100", "message": {"text": text}}


def _address(user: str) -> str:
    """Return the e-mail address in a user's id."""
    return user.removeprefix("U-")


def _json(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(answer).encode()


def _wrong(fault: Fault) -> tuple[int, dict[str, str], bytes]:
    if fault.cut:
        return 200, {"Content-Length": "1000"}, b'{"ok": true'
    if fault.status == 200:
        return _json({"ok": False, "error": fault.error})
    headers = {"Content-Type": "text/html"}
    if fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    return fault.status, headers, b"<html>out of order</html>"
