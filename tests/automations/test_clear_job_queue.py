from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.desk import Desk, selected
from tests.engine.job_server import JobServer
from tests.waiting import until

from callboard.automations.clear_job_queue import ClearJobQueueSettings
from callboard.configuration.discovery import load_automations
from callboard.forms import Launch, Message
from callboard.jobs import Job
from callboard.registry import Action, Registry
from callboard.settings.models import ActionSettings
from ftrack_sandbox.testing import SandboxServer

NAME = "clear_job_queue"
GATES: dict[str, threading.Event] = {}


def endless(launch: Launch, settings: Any) -> Message:
    return Message("never asked")


def endless_work(job: Job, arguments: dict[str, Any]) -> str:
    """Goes on until somebody clears it."""
    GATES[arguments["name"]].set()
    while True:
        job.check()


@pytest.fixture
def sandbox(ftrack_sandbox_factory: Any) -> SandboxServer:
    """A queue of the test's own."""
    sandbox: SandboxServer = ftrack_sandbox_factory()
    return sandbox


@pytest.fixture
def server(sandbox: SandboxServer, tmp_path: Path) -> Iterator[JobServer]:
    actions = Registry()
    actions.add(load_automations().actions[NAME])
    actions.add(Action("endless", endless, "Endless", (), ActionSettings))
    with JobServer(sandbox, actions, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        yield server


@pytest.fixture
def session(sandbox: SandboxServer) -> Any:
    return sandbox.session()


def queue(session: Any, username: str, *statuses: str, data: str | None = None) -> list[str]:
    user = session.query(f'User where username is "{username}"').one()
    data = json.dumps({"description": "Work of another program", "kept": 1}) if data is None else data
    jobs = [session.create("Job", {"user": user, "status": status, "data": data}) for status in statuses]
    session.commit()
    return [job["id"] for job in jobs]


def statuses(server: JobServer, jobs: list[str]) -> list[str]:
    return [server.job(job)[0] for job in jobs]


def test_ones_own_queued_and_running_jobs_leave_the_queue(server: JobServer, session: Any) -> None:
    mine = queue(session, "ines.marques", "queued", "running", "done", "failed")
    others = queue(session, "kofi.badu", "queued", "running")
    desk = Desk(server, "ines.marques")
    assert desk.launch(NAME, []) == {"success": True, "message": "Cleared 2 jobs from the queue."}
    assert statuses(server, mine) == ["failed", "failed", "done", "failed"]
    assert statuses(server, others) == ["queued", "running"]
    [job] = server.ftrack.query(f"select data from Job where id is {mine[0]}")
    assert json.loads(job["data"]) == {"description": "Ines Marques cleared it from the queue.", "kept": 1}
    [done] = server.ftrack.query(f"select data from Job where id is {mine[2]}")
    assert json.loads(done["data"])["description"] == "Work of another program"


def test_a_second_launch_finds_nothing(server: JobServer, session: Any) -> None:
    queue(session, "ines.marques", "queued")
    desk = Desk(server, "ines.marques")
    assert desk.launch(NAME, [])["message"] == "Cleared 1 job from the queue."
    assert desk.launch(NAME, []) == {"success": True, "message": "You have no jobs in the queue."}


def test_a_job_with_data_of_no_known_form_is_cleared_too(server: JobServer, session: Any) -> None:
    jobs = queue(session, "ines.marques", "queued", data="[1]") + queue(session, "ines.marques", "queued", data="")
    assert Desk(server, "ines.marques").launch(NAME, [])["message"] == "Cleared 2 jobs from the queue."
    assert statuses(server, jobs) == ["failed", "failed"]


def test_what_callboard_does_for_them_stops(server: JobServer) -> None:
    GATES["stops"] = threading.Event()
    job = server.submit("endless", {"name": "stops"})
    assert GATES["stops"].wait(10)
    assert Desk(server, "nadia.okoro").launch(NAME, [])["success"]
    until(lambda: server.run("failed"))
    assert server.job(job) == ("failed", "Nadia Okoro cleared it from the queue.")


def test_only_administrators_are_asked_whose_jobs(server: JobServer, session: Any) -> None:
    jobs = queue(session, "ines.marques", "queued") + queue(session, "kofi.badu", "running")
    refusal = Desk(server, "kofi.badu").launch(NAME, [], {"whose": "everyones"})
    assert refusal == {"success": False, "message": "Only administrators may clear everyone's jobs."}
    assert statuses(server, jobs) == ["queued", "running"]
    desk = Desk(server, "admin")
    form = desk.launch(NAME, [])
    assert statuses(server, jobs) == ["queued", "running"]
    assert [(item["label"], item["value"]) for item in form["items"]] == [("Whose jobs", "mine")]
    mine = desk.submit(NAME, [], form)
    assert mine["message"] == "You have no jobs in the queue."
    assert statuses(server, jobs) == ["queued", "running"]
    everyones = desk.submit(NAME, [], form, whose="everyones")
    assert everyones["message"] == "Cleared 2 jobs of ines.marques, kofi.badu from the queue."
    assert statuses(server, jobs) == ["failed", "failed"]


def test_the_setting_says_who_is_an_administrator(server: JobServer, session: Any) -> None:
    jobs = queue(session, "kofi.badu", "running")
    desk = Desk(server, "ines.marques")
    roles = desk.launch(NAME, [])
    assert roles["message"] == "You have no jobs in the queue."
    own = session.query('User where username is "ines.marques"').one()
    role = own["user_security_roles"][0]["security_role"]["name"]
    server.settings.automations[NAME] = ClearJobQueueSettings(administrators=[role])
    form = desk.launch(NAME, [])
    assert desk.submit(NAME, [], form, whose="everyones")["message"] == "Cleared 1 job of kofi.badu from the queue."
    assert statuses(server, jobs) == ["failed"]


def test_two_people_at_once_clear_their_own(server: JobServer, session: Any) -> None:
    jobs = {name: queue(session, name, *["queued"] * 3) for name in ("ines.marques", "kofi.badu")}
    answers: dict[str, Any] = {}

    def clear(name: str) -> None:
        answers[name] = Desk(server, name).launch(NAME, [])["message"]

    people = [threading.Thread(target=clear, args=(name,)) for name in jobs]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert answers == dict.fromkeys(jobs, "Cleared 3 jobs from the queue.")
    assert {status for each in jobs.values() for status in statuses(server, each)} == {"failed"}


def test_the_action_is_offered_on_anything(server: JobServer, session: Any) -> None:
    desk = Desk(server, "ines.marques")
    shot, version = session.query("Shot").first(), session.query("AssetVersion").first()
    for selection in ([], selected(shot), selected(shot, version)):
        assert "callboard.clear_job_queue" in [item["actionIdentifier"] for item in desk.menu(selection)]
