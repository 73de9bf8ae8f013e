"""A dashboard on a database with a past, for tests with and without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.testclient import TestClient
from tests.engine.work import inbox_of, sighting, trigger

from callboard.configuration.discovery import load_automations
from callboard.dashboard import Dashboard, create_app
from callboard.engine.store.batches import Outcome, finish, take_batch
from callboard.engine.store.database import Store
from callboard.engine.store.lanes import Lanes
from callboard.engine.store.states import RunState
from callboard.settings import Settings
from callboard.settings.models import DashboardSettings, DatabaseSettings, FtrackSettings, SlackSettings

#: Of the tests that sign in.
PASSWORD, VIEWER_PASSWORD = "correct horse", "only looking"
#: Every secret of a site's configuration; no page may show one.
SECRETS = {PASSWORD, VIEWER_PASSWORD, "the-api-key-of-ftrack", "xoxb-the-token-of-slack"}
AUTOMATIONS = ("create_task_folder", "assign_task_status", "set_task_thumbnail")


def fill(store: Store) -> None:
    """Store what happened: of each automation, runs that are done, one that failed, and one that waits.

    Entities are called e0, e1 and so on, in the projects one and two; runs number 12.
    """
    inbox = inbox_of(store, *(trigger(name) for name in AUTOMATIONS))
    inbox.store([sighting(f"e{number}", after=number, project=("one", "two")[number % 2]) for number in range(4)])
    lanes = Lanes(store)
    done = [{"kind": "make_folders", "text": "made the folder SH010/comp", "done": True}]
    while lane := lanes.claim(AUTOMATIONS):
        outcomes = {}
        for run in take_batch(lanes, lane):
            outcomes[run.id] = {
                "e0": Outcome(RunState.DONE, "Made a folder.", effects=done),
                "e1": Outcome(RunState.DONE, "Nothing to do."),
                "e2": Outcome(RunState.FAILED, error="The folder /data/<b>production</b> does not exist; create it."),
                "e3": Outcome(RunState.WAITING, error="Slack does not answer.", delay=3600),
            }[run.change.entity_id]
        finish(lanes, lane, outcomes)


class Site:
    """A studio's configuration and its database.

    Args:
        database: The address of the database.
        dashboard: Settings of ``[dashboard]`` that are not the defaults.
    """

    def __init__(self, database: str, **dashboard: Any) -> None:
        self.registry = load_automations()
        key = {"server": "https://heron.ftrackapp.com", "api_user": "callboard", "api_key": "the-api-key-of-ftrack"}
        self.settings = Settings(
            ftrack=FtrackSettings.model_validate(key),
            slack=SlackSettings.model_validate({"token": "xoxb-the-token-of-slack"}),
            database=DatabaseSettings(url=database),
            dashboard=DashboardSettings.model_validate({"port": 0} | dashboard),
            automations={name: each.settings() for name, each in self.registry.automations.items()},
        )
        self.store = Store(database)

    def client(self, *, address: str = "http://127.0.0.1", peer: str = "127.0.0.1") -> TestClient:
        """Return a client of a new application, whose requests come from *peer*; redirects are answers."""
        app = create_app(self.settings, self.registry, self.store, address=address)
        return TestClient(
            app, base_url=address, client=(peer, 5000), follow_redirects=False, raise_server_exceptions=False
        )

    def signed_in(self, password: str = PASSWORD, **how: Any) -> TestClient:
        """Return a client that has signed in."""
        client = self.client(**how)
        answer = sign_in(client, password)
        assert answer.status_code == 303, answer.text
        return client

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it, and give its address."""
        dashboard = Dashboard(self.settings, self.registry)
        dashboard.start()
        try:
            yield dashboard.address
        finally:
            dashboard.stop()


def sign_in(client: TestClient, password: str, name: str = "Thandi") -> Any:
    """Send the form of the page, as a browser does."""
    secret = csrf_of(client, "/sign-in")
    return client.post("/sign-in", data={"name": name, "password": password, "next": "/", "csrf": secret})


def csrf_of(client: TestClient, path: str = "/") -> str:
    """Return the secret in the forms of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found[1]
