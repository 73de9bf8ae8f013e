"""The parts that every page is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from callboard.dashboard.current import Answers
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.overview import Overview
from callboard.ftrack import Ftrack
from callboard.registry import Registry
from callboard.settings import Settings
from callboard_pages import Live, Pages


@dataclass(frozen=True)
class Context:
    """The parts that the pages of one dashboard share.

    Attributes:
        settings: The configuration.
        registry: The automations.
        store: The database; the dashboard has connections of its own.
        history: Its read side.
        ftrack: The studio's ftrack, which is asked nothing before somebody uses it.
        pages: Renders templates.
        live: Tells open pages what changed.
        answers: Keeps for a moment what all pages show, until something changes.
        overview: Returns the present, as *answers* keeps it.
        note: Writes a line of the log that the page *Log* shows: who (of this request) did what. Call it before the
            change: what cannot be logged is not done. Raises TryAgain when the database is away.
        clock: Returns the time now; aware.
    """

    settings: Settings
    registry: Registry
    store: Store
    history: History
    ftrack: Ftrack
    pages: Pages
    live: Live
    answers: Answers
    overview: Callable[[], Overview]
    note: Callable[[Request, str], None]
    clock: Callable[[], datetime]
