"""Actions through a whole event server, with the official client in the place of ftrack's web client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ftrack_api.event.base import Event
from tests import media
from tests.waiting import until

from callboard.demo import people
from callboard.demo.people import Person, fill_form, labels
from callboard.errors import CallboardError
from callboard.ftrack import Ftrack
from ftrack_sandbox.testing import SandboxServer

#: A studio's own action, whose job takes steps that the test allows one by one, by making files.
SLOW = '''
from pathlib import Path
import time

from callboard import ActionSettings, Message, StartJob, action


@action("Slow", on=["Project"], reads=["name"], settings=ActionSettings)
def slow(launch, settings):
    """Take some steps."""
    arguments = {"folder": str(Path(__file__).parent)}
    return StartJob(take_steps, arguments, "It waits.", Message(f"Slow in {launch.selection[0]['name']}."))


def take_steps(job, arguments):
    folder = Path(arguments["folder"])
    with (folder / "begun").open("a") as log:
        log.write("begun\\n")
    for step in range(job.recall("taken") or 0, 3):
        job.progress(f"Step {step}")
        while not (folder / f"step {step}").exists():
            job.check()
            time.sleep(0.01)
        with (folder / "taken").open("a") as log:
            log.write(f"{step}\\n")
        job.remember("taken", step + 1)
    return "Took all steps."
'''


class EventServer:
    """``callboard run`` in a process of its own, with the studio's action Slow."""

    def __init__(self, sandbox: SandboxServer, folder: Path) -> None:
        self.folder, self.media, self.temporary = (folder / name for name in ("automations", "media", "temporary"))
        for each in (self.folder, self.media, self.temporary):
            each.mkdir()
        (self.folder / "slow.py").write_text(SLOW)
        self._configuration = folder / "callboard.toml"
        self._configuration.write_text(
            textwrap.dedent(f"""
                [ftrack]
                server = "{sandbox.url}"
                api_user = "{sandbox.api_user}"
                api_key = "{sandbox.api_key}"
                [studio]
                automations = "{self.folder}"
                media_roots = ["{self.media}"]
                [database]
                url = "sqlite:///{folder}/callboard.db"
                [dashboard]
                port = 0
            """)
        )
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "callboard", "run", "-c", str(self._configuration)]
        with (self.folder.parent / "callboard.log").open("a") as log:
            environment = {**os.environ, "TMPDIR": str(self.temporary)}
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", (self.folder.parent / "callboard.log").read_text()

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def allow(self, *steps: int) -> None:
        """Let the job take these steps."""
        for step in steps:
            (self.folder / f"step {step}").touch()

    def lines(self, name: str) -> list[str]:
        """What the job noted in a file."""
        file = self.folder / name
        return file.read_text().split() if file.exists() else []


@pytest.fixture(scope="module")
def shared(ftrack_sandbox_session: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventServer]:
    """A server for the tests that only use it."""
    server = EventServer(ftrack_sandbox_session, tmp_path_factory.mktemp("shared"))
    server.start()
    yield server
    server.end()


@pytest.fixture
def event_server(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[EventServer]:
    """A server of the test's own, to stop and kill."""
    server = EventServer(ftrack_sandbox, tmp_path)
    server.start()
    yield server
    server.end()


@contextmanager
def logged_in(sandbox: SandboxServer, username: str) -> Iterator[Person]:
    """Somebody whose web client tells the hub who they are."""
    person = Person(sandbox.url, sandbox.api_user, sandbox.api_key)
    person.user = person.session.query(f'User where username is "{username}"').one()
    try:
        yield person
    finally:
        person.close()


@pytest.fixture
def person(ftrack_sandbox: SandboxServer) -> Iterator[Person]:
    with logged_in(ftrack_sandbox, "nadia.okoro") as person:
        yield person


@pytest.fixture
def project(person: Person) -> Any:
    return person.session.query("Project").first()


def job(sandbox: SandboxServer, person: Person) -> tuple[str, str]:
    """Status and data of the person's only Job."""
    ftrack = Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)
    jobs = ftrack.query(f"select status, data from Job where user_id is {person.user['id']}")
    return (jobs[0]["status"], jobs[0]["data"]) if jobs else ("", "")


def test_two_people_use_an_action_at_once(shared: EventServer, ftrack_sandbox_session: SandboxServer) -> None:
    sandbox = ftrack_sandbox_session
    names = {username: uuid.uuid4().hex[:8] for username in ("oscar.nyberg", "hana.kovac")}
    replies: dict[str, Any] = {}

    def use(username: str) -> None:
        with logged_in(sandbox, username) as person:
            project = person.session.query("Project").first()
            answers: list[dict[str, str]] = [
                {"Number of tasks": "0"},
                {"Sequence name": names[username], "Incremental": "10-20:10"},
                {"Create another sequence": "No"},
            ]
            answer = person.launch("Batch Create", [project])
            for entered in answers:
                answer = person.launch("Batch Create", [project], fill_form(answer, entered))
            replies[username] = answer
            until(lambda: job(sandbox, person)[0] == "done")
            replies[f"{username}'s job"] = job(sandbox, person)[1]

    people = [threading.Thread(target=use, args=(username,)) for username in names]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for username, sequence in names.items():
        assert replies[username]["success"]
        assert f"Created the sequence {sequence} and 2 shots" in replies[f"{username}'s job"]


def offered(person: Person, project: Any) -> bool:
    """Whether anybody answers the menu."""
    try:
        return bool(person.menu([project]))
    except CallboardError:
        return False


def test_a_restart_between_two_forms_does_no_harm(
    event_server: EventServer,
    ftrack_sandbox: SandboxServer,
    person: Person,
    project: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = person.launch("Batch Create", [project])
    form = person.launch("Batch Create", [project], fill_form(form, {"Number of tasks": "1"}))
    event_server.end()
    event_server.start()
    answers = {"Sequence name": "A", "Incremental": "10-30:10"}
    preview = person.launch("Batch Create", [project], fill_form(form, answers))
    assert "Will be created: the sequence A, 3 shots and 3 tasks" in labels(preview)
    event_server.end(signal.SIGKILL)
    event_server.start()
    # The dead server's lease has to end before another one answers.
    monkeypatch.setattr(people, "PATIENCE", 1)
    until(lambda: offered(person, project), seconds=20)
    monkeypatch.undo()
    assert person.launch("Batch Create", [project], fill_form(preview))["success"]
    until(lambda: job(ftrack_sandbox, person)[0] == "done")


def test_a_job_that_was_killed_goes_on_from_its_checkpoints(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    event_server.allow(0)
    assert person.launch("Slow", [project])["message"] == f"Slow in {project['name']}."
    until(lambda: "Step 1" in job(ftrack_sandbox, person)[1])
    event_server.end(signal.SIGKILL)
    assert job(ftrack_sandbox, person)[0] == "running"
    event_server.allow(1, 2)
    event_server.start()
    until(lambda: job(ftrack_sandbox, person)[0] == "done", what="the job to go on")
    assert "Took all steps." in job(ftrack_sandbox, person)[1]
    assert event_server.lines("taken") == ["0", "1", "2"]
    assert event_server.lines("begun") == ["begun"] * 2


def test_an_upload_that_is_killed_while_it_encodes_makes_one_version_and_leaves_no_files(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person
) -> None:
    movie = media.movie(event_server.media / "a.mov", frames=96, size=(960, 540))
    before = movie.read_bytes()
    task = person.session.query("Task").first()
    form = person.launch("Upload Media", [task])
    person.launch("Upload Media", [task], fill_form(form, {"File path": str(movie), "Asset name": "Killed"}))
    until(lambda: list(event_server.temporary.glob("callboard-media-*/review.mp4")), what="the encode")
    event_server.end(signal.SIGKILL)
    assert list(event_server.temporary.glob("callboard-media-*"))
    assert job(ftrack_sandbox, person)[0] in {"queued", "running"}
    event_server.start()
    until(lambda: job(ftrack_sandbox, person)[0] == "done", seconds=30, what="the upload to go on")
    assert len(person.session.query('AssetVersion where asset.name is "Killed"').all()) == 1
    assert list(event_server.temporary.glob("callboard-media-*")) == []
    assert [file.name for file in event_server.media.iterdir()] == ["a.mov"]
    assert movie.read_bytes() == before


def test_clearing_the_queue_stops_a_job(shared: EventServer, ftrack_sandbox_session: SandboxServer) -> None:
    with logged_in(ftrack_sandbox_session, "noor.haddad") as person:
        project = person.session.query("Project").first()
        person.launch("Slow", [project])
        until(lambda: shared.lines("begun"))
        assert person.launch("Clear Job Queue", [project])["message"] == "Cleared 1 job from the queue."
        until(lambda: "cleared it from the queue" in job(ftrack_sandbox_session, person)[1])
        assert job(ftrack_sandbox_session, person)[0] == "failed"
        assert shared.lines("taken") == []


def test_events_that_make_no_sense_change_nothing(shared: EventServer, ftrack_sandbox_session: SandboxServer) -> None:
    payloads: list[Any] = [
        None,
        7,
        [],
        {"selection": 5},
        {"selection": [{"entityId": {"a": [1]}, "entityType": None}]},
        {"selection": [{"entityId": "x" * 500_000, "entityType": "task"}]},
        {"actionIdentifier": "callboard.slow", "selection": [{"entityId": "nobody", "entityType": "show"}]},
        {"actionIdentifier": ["callboard.slow"], "selection": [None], "values": "none"},
        {"actionIdentifier": "callboard.batch_create", "values": {"step": [1], "count": {}}, "selection": None},
    ]
    with logged_in(ftrack_sandbox_session, "felix.braun") as person:
        hub = person.session.event_hub
        hub.connect()
        for topic in ("ftrack.action.discover", "ftrack.action.launch"):
            for payload in payloads:
                hub.publish(Event(topic=topic, data=payload, source={"user": payload, "id": hub.id}))
        assert "Slow" in [item["label"] for item in person.menu([person.session.query("Project").first()])]
