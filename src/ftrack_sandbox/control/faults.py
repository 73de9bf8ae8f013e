"""Faults on demand: what goes wrong between a studio and its ftrack, switched on by tests.

Faults never happen on their own. They are set through ``/sandbox/faults`` with the administrator's
credentials (see ``client.py`` for the client of that), or by ``ftrack-sandbox serve --latency``.
"""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

HubState = Literal["up", "silent", "down"]


class Fault(BaseModel):
    """Requests that go wrong: for the next ``calls``, for ``seconds``, or until it is taken back."""

    model_config = ConfigDict(extra="forbid")

    answer: Annotated[int, Field(ge=400, le=599)] | Literal["timeout"]
    """The HTTP status to answer with, or ``timeout``: the connection stays open and nothing ever comes."""
    calls: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None
    executed: bool = False
    """Whether the request is carried out and only its answer is lost."""


class FaultSettings(BaseModel):
    """A change of faults; what is not mentioned stays as it is, ``null`` ends a fault."""

    model_config = ConfigDict(extra="forbid")

    latency_ms: Annotated[float, Field(ge=0, le=60_000)] = 0
    api: Fault | None = None
    uploads: Fault | None = None
    hub: HubState = "up"
    """``silent``: connections stay open and nothing comes through, not even heartbeats;
    ``down``: connections are cut and new ones refused."""
    cut_hub: bool = False
    """Cut every hub connection once; clients may reconnect immediately."""

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, given: Any) -> Any:
        if given == {}:
            raise ValueError("Name at least one of latency_ms, api, uploads, hub and cut_hub.")
        return given


class _Running:
    """A fault that is on, with what is left of it."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.calls = fault.calls
        self.ends = None if fault.seconds is None else time.monotonic() + fault.seconds

    def is_over(self) -> bool:
        return self.calls == 0 or (self.ends is not None and time.monotonic() >= self.ends)


class Faults:
    """The faults that are on."""

    def __init__(self, *, latency: float = 0.0) -> None:
        """Start without faults.

        Args:
            latency: Seconds added to every call of /api and /component.
        """
        self._lock = threading.Lock()
        self._standing_latency = latency
        self.latency = latency
        self.hub: HubState = "up"
        self._running: dict[str, _Running] = {}

    def apply(self, settings: FaultSettings) -> None:
        """Change the faults that the settings mention."""
        mentioned = settings.model_fields_set
        with self._lock:
            if "latency_ms" in mentioned:
                self.latency = settings.latency_ms / 1000
            if "hub" in mentioned:
                self.hub = settings.hub
            for name in mentioned & {"api", "uploads"}:
                fault: Fault | None = getattr(settings, name)
                self._running.pop(name, None)
                if fault is not None:
                    self._running[name] = _Running(fault)

    def clear(self) -> None:
        """End all faults; the latency that the server was started with stays."""
        with self._lock:
            self.latency = self._standing_latency
            self.hub = "up"
            self._running.clear()

    def take(self, name: Literal["api", "uploads"]) -> Fault | None:
        """Return the fault for a request that arrives now, counting it as one of the fault's calls."""
        with self._lock:
            running = self._running.get(name)
            if running is None or running.is_over():
                self._running.pop(name, None)
                return None
            if running.calls is not None:
                running.calls -= 1
            return running.fault

    def to_json(self) -> dict[str, Any]:
        """Return the faults that are on, in the form in which they are set."""
        with self._lock:
            on = {name: item.fault.model_dump() for name, item in self._running.items() if not item.is_over()}
            return {
                "latency_ms": self.latency * 1000,
                "hub": self.hub,
                "api": on.get("api"),
                "uploads": on.get("uploads"),
            }
