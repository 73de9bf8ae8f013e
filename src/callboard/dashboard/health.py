"""The health check: whether this process can work, and why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from callboard.dashboard.context import Context
from callboard.engine.store.figures import read_totals, together
from callboard.errors import TryAgain


@dataclass(frozen=True)
class Condition:
    """The condition of the process that serves the pages.

    Attributes:
        alive: Whether it can still work; False when only a restart helps.
        ready: Whether it has begun to work.
        why: A sentence for each reason why not.
    """

    alive: bool = True
    ready: bool = True
    why: Sequence[str] = ()


def routes(context: Context, condition: Callable[[], Condition]) -> list[Route]:
    """Return the routes; everybody may ask, since they say nothing about the studio.

    Args:
        context: What the pages share.
        condition: Returns the condition of this process.
    """

    def healthz(_request: Request) -> Response:
        mine = condition()
        why = list(mine.why)
        counts: Mapping[str, Any] = {}
        try:
            counts = _counts(context)
        except TryAgain as error:
            why.append(str(error))
        ready = mine.ready and mine.alive and bool(counts)
        answer = {"ready": ready, "alive": mine.alive, "why": why, **counts}
        return JSONResponse(answer, status_code=200 if ready else 503, headers={"Cache-Control": "no-store"})

    def alive(_request: Request) -> Response:
        mine = condition()
        answer = {"alive": mine.alive, "why": list(mine.why)}
        return JSONResponse(answer, status_code=200 if mine.alive else 503, headers={"Cache-Control": "no-store"})

    return [Route("/healthz", healthz), Route("/healthz/alive", alive)]


def _counts(context: Context) -> Mapping[str, Any]:
    now = context.overview()
    return {
        **{state: now.count(state) for state in ("waiting", "running", "failed")},
        "done": together(read_totals(context.store).values()).done,
        "hub": now.hub,
        "oldest_waiting": _iso(now.oldest),
        "reading": _iso(now.behind),
        "stuck": now.stuck,
    }


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
