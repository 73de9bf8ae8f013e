"""Actions through a whole event server, with the official client in the place of ftrack's web client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ftrack_api.event.base import Event
from tests.waiting import until

from callboard.demo.people import Person, filled, labels
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
        self.folder = folder / "automations"
        self.folder.mkdir()
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
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ)
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


@pytest.fixture
def event_server(ftrack_sandbox: SandboxServer, tmp_path: Path) -> Iterator[EventServer]:
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


def test_two_people_use_an_action_at_once(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    with logged_in(ftrack_sandbox, "tomas.lindgren") as other:
        people, projects = [person, other], [project, other.session.query("Project").first()]
        forms = [one.launch("Batch Create", [it]) for one, it in zip(people, projects, strict=True)]
        answers = [{"Sequence name": name, "Incremental": "10-20:10"} for name in ("A", "B")]
        forms = [
            one.launch("Batch Create", [it], filled(form, {"Number of tasks": "0"}))
            for one, it, form in zip(people, projects, forms, strict=True)
        ]
        forms = [
            one.launch("Batch Create", [it], filled(form, answer))
            for one, it, form, answer in zip(people, projects, forms, answers, strict=True)
        ]
        replies: dict[str, Any] = {}

        def submit(index: int) -> None:
            replies[str(index)] = people[index].launch("Batch Create", [projects[index]], filled(forms[index]))

        threads = [threading.Thread(target=submit, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(reply["success"] for reply in replies.values())
        for one, sequence in zip(people, ("A", "B"), strict=True):
            until(lambda one=one: job(ftrack_sandbox, one)[0] == "done")  # type: ignore[misc]  # bound as it is now
            assert f"Created the sequence {sequence} and 2 shots" in job(ftrack_sandbox, one)[1]


def test_a_restart_between_two_forms_does_no_harm(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    form = person.launch("Batch Create", [project])
    form = person.launch("Batch Create", [project], filled(form, {"Number of tasks": "1"}))
    event_server.end()
    event_server.start()
    answers = {"Sequence name": "A", "Incremental": "10-30:10"}
    preview = person.launch("Batch Create", [project], filled(form, answers))
    assert "Will be created: the sequence A, 3 shots and 3 tasks" in labels(preview)
    event_server.end(signal.SIGKILL)
    event_server.start()
    assert person.launch("Batch Create", [project], filled(preview))["success"]
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


def test_a_job_that_kills_the_server_again_and_again_has_failed(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    person.launch("Slow", [project])
    for times in range(1, 4):
        until(lambda times=times: len(event_server.lines("begun")) == times)  # type: ignore[misc]  # bound as it is now
        event_server.end(signal.SIGKILL)
        event_server.start()
    until(lambda: job(ftrack_sandbox, person)[0] == "failed")
    assert "cut off 3 times" in job(ftrack_sandbox, person)[1]
    assert len(event_server.lines("begun")) == 3


def test_stopping_parks_a_job_and_starting_goes_on(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    person.launch("Slow", [project])
    until(lambda: event_server.lines("begun"))
    for _ in range(4):
        event_server.end()
        assert job(ftrack_sandbox, person)[0] == "queued"
        event_server.start()
    event_server.allow(0, 1, 2)
    until(lambda: job(ftrack_sandbox, person)[0] == "done")


def test_clearing_the_queue_stops_a_job(
    event_server: EventServer, ftrack_sandbox: SandboxServer, person: Person, project: Any
) -> None:
    person.launch("Slow", [project])
    until(lambda: event_server.lines("begun"))
    assert person.launch("Clear Job Queue", [project])["message"] == "Cleared 1 job from the queue."
    until(lambda: "cleared it from the queue" in job(ftrack_sandbox, person)[1])
    assert job(ftrack_sandbox, person)[0] == "failed"
    event_server.allow(0, 1, 2)
    event_server.end()
    assert event_server.lines("taken") == []


def test_events_that_make_no_sense_change_nothing(event_server: EventServer, person: Person, project: Any) -> None:
    hub = person.session.event_hub
    hub.connect()
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
    for topic in ("ftrack.action.discover", "ftrack.action.launch"):
        for payload in payloads:
            hub.publish(Event(topic=topic, data=payload, source={"user": payload, "id": hub.id}))
    assert "Slow" in [item["label"] for item in person.menu([project])]
