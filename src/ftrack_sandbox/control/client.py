"""The client of the sandbox's own endpoints: faults, the clock, statistics and snapshots of a running server."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import requests

#: What a faulty request is answered with: an HTTP status, or ``timeout``: nothing, ever.
Answer = int | Literal["timeout"]


class ControlError(RuntimeError):
    """The server refused what was asked of its own endpoints."""


class Control:
    """Speaks to ``/sandbox/...`` as the administrator."""

    def __init__(self, url: str, api_user: str, api_key: str) -> None:
        self.url = url
        self._headers = {"ftrack-user": api_user, "ftrack-api-key": api_key}

    def ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            ControlError: The server refused.
        """
        response = requests.request(
            method, f"{self.url}/sandbox/{path}", json=content, headers=self._headers, timeout=30
        )
        if not response.ok:
            raise ControlError(f"{method} /sandbox/{path} was refused: {_reason(response)}")
        answer: dict[str, Any] = response.json()
        return answer


def _reason(response: requests.Response) -> str:
    try:
        return str(response.json()["content"])
    except (ValueError, KeyError, TypeError):
        return response.text


class FaultsControl:
    """The faults, switched on and off from outside.

    A fault lasts for the next ``calls``, for ``seconds``, or until it is cleared.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def latency(self, milliseconds: float) -> None:
        """Add so much to every call of /api and /component."""
        self._set(latency_ms=milliseconds)

    def api(
        self,
        answer: Answer,
        *,
        calls: int | None = None,
        seconds: float | None = None,
        executed: bool = False,
    ) -> None:
        """Have calls of /api go wrong.

        Args:
            answer: What comes instead of ftrack's answer.
            calls: How many calls go wrong.
            seconds: For how long.
            executed: Whether the operations are carried out and only the answer is lost.
        """
        self._set(api={"answer": answer, "calls": calls, "seconds": seconds, "executed": executed})

    def uploads(
        self,
        answer: Answer,
        *,
        calls: int | None = None,
        seconds: float | None = None,
        executed: bool = False,
    ) -> None:
        """Have uploads go wrong; the arguments are those of ``api``."""
        self._set(uploads={"answer": answer, "calls": calls, "seconds": seconds, "executed": executed})

    def cut_hub(self) -> None:
        """Cut all connections to the event hub; clients may reconnect immediately."""
        self._set(cut_hub=True)

    def silence_hub(self) -> None:
        """Keep the connections to the event hub open and let nothing through, not even heartbeats."""
        self._set(hub="silent")

    def take_hub_down(self) -> None:
        """Cut all connections to the event hub and refuse new ones."""
        self._set(hub="down")

    def bring_hub_up(self) -> None:
        """Have the event hub work again."""
        self._set(hub="up")

    def clear(self) -> None:
        """End all faults."""
        self._control.ask("DELETE", "faults")

    def now(self) -> dict[str, Any]:
        """Return the faults that are on."""
        return self._control.ask("GET", "faults")

    def _set(self, **change: Any) -> None:
        self._control.ask("POST", "faults", change)


class ClockControl:
    """The server's clock."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> datetime:
        """Return the server's time."""
        return datetime.fromisoformat(self._control.ask("GET", "clock")["now"])

    def set(self, moment: datetime, *, stopped: bool = False) -> None:
        """Let the server's clock run from an aware ``moment``, or stand still there."""
        self._control.ask("POST", "clock", {"set": moment.isoformat(), "stopped": stopped})

    def advance(self, seconds: float) -> None:
        """Have the server's clock jump forward."""
        self._control.ask("POST", "clock", {"advance": seconds})

    def reset(self) -> None:
        """Have the server's clock follow the machine's again."""
        self._control.ask("DELETE", "clock")


class StatisticsControl:
    """The counts of the server's work."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def now(self) -> dict[str, Any]:
        """Return the counts: ``requests``, ``operations`` by action, ``seconds``, uploads, events and more."""
        return self._control.ask("GET", "statistics")

    def reset(self) -> None:
        """Count from zero."""
        self._control.ask("DELETE", "statistics")


class SnapshotsControl:
    """The states of a server that can be returned to."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def names(self) -> list[str]:
        """Return the names of the snapshots, the oldest first."""
        return [each["name"] for each in self._control.ask("GET", "snapshots")["snapshots"]]

    def take(self, name: str) -> None:
        """Keep the present state under a name."""
        self._control.ask("POST", "snapshots", {"take": name})

    def restore(self, name: str) -> None:
        """Return to the state of that name."""
        self._control.ask("POST", "snapshots", {"restore": name})
