"""Keeps open pages up to date: server-sent events say what changed, and the page fetches it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Hashable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

_log = logging.getLogger(__name__)

#: Seconds between two looks at what may have changed, and between two signs of life on a quiet connection.
_LOOK, _QUIET = 1.0, 20.0


class Live:
    """Asks every second what changed, while somebody listens; all pages of a server share the question.

    Args:
        versions: Returns a value for each topic, which differs when the topic has changed. Called in a thread; it has
            to be cheap. If it raises, the topics count as changed once, and it is asked again.
    """

    def __init__(self, versions: Callable[[], Mapping[str, Hashable]]) -> None:
        self._versions = versions
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._asking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def answer(self, request: Request) -> StreamingResponse:
        """Answer ``GET /live``: an event ``changed`` with the topic's name for every change.

        With ``?since=STATE`` its name is ``*`` if anything changed since :meth:`state` returned that.
        """
        return StreamingResponse(
            self._events(request), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    def state(self) -> str:
        """Return what stands for all topics as they are now.

        A page that takes it before it reads its data, and renders it as ``live_state``, misses no change between that
        and the moment when its browser begins to listen.
        """
        return state_of(self._versions())

    def close(self) -> None:
        """End all connections, so that the server can stop; may be called from any thread."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._say, None)

    async def _events(self, request: Request) -> AsyncIterator[str]:
        queue: asyncio.Queue[str | None] = asyncio.Queue(maxsize=100)
        self._listeners.add(queue)
        self._loop = asyncio.get_running_loop()
        try:
            now = await self._look()
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask(now))
            yield "retry: 2000\n\n"
            if request.query_params.get("since", state_of(now)) != state_of(now):
                yield "event: changed\ndata: *\n\n"
            while not self._closed:
                try:
                    topic = await asyncio.wait_for(queue.get(), _QUIET)
                except TimeoutError:
                    if await request.is_disconnected():
                        return
                    yield ":\n\n"
                    continue
                if topic is None:
                    return
                yield f"event: changed\ndata: {topic}\n\n"
        finally:
            self._listeners.discard(queue)
            if not self._listeners and self._asking is not None:
                self._asking.cancel()
                self._asking = None

    async def _ask(self, known: Mapping[str, Hashable]) -> None:
        while True:
            await asyncio.sleep(_LOOK)
            found = await self._look()
            for topic in sorted({*known, *found}):
                if known.get(topic) != found.get(topic):
                    self._say(topic)
            known = found

    async def _look(self) -> Mapping[str, Hashable]:
        try:
            return await run_in_threadpool(self._versions)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may succeed
            # The page itself says what is wrong; here it is enough that the pages ask.
            _log.debug("Cannot see what changed: %s", error)
            return {}

    def _say(self, topic: str | None) -> None:
        for queue in self._listeners:
            if topic is None and queue.full():
                queue.get_nowait()
            if not queue.full():
                queue.put_nowait(topic)


def state_of(versions: Mapping[str, Hashable]) -> str:
    """Return what stands for topics in one state; it is the same within this process."""
    return f"{hash(frozenset(versions.items())):x}"
