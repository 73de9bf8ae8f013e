"""The event server: what is started, and how its parts hold together.

Two parts of it are made elsewhere and are handed what they need here:

``engine.dialogs.Dialogs(settings, registry, ftrack, jobs, address)``
    ``discover(event, reply)`` answers ftrack's action menu, from memory where it can; ``launch(event, reply)`` answers
    a launch or a submitted form. Both return at once; ``reply(data)`` is called with what is to be published as the
    reply, in the caller's thread or in one of the dialogs' own, or not at all. Events are plain dicts in ftrack's shape
    (``id``, ``topic``, ``data``, ``source``). ``stop()`` ends its threads. *address* is what browsers put before
    ``/icons/...``.

``engine.jobs.Jobs(settings, registry, store=, lanes=, inbox=, ftrack=)``
    ``start()``, ``stop()`` (returns when nothing runs any more), ``wake()`` (something may be due). It claims with
    ``lanes.claim(names of actions)`` and keeps to ``batches`` for taking and finishing; the server renews the leases.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from callboard.changes import Reference
from callboard.effects import Effect
from callboard.engine.history import History
from callboard.engine.inbox import Inbox
from callboard.engine.lanes import Lanes
from callboard.engine.store import Store
from callboard.ftrack import Ftrack
from callboard.registry import Registry
from callboard.settings import Settings


@dataclass(frozen=True)
class DryRun:
    """What one automation would do.

    Attributes:
        automation: Its name.
        effects: What it would do, in order; ``effect.describe()`` is a phrase for people.
        reason: Why it would do nothing, or None.
        error: Why it could not even plan, or None.
    """

    automation: str
    effects: list[Effect]
    reason: str | None = None
    error: str | None = None


class Server:
    """The event server of one configuration.

    Attributes:
        store: The database.
        history: Its read side.
        ftrack: The studio's ftrack.
        ready: Set when events are heard and what was missed has been read.
    """

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self.settings = settings
        self.registry = registry
        self.store = Store(settings.database.url)
        self.history = History(self.store)
        self.ready = threading.Event()
        self.ftrack = Ftrack(
            settings.ftrack.server, settings.ftrack.api_user, settings.ftrack.api_key.get_secret_value()
        )
        self.lanes = Lanes(self.store)
        self.inbox = Inbox(self.store, settings, registry)

    def start(self) -> None:
        """Start working; returns at once, ``ready`` is set when events are heard.

        ftrack may be away: it is waited for.

        Raises:
            TryAgain: The database cannot be reached.
            CallboardError: The dashboard's address is taken.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Finish or park what is in hand, and return when nothing works any more."""
        raise NotImplementedError

    def plan_for(self, entity: Reference, automation: str | None = None) -> list[DryRun]:
        """What the automations would do about an entity now; changes nothing, and needs no start.

        Raises:
            Refused: There is no such entity, or no such automation.
            TryAgain: ftrack cannot be reached.
        """
        raise NotImplementedError

    def catch_up(self, since: datetime) -> int:
        """Store the changes since then that were missed, as due work; needs no start.

        Returns:
            How many were found that had not been known.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        raise NotImplementedError
