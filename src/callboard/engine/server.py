"""The event server: its parts, how they are wired, and in which order they start and stop."""

from __future__ import annotations

import threading
from datetime import datetime

from callboard.changes import Reference
from callboard.dashboard.health import Condition
from callboard.dashboard.server import Dashboard
from callboard.engine.actions.dialogs import Dialogs
from callboard.engine.actions.job_queue import Jobs
from callboard.engine.heartbeat import Heart
from callboard.engine.reading.doorbells import doorbells
from callboard.engine.reading.hub import Event, Hub, Reply
from callboard.engine.reading.reader import OnProgress, Reader
from callboard.engine.reading.watch import Watch
from callboard.engine.running.apply import Applier
from callboard.engine.running.batch import Batches
from callboard.engine.running.dry_run import DryRun, dry_runs
from callboard.engine.running.worker import Workers
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.inbox import Inbox
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.pauses import Pauses
from callboard.ftrack import Ftrack
from callboard.registry import Registry
from callboard.settings import Settings

__all__ = ["DryRun", "Server"]


class Server:
    """The event server of one configuration.

    Attributes:
        store: The database.
        history: Its read side.
        ftrack: The studio's ftrack.
        ready: Set when events are heard and what was missed is read, or its backlog is being read.
        broken: Set when so much work is stuck that the process has to end.
        address: What browsers put before ``/icons/...``.
    """

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self.settings = settings
        self.registry = registry
        self.broken = threading.Event()
        self.store = Store(settings.database.url)
        self.history = History(self.store)
        self.ftrack = Ftrack.of(settings.ftrack)
        self._inbox = Inbox(self.store, settings, registry)
        self._reader = Reader(self.ftrack, self._inbox)
        self._lanes = Lanes(self.store)
        self._pauses = Pauses(self.store)
        self._hub = Hub(
            settings.ftrack.server,
            settings.ftrack.api_user,
            settings.ftrack.api_key.get_secret_value(),
            on_connected=lambda: self._watch.hear(True),
            on_lost=lambda: self._watch.hear(False),
            topics={
                "ftrack.update": lambda event, _reply: self._watch.ring(doorbells(event)),
                "ftrack.action.discover": self._discover,
                "ftrack.action.launch": self._launch,
            },
        )
        self._heart = Heart(
            self.store,
            self._lanes,
            hears=lambda: self._hub.connected,
            echo_age=lambda: self._hub.echo_age,
            keep_days=settings.database.keep_days,
            stuck=lambda: self.stuck,
            look=self._pauses.refresh,
            generation=lambda: self._inbox.standing.number,
        )
        batches = Batches(
            settings,
            self._inbox.triggers,
            lanes=self._lanes,
            ftrack=self.ftrack,
            applier=Applier(settings, self.ftrack, self.store, self._pauses),
        )
        self._workers = Workers(self._lanes, batches, on_broken=self.broken.set)
        self._watch = Watch(self._reader, self._lanes, may_take=self._heart.fit_to_watch, on_stored=self._workers.wake)
        self._jobs = Jobs(
            settings,
            registry,
            store=self.store,
            lanes=self._lanes,
            ftrack=self.ftrack,
            on_broken=self.broken.set,
        )
        self._dashboard = Dashboard(settings, registry, self._condition)
        self._dialogs: Dialogs | None = None
        self.ready = self._watch.current

    @property
    def address(self) -> str:
        """The address that browsers use for icons and pages."""
        return self._dashboard.address

    @property
    def stuck(self) -> list[str]:
        """A sentence for each thread that does not come back from its work."""
        dialogs = self._dialogs.stuck if self._dialogs is not None else []
        return self._workers.stuck + self._jobs.stuck + dialogs

    def _condition(self) -> Condition:
        """Return whether this server works, for the health check."""
        why = [] if self.ready.is_set() else ["The server has not heard ftrack's events yet, nor read what it missed."]
        return Condition(alive=not self.broken.is_set(), ready=self.ready.is_set(), why=why + self.stuck)

    def start(self) -> None:
        """Start working and return immediately; ``ready`` is set when events are heard.

        ftrack may be away: it is waited for.

        Raises:
            TryAgain: The database cannot be reached.
            CallboardError: The dashboard's address is taken.
        """
        self.store.prepare()
        with self.store.with_room():
            self._inbox.standing.join()
        self._dashboard.start()
        self._dialogs = Dialogs(
            self.settings, self.registry, self.ftrack, self._jobs, address=self.address, pauses=self._pauses
        )
        for part in (self._heart, self._watch, self._workers, self._jobs, self._hub):
            part.start()

    def stop(self) -> None:
        """Finish or park what is in hand, and return when nothing works any more."""
        self._hub.stop()
        if self._dialogs is not None:
            self._dialogs.stop()
        for part in (self._watch, self._workers, self._jobs, self._heart, self._dashboard):
            part.stop()
        self.store.close()

    def plan_for(self, entity: Reference, automation: str | None = None) -> list[DryRun]:
        """Return what the automations would do about an entity now; changes nothing, and needs no start.

        Raises:
            Refused: There is no such entity.
            TryAgain: ftrack cannot be reached.
        """
        wanted = [
            trigger for trigger in self.registry.triggers.values() if automation is None or trigger.name == automation
        ]
        return dry_runs(self.ftrack, self.settings, wanted, entity)

    def catch_up(self, since: datetime, on_progress: OnProgress = lambda _: None) -> int:
        """Store the changes since then that were missed, as due work; needs no start.

        Args:
            since: The oldest moment.
            on_progress: Called with the second up to which everything was read.

        Returns:
            How many were found that had not been known.

        Raises:
            TryAgain: ftrack or the database cannot be reached.
        """
        self.store.prepare()
        return Reader(self.ftrack, self._inbox).read_since(since, on_progress)

    def _discover(self, event: Event, reply: Reply) -> None:
        # Of several servers the one that watches answers, lest the menu shows everything twice.
        if self._watch.taken and self._dialogs is not None:
            self._dialogs.discover(event, reply)

    def _launch(self, event: Event, reply: Reply) -> None:
        if self._watch.taken and self._dialogs is not None:
            self._dialogs.launch(event, reply)
