"""The ftrack that is copied: asked politely, with read-only operations of its API and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from ftrack_sandbox.importing.errors import ImportStoppedError, QueryRefusedError, TooMuchError

_log = logging.getLogger(__name__)

#: Seconds without an answer after which a request is given up; the official client waits as long.
_TIMEOUT = 60.0
#: Seconds until a failed request is sent again: doubling from the first to the second.
_RETRY_FIRST, _RETRY_LONGEST = 0.5, 30.0
#: Attempts of one request; with the pauses above, about three minutes.
_ATTEMPTS = 12
#: ftrack's names for wrong credentials, in the ``exception`` of an answer.
_NOT_LET_IN = ("InvalidCredentialsError", "FTAuthenticationError")
_BLOCK = 1024 * 1024


class Source:
    """Speaks to an ftrack server.

    Args:
        url: Address of the server.
        api_user: Whose API key it is.
        api_key: The key.
        requests_per_second: No more requests than that are sent.
        clock: Seconds, only ever growing.
        sleep: Waits for so many seconds.

    Attributes:
        sent: How many requests were sent.
    """

    def __init__(
        self,
        url: str,
        api_user: str,
        api_key: str,
        *,
        requests_per_second: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ImportStoppedError(
                f"{url!r} is not the address of a server: give one such as https://studio.ftrackapp.com."
            )
        self.url = url.rstrip("/")
        self.sent = 0
        self._credentials = {"username": api_user, "apiKey": api_key}
        self._session = requests.Session()
        self._session.headers.update(
            {
                "ftrack-user": api_user,
                "ftrack-api-key": api_key,
                "ftrack-strict-api": "true",
                "accept": "application/json",
            }
        )
        self._pause = 1 / requests_per_second
        self._next = 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def schemas(self) -> list[dict[str, Any]]:
        """Return the schemas of the server's entity types.

        Raises:
            ImportStoppedError: The server cannot be reached, or does not let the user in.
        """
        found: list[dict[str, Any]] = self._call([{"action": "query_schemas"}])[0]
        return found

    def query(self, expressions: Sequence[str]) -> list[list[dict[str, Any]]]:
        """Return the rows of each expression; the expressions limit how many there are.

        Raises:
            QueryRefusedError: The server refuses one of them.
            TooMuchError: The server does not manage so much in one request.
            ImportStoppedError: The server cannot be reached, or does not let the user in.
        """
        answers = self._call([{"action": "query", "expression": each} for each in expressions])
        return [answer["data"] for answer in answers]

    def download(self, component_id: str, target: Path) -> bool:
        """Write a component's file from the server's own location to a path; False when there is none.

        Raises:
            ImportStoppedError: The server cannot be reached.
        """
        response = self._send("GET", "/component/get", params={"id": component_id, **self._credentials}, stream=True)
        with response:
            if response.status_code >= 400:
                return False
            with target.open("wb") as file:
                for block in response.iter_content(_BLOCK):
                    file.write(block)
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _call(self, operations: list[dict[str, Any]]) -> list[Any]:
        response = self._send("POST", "/api", json=operations)
        try:
            answer = response.json()
        except ValueError:
            raise ImportStoppedError(
                f"{self.url} does not answer as an ftrack does (HTTP {response.status_code}): check the address."
            ) from None
        if isinstance(answer, dict) and "exception" in answer:
            if answer["exception"] in _NOT_LET_IN:
                user = self._credentials["username"]
                raise ImportStoppedError(
                    f"{self.url} does not let {user} in: check --api-user, and the API key in FTRACK_API_KEY."
                )
            raise QueryRefusedError(str(answer.get("content") or answer["exception"]))
        if not isinstance(answer, list) or len(answer) != len(operations):
            raise ImportStoppedError(f"{self.url} does not answer as an ftrack does: check the address.")
        return answer

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Send a request until it is answered; what may pass is tried again, as late as the server asks."""
        problem = ""
        for attempt in range(_ATTEMPTS):
            self._wait_for_turn()
            delay = min(_RETRY_FIRST * 2**attempt, _RETRY_LONGEST)
            try:
                response = self._session.request(method, self.url + path, timeout=_TIMEOUT, **arguments)
            except requests.Timeout as error:
                if attempt:
                    raise TooMuchError from error
                problem = "it did not answer in time"
            except requests.RequestException as error:
                problem = f"the connection failed ({type(error).__name__})"
            else:
                if response.status_code == 413:
                    raise TooMuchError
                if response.status_code != 429 and response.status_code < 500:
                    return response
                problem = f"it answered HTTP {response.status_code}"
                delay = _retry_after(response) or delay
                response.close()
            _log.warning("%s: %s; trying again in %.1f s.", self.url, problem, delay)
            self._sleep(delay)
        raise ImportStoppedError(
            f"{self.url} cannot be reached: {problem}. Run the same command again later; it continues where it stopped."
        )

    def _wait_for_turn(self) -> None:
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._pause
            self.sent += 1
        if turn > now:
            self._sleep(turn - now)


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds that the header ``Retry-After`` asks for, given as seconds or as a date."""
    text = response.headers.get("Retry-After", "")
    with suppress(ValueError):  # it may be a date
        return max(0.0, float(text))
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, then.timestamp() - time.time())
