"""Everything that runs during the demo: two ftracks, a stand-in for Slack, the event server, and their folders."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callboard.changes import Entity
from callboard.demo.people import Person, close_session
from callboard.demo.processes import Process
from callboard.demo.slack_stub import SlackStub
from callboard.demo.teller import Teller
from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.ftrack import Ftrack

#: The user that Callboard works as, on both ftracks.
ROBOT = "callboard"

_CONFIGURATION = """\
# Written by `callboard demo`; `callboard init` writes a file with every setting.
[ftrack]
server = {server}
api_user = {robot}
api_key = {key}

[review_ftrack]
server = {review_server}
api_user = {robot}
api_key = {review_key}

[slack]
token = "xoxb-demo"
api_url = {slack}
default_channel = "#production"

[studio]
timezone = "Africa/Johannesburg"
project_root = {production}
template_files = {templates}
media_roots = [{production}, {media}]

[automations.upload_media]
slate_frame = true
colour_spaces = {{ ".exr" = "ACEScg" }}

[database]
url = "sqlite:///callboard.db"

[dashboard]
port = {port}
"""


@dataclass(frozen=True)
class LocalFtrack:
    """One of the two sandboxes.

    Attributes:
        ftrack: For queries, always up to date.
        key: The API key of :data:`ROBOT`.
    """

    ftrack: Ftrack
    key: str

    @property
    def url(self) -> str:
        """The server's address."""
        return self.ftrack.server

    def one(self, expression: str) -> Entity:
        """Return the only entity that an expression finds; raise AssertionError if there is not exactly one."""
        found = self.ftrack.query(expression)
        assert len(found) == 1, f"{len(found)} found"
        return found[0]


@dataclass
class Stage:
    """The stage that the chapters of the story play on.

    Attributes:
        root: The folder that holds everything.
        studio: The studio's ftrack.
        review: The ftrack that clients see.
        slack: The stand-in for Slack.
        configuration: The event server's configuration file.
        dashboard: The address of the event server's pages.
        teller: Tells the story and verifies it.
    """

    root: Path
    teller: Teller
    studio: LocalFtrack
    review: LocalFtrack
    slack: SlackStub
    configuration: Path
    dashboard: str
    _open: ExitStack
    _people: dict[str, Person] = field(default_factory=dict)
    _server: Process | None = None

    @property
    def production(self) -> Path:
        """The folder of the projects."""
        return self.root / "production"

    @property
    def media(self) -> Path:
        """The folder that artists render to."""
        return self.root / "media"

    def person(self, username: str) -> Person:
        """Return a person of the studio, logged in with their own API key."""
        if username not in self._people:
            self._people[username] = self._open.enter_context(_logged_in(self.studio, username))
        return self._people[username]

    def start_callboard(self) -> None:
        """Start the event server, like a studio does."""
        arguments = ["callboard", "run", "-c", str(self.configuration)]
        self._server = Process(arguments, self.root / "logs" / "callboard.log")
        self._open.callback(self._server.stop)

    def serve_copy(self, name: str) -> LocalFtrack:
        """Serve a data folder that was imported, below the root, as a third ftrack."""
        return _start_sandbox(self._open, self.root, name, 0)

    def kill_callboard(self) -> None:
        """Cut the event server's power."""
        assert self._server is not None
        self._server.kill()

    def run_about(self, automation: str, entity_id: str, status: str | None = None) -> dict[str, Any] | None:
        """Return the newest ended run of an automation about an entity, as ``callboard runs --json`` shows it.

        Args:
            automation: Its name.
            entity_id: The entity's id.
            status: Only runs for the moment at which the entity got this status.
        """
        with self.history() as history:
            runs = history.runs(automation=automation)
        about = [run for run in runs if run["entity"]["id"] == entity_id and run["state"] in {"done", "failed"}]
        return next((run for run in about if status in {None, run["change"]["status"]}), None)

    def tell_run(self, automation: str, entity_id: str, status: str | None = None) -> None:
        """Let Callboard say what it did about an entity, or about the status that it got."""
        run = self.teller.verify(f"{automation} has run", lambda: self.run_about(automation, entity_id, status))
        if run:
            self.teller.callboard(run["error"] or run["summary"])

    @contextmanager
    def history(self) -> Iterator[History]:
        """Yield what Callboard noted, read as the commands read it."""
        store = Store(f"sqlite:///{self.root / 'callboard.db'}")
        try:
            yield History(store)
        finally:
            store.close()


@contextmanager
def open_stage(root: Path, teller: Teller, port: int) -> Iterator[Stage]:
    """Start all servers, and end them at the end.

    Args:
        root: An existing folder that may be filled.
        teller: Tells the story.
        port: The first of four ports to listen on; 0 takes free ones.
    """
    for name in ("production", "media", "templates", "logs"):
        (root / name).mkdir(exist_ok=True)
    with ExitStack() as stack:
        ports = [port + offset if port else 0 for offset in range(4)]
        # The event server is killed and started again in the story, and its pages stay open meanwhile.
        pages = ports[3] or _free_port()
        studio = _start_sandbox(stack, root, "ftrack", ports[0])
        review = _start_sandbox(stack, root, "review-ftrack", ports[1])
        slack = stack.enter_context(SlackStub(port=ports[2]))
        configuration = root / "callboard.toml"
        _write_configuration(configuration, studio, review, slack.url, pages)
        yield Stage(root, teller, studio, review, slack, configuration, f"http://127.0.0.1:{pages}", stack)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _start_sandbox(stack: ExitStack, root: Path, name: str, port: int) -> LocalFtrack:
    folder = root / name
    arguments = ["ftrack_sandbox", "serve", "--data", str(folder), "--port", str(port)]
    process = Process([*arguments, "--seed", "studio", "--api-user", ROBOT], root / "logs" / f"{name}.log")
    stack.callback(process.stop)
    key = (folder / "api_key").read_text("utf-8").strip()
    return LocalFtrack(Ftrack(process.ready.removeprefix("ready "), ROBOT, key), key)


def _write_configuration(file: Path, studio: LocalFtrack, review: LocalFtrack, slack: str, dashboard_port: int) -> None:
    values: Mapping[str, Any] = {
        "server": studio.url,
        "robot": ROBOT,
        "key": studio.key,
        "review_server": review.url,
        "review_key": review.key,
        "slack": slack,
        "production": str(file.parent / "production"),
        "templates": str(file.parent / "templates"),
        "media": str(file.parent / "media"),
        "port": dashboard_port,
    }
    file.touch(mode=0o600)
    # JSON's texts and numbers are TOML's.
    file.write_text(_CONFIGURATION.format(**{name: json.dumps(value) for name, value in values.items()}), "utf-8")


@contextmanager
def _logged_in(studio: LocalFtrack, username: str) -> Iterator[Person]:
    session = studio.ftrack.session()
    try:
        user = session.query(f'User where username is "{username}"').one()
        key = session.reset_remote("api_key", entity=user)["api_key"]
    finally:
        close_session(session)
    person = Person(studio.url, username, key)
    try:
        yield person
    finally:
        person.close()
