"""The last API calls and events, for the inspector: references to what passed by, read only when somebody looks."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from dataclasses import dataclass

#: Entries and bytes that are kept, and bytes of one entry: of a longer one only its beginning.
MOST_ENTRIES, MOST_BYTES, MOST_OF_ONE = 2_000, 16_000_000, 256_000
_BEGINNING = 64_000

_WORDS = ("password", "passphrase", "api_key", "apikey", "secret", "access_token", "auth_token")
_WORDS_AS_BYTES = tuple(word.encode() for word in _WORDS)
_NAMED = rf"(?:{'|'.join(_WORDS)})"
_STRING = r'"(?:[^"\\]|\\.)*(?:"|\Z)'
_INSIDE = rf"(?:{_STRING}|[^\"\[\]{{}}])*"
_VALUE = rf"(?:{_STRING}|\[{_INSIDE}\]?|\{{{_INSIDE}\}}?|[^\s,}}\]]+)"
#: Ways in which a secret is written: a value of JSON; one below a key beside it, also in an event about both; JSON in a
#: text; a query or an address.
_SECRETS = (
    (re.compile(rf'("[^"\\]*{_NAMED}[^"\\]*"\s*:\s*){_VALUE}', re.IGNORECASE), r'\1"***"'),
    (
        re.compile(
            rf'("(?:key|name)"\s*:\s*"[^"]*{_NAMED}[^"]*"[^{{}}]{{0,500}}?"value"\s*:\s*){_VALUE}', re.IGNORECASE
        ),
        r'\1"***"',
    ),
    (
        re.compile(
            rf'("(?:old|new)"\s*:\s*"[^"]*{_NAMED}[^"]*"[^{{}}]*\}}[^{{}}]{{0,500}}"value"\s*:\s*){_VALUE}',
            re.IGNORECASE,
        ),
        r'\1"***"',
    ),
    (
        re.compile(rf'(\\"[^"\\]*{_NAMED}[^"\\]*\\"\s*:\s*)(?:\\".*?(?:\\"|\Z)|[^\s,}}\]"]+)', re.IGNORECASE),
        r'\1\\"***\\"',
    ),
    (
        re.compile(
            rf"({_NAMED}\w*\s*(?:!?=|\bis(?:_not)?\b|\b(?:not_)?like\b|\b(?:not_)?in\b)\s*\(?\s*)"
            r"""(?:\\"[^"]*\\"|'[^']*'|[^\s&"'),]+)""",
            re.IGNORECASE,
        ),
        r"\1***",
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that passed by.

    Attributes:
        number: Counts all entries, from 1.
        at: When (seconds since 1970, by the machine's clock).
        kind: ``call`` or ``event``.
        user: The name of whoever sent it; empty for the server itself.
        payload: The request's body, or the frame of the event; without secrets.
        cut: Whether that is only its beginning.
        seconds: How long a call took; of an event 0.
        size: Bytes of a call's answer; of an event, of the event.
        error: The refusal of a call or event, or empty.
        receivers: How many connections an event went to.
    """

    number: int
    at: float
    kind: str
    user: str
    payload: bytes | str
    cut: bool
    seconds: float
    size: int
    error: str
    receivers: int


class Recorder:
    """Keeps entries, the oldest of which make room; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._number = 0

    @property
    def last(self) -> int:
        """The number of the newest entry."""
        return self._number

    def add_call(self, user: str, key: str, body: bytes | None, *, seconds: float, size: int, error: str = "") -> None:
        """Keep a call of /api.

        Args:
            user: The caller.
            key: The caller's API key, which is kept nowhere.
            body: The request; None if it was too long.
            seconds: How long it took.
            size: Bytes of the answer.
            error: The refusal.
        """
        payload = body or b""
        if key:
            payload = payload.replace(key.encode(), b"***")
        self._add("call", user, payload, seconds=seconds, size=size, error=error)

    def add_event(self, user: str, frame: str, *, receivers: int, error: str = "") -> None:
        """Keep an event.

        Args:
            user: The sender; empty for the server itself.
            frame: The event as it is sent on, or as it came if it was refused.
            receivers: The number of connections that got it.
            error: Why it was refused.
        """
        self._add("event", user, frame, size=len(frame), receivers=receivers, error=error)

    def entries(self) -> list[Entry]:
        """Return what is kept, the newest first."""
        with self._lock:
            return list(reversed(self._entries))

    def entry(self, number: int) -> Entry | None:
        """Return the entry of a number, unless it has made room."""
        with self._lock:
            first = self._entries[0].number if self._entries else 0
            place = number - first
            return self._entries[place] if 0 <= place < len(self._entries) else None

    def _add(
        self,
        kind: str,
        user: str,
        payload: bytes | str,
        *,
        seconds: float = 0.0,
        size: int,
        error: str,
        receivers: int = 0,
    ) -> None:
        cut = len(payload) > MOST_OF_ONE
        if cut:
            payload = payload[:_BEGINNING]
        payload = without_secrets(payload)
        with self._lock:
            self._number += 1
            self._entries.append(
                Entry(self._number, time.time(), kind, user, payload, cut, seconds, size, error[:2000], receivers)
            )
            self._bytes += len(payload)
            while len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
                self._bytes -= len(self._entries.popleft().payload)


def without_secrets(payload: bytes | str) -> bytes | str:
    """Return a payload with stars in the place of passwords and keys; the same object if it names none."""
    if isinstance(payload, bytes):
        small = payload.lower()
        if not any(word in small for word in _WORDS_AS_BYTES):
            return payload
        text = payload.decode(errors="replace")
    else:
        lower = payload.lower()
        if not any(word in lower for word in _WORDS):
            return payload
        text = payload
    for form, written in _SECRETS:
        text = form.sub(written, text)
    return text
