"""What carries out jobs in an event server, alone: for tests of jobs without a hub."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.engine.work import make_due

from callboard.changes import Change, Person
from callboard.engine.actions.ftrack_jobs import job_id
from callboard.engine.actions.job_queue import Jobs
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.engine.store.lanes import Lanes
from callboard.forms import Message, StartJob
from callboard.ftrack import Ftrack, quote
from callboard.registry import Registry
from callboard.settings import Settings
from callboard.settings.models import DatabaseSettings, FtrackSettings
from ftrack_sandbox.testing import SandboxServer


def settings_for(sandbox: SandboxServer, registry: Registry, database: str) -> Settings:
    """A configuration for a sandbox, with every action at its defaults."""
    return Settings(
        ftrack=FtrackSettings.model_validate(
            {"server": sandbox.url, "api_user": sandbox.api_user, "api_key": sandbox.api_key}
        ),
        database=DatabaseSettings(url=database),
        automations={name: action.settings() for name, action in registry.actions.items()},
    )


class JobServer:
    """Workers of jobs on a database; several may share one, as servers do."""

    def __init__(self, sandbox: SandboxServer, registry: Registry, database: str) -> None:
        self.registry = registry
        self.settings = settings_for(sandbox, registry, database)
        self.ftrack = Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)
        self.store = Store(self.settings.database.url)
        self.store.prepare()
        self.history = History(self.store)
        self.lanes = Lanes(self.store)
        self.jobs = Jobs(self.settings, registry, store=self.store, lanes=self.lanes, ftrack=self.ftrack)
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._renew, daemon=True)

    @contextmanager
    def started(self) -> Iterator[JobServer]:
        """The workers, working."""
        self._keeper.start()
        self.jobs.start()
        try:
            yield self
        finally:
            self.jobs.stop()
            self._over.set()
            self._keeper.join()
            self.store.close()

    def person(self, username: str = "nadia.okoro") -> Person:
        """A user of the sandbox."""
        [user] = self.ftrack.query(f"select username from User where username is {quote(username)}")
        return Person(user.id, username, username.title())

    def submit(self, action: str, arguments: dict[str, Any] | None = None, *, launch: str = "") -> str:
        """Launch the action's job, whose work has the action's name and ``_work``; returns the ftrack Job's id."""
        declared = self.registry.actions[action]
        work = declared.answer.__globals__[f"{action}_work"]
        key = f"launch {launch or uuid.uuid4()}"
        change = Change(key, "launched", "Task", "an id", None, datetime.now(UTC), self.person())
        job = StartJob(work, arguments or {}, "It waits.", Message("It has started."))
        self.jobs.submit(declared, job, change, name="a name", project=None)
        return job_id(key)

    def job(self, ftrack_job_id: str) -> tuple[str, str]:
        """Status and description of a ftrack Job."""
        [job] = self.ftrack.query(f"select status, data from Job where id is {quote(ftrack_job_id)}")
        return job["status"], json.loads(job["data"])["description"]

    def run(self, state: str | None = None) -> dict[str, Any]:
        """The newest run in the history, or an empty one."""
        return next(iter(self.history.runs(state=state)), {})

    def make_due(self) -> None:
        """What waits to be tried again is tried now."""
        make_due(self.store)
        self.jobs.wake()

    def _renew(self) -> None:
        while not self._over.wait(0.5):
            self.lanes.renew()
