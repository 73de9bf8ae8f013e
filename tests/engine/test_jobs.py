from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tests.engine.job_server import JobServer
from tests.waiting import until

from callboard.changes import Change, Reference
from callboard.engine.actions.ftrack_jobs import job_id
from callboard.engine.store.tables import runs
from callboard.errors import Cancelled, Refused, TryAgain
from callboard.forms import Launch, Message, StartJob
from callboard.jobs import Job
from callboard.registry import Action, Registry
from callboard.settings.models import ActionSettings
from callboard.studio.media import workspace
from ftrack_sandbox.testing import SandboxServer

GATES: dict[str, threading.Event] = {}
SEEN: dict[str, list[Any]] = {}


def patient_work(job: Job, arguments: dict[str, Any]) -> str:
    """Goes on until its gate opens; looks whether it must stop."""
    name = arguments["name"]
    SEEN.setdefault(name, []).append("begun")
    job.progress(f"Working on {name}")
    step = 0
    while not GATES[name].wait(0.01):
        step += 1
        try:
            if "steps" in arguments:
                job.progress(f"Step {step} of {name}")
            job.check()
        except Cancelled:
            SEEN[name].append("stopped")
            raise
    return f"Worked on {name}."


def broken_work(job: Job, arguments: dict[str, Any]) -> str:
    """Fails as it is told."""
    kinds = {
        "refused": Refused("The name is wrong."),
        "defect": ValueError("no such thing"),
        "secret": Refused("PUT https://bucket.example/plate.mov?X-Amz-Signature=5ecret answered 403."),
    }
    raise kinds[arguments["how"]]


def away_work(job: Job, arguments: dict[str, Any]) -> str:
    """Finds something away the first time, and remembers that it did."""
    if job.recall("tried") is None:
        job.remember("tried", [1, {"two": None}])
        raise TryAgain("The storage is away.", after=0.01)
    return f"Went on from {job.recall('tried')} for {job.user.username}."


def big_work(job: Job, arguments: dict[str, Any]) -> str:
    return patient_work(job, arguments)


def stuck_work(job: Job, arguments: dict[str, Any]) -> str:
    """Waits for its gate, and never looks whether it must stop."""
    SEEN.setdefault(arguments["name"], []).append("begun")
    GATES[arguments["name"]].wait(30)
    return "It came back."


def nobody(launch: Launch, settings: Any) -> Message:
    return Message("never asked")


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    for name in ("patient", "broken", "away", "big", "stuck"):
        registry.add(Action(name, nobody, name.title(), (), ActionSettings, heavy=name == "big"))
    return registry


@pytest.fixture
def server(ftrack_sandbox_session: SandboxServer, registry: Registry, database: str) -> Iterator[JobServer]:
    with JobServer(ftrack_sandbox_session, registry, database).started() as server:
        yield server


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name
    GATES[name] = threading.Event()
    yield name
    GATES[name].set()


def test_a_job_is_done_with_what_its_work_says(server: JobServer, gate: str) -> None:
    job = server.submit("patient", {"name": gate})
    until(lambda: server.job(job) == ("running", f"Working on {gate}"), what="the progress in the Job")
    assert server.run()["state"] == "running"
    GATES[gate].set()
    until(lambda: server.job(job) == ("done", f"Worked on {gate}."))
    run = until(lambda: server.run("done"))
    assert (run["summary"], run["error"], run["change"]["what"]) == (f"Worked on {gate}.", None, "launched")
    assert SEEN[gate] == ["begun"]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [("refused", "The name is wrong."), ("defect", "ValueError: no such thing (test_jobs.py:")],
)
def test_a_job_that_fails_says_why(server: JobServer, how: str, sentence: str) -> None:
    job = server.submit("broken", {"how": how})
    run = until(lambda: server.run("failed"))
    assert run["error"].startswith(sentence)
    assert server.job(job) == ("failed", run["error"])


def test_nobody_is_shown_the_signature_of_an_address(server: JobServer) -> None:
    job = server.submit("broken", {"how": "secret"})
    run = until(lambda: server.run("failed"))
    assert run["error"] == run["summary"] == "PUT https://bucket.example/plate.mov?*** answered 403."
    assert server.job(job) == ("failed", run["error"])


def test_what_is_away_is_tried_again_from_the_checkpoints(server: JobServer) -> None:
    job = server.submit("away")
    until(lambda: server.job(job) == ("queued", "Tried again in 5 s: The storage is away."))
    run = until(lambda: server.run("waiting"))
    assert (run["error"], run["attempts"]) == ("The storage is away.", 1)
    server.make_due()
    until(lambda: server.job(job) == ("done", "Went on from [1, {'two': None}] for nadia.okoro."))


def test_what_is_away_for_too_long_has_failed(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path
) -> None:
    server = JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}")
    server.settings.automations["away"] = ActionSettings.model_validate({"retry_for": "1s"})
    with server.started():
        job = server.submit("away")
        until(lambda: server.job(job) == ("failed", "It was tried for 1s in vain: The storage is away."))


def test_a_cleared_job_stops_and_says_who_cleared_it(server: JobServer, gate: str) -> None:
    job = server.submit("patient", {"name": gate})
    until(lambda: gate in SEEN)
    server.jobs.clear([job, "somebody else's"], "Anna cleared it from the queue.")
    until(lambda: server.job(job) == ("failed", "Anna cleared it from the queue."))
    assert SEEN[gate] == ["begun", "stopped"]
    assert until(lambda: server.run("failed"))["error"] == "Anna cleared it from the queue."


def test_another_server_clears_a_job_too(
    server: JobServer, ftrack_sandbox_session: SandboxServer, registry: Registry, database: str, gate: str
) -> None:
    job = server.submit("patient", {"name": gate})
    until(lambda: gate in SEEN)
    another = JobServer(ftrack_sandbox_session, registry, database)
    another.jobs.clear([job], "Anna cleared it from the queue.")
    another.store.close()
    until(lambda: server.job(job) == ("failed", "Anna cleared it from the queue."))
    assert SEEN[gate] == ["begun", "stopped"]


def test_a_job_that_somebody_ends_in_ftrack_stops_at_its_next_step(server: JobServer, gate: str) -> None:
    job = server.submit("patient", {"name": gate, "steps": True})
    until(lambda: server.job(job)[0] == "running" and gate in SEEN)
    server.ftrack.commit([server.ftrack.update(Reference("Job", job), {"status": "failed"})])
    until(lambda: server.job(job) == ("failed", "Someone ended the job in ftrack."))
    assert SEEN[gate] == ["begun", "stopped"]
    until(lambda: server.run()["error"] == "Someone ended the job in ftrack.")


def test_what_a_killed_server_left_on_disk_goes_at_the_next_start(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    server = JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}")
    with workspace() as used:
        left = temporary / "callboard-media-left"
        left.mkdir()
        (left / "review.mp4").write_bytes(b"half of it")
        # A living process would hold a lock on it.
        (left / "in-use").touch()
        with server.started():
            assert list(temporary.iterdir()) == [used]


def test_a_waiting_job_that_is_cleared_never_begins(server: JobServer, gate: str) -> None:
    first, second = f"{gate} first", f"{gate} second"
    GATES[first] = GATES[second] = GATES[gate]
    busy = server.submit("big", {"name": first})
    until(lambda: first in SEEN)
    waiting = server.submit("big", {"name": second})
    server.jobs.clear([waiting], "Anna cleared it from the queue.")
    GATES[gate].set()
    until(lambda: server.job(waiting) == ("failed", "Anna cleared it from the queue."))
    until(lambda: server.job(busy)[0] == "done")
    assert second not in SEEN


def test_other_jobs_do_not_wait_for_heavy_ones(server: JobServer, gate: str) -> None:
    heavy = [f"{gate} {number}" for number in range(3)]
    GATES.update(dict.fromkeys(heavy, GATES[gate]))
    for name in heavy:
        server.submit("big", {"name": name})
    until(lambda: sum(name in SEEN for name in heavy) == 1)
    job = server.submit("broken", {"how": "refused"})
    until(lambda: server.job(job)[0] == "failed")
    assert sum(name in SEEN for name in heavy) == 1
    GATES[gate].set()
    until(lambda: len(server.history.runs(state="done")) == 3)


def test_a_launch_that_comes_twice_is_one_job(server: JobServer, gate: str) -> None:
    GATES[gate].set()
    job = server.submit("patient", {"name": gate}, launch=gate)
    assert server.submit("patient", {"name": gate}, launch=gate) == job
    until(lambda: server.job(job)[0] == "done")
    assert SEEN[gate] == ["begun"]
    assert len(server.history.runs()) == 1


def test_stopping_parks_a_job_and_the_next_start_goes_on(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path, gate: str
) -> None:
    with JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        job = server.submit("patient", {"name": gate})
        until(lambda: gate in SEEN)
    assert server.job(job) == ("queued", "It continues when the server starts again.")
    assert SEEN[gate] == ["begun", "stopped"]
    GATES[gate].set()
    with JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        until(lambda: server.job(job) == ("done", f"Worked on {gate}."))
        assert until(lambda: server.run("done"))["attempts"] == 2


def test_stopping_is_no_crash_however_often(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path, gate: str
) -> None:
    job = ""
    for times in range(1, 6):
        with JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
            job = job or server.submit("patient", {"name": gate})
            until(lambda times=times: SEEN.get(gate, []).count("begun") == times)  # type: ignore[misc]  # bound now
    GATES[gate].set()
    with JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        until(lambda: server.job(job)[0] == "done")


def test_a_job_that_was_cut_off_again_and_again_has_failed(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path, gate: str
) -> None:
    server = JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}")
    job = server.submit("patient", {"name": gate})
    with server.store.writing() as connection:
        # What three servers leave that were killed in the middle of it.
        connection.execute(update(runs).values(state="running", attempts=3, checkpoints={"callboard.begun": 3}))
    with server.started():
        until(lambda: server.job(job)[0] == "failed")
        assert "cut off 3 times" in server.job(job)[1]
        assert gate not in SEEN
        [run] = server.history.runs()
        server.history.retry([run["id"]])
        GATES[gate].set()
        server.jobs.wake()
        until(lambda: server.job(job)[0] == "done", what="the job that was retried by hand")


def test_ftrack_being_away_at_the_end_delays_the_telling_and_nothing_else(
    ftrack_sandbox: SandboxServer, registry: Registry, tmp_path: Path, gate: str
) -> None:
    with JobServer(ftrack_sandbox, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        job = server.submit("patient", {"name": gate})
        until(lambda: server.job(job)[0] == "running" and gate in SEEN)
        ftrack_sandbox.stop()
        GATES[gate].set()
        until(lambda: server.run("waiting"))
        ftrack_sandbox.start()
        server.make_due()
        until(lambda: server.job(job) == ("done", f"Worked on {gate}."))
        assert SEEN[gate] == ["begun"]


def test_a_work_that_cannot_be_found_again_is_refused_at_once(server: JobServer) -> None:
    action = server.registry.actions["patient"]
    launch = Change("launch x", "launched", "Task", "an id", None, datetime.now(UTC), server.person())
    reply = Message("It has started.")
    hidden = StartJob(lambda *_: "", {}, "", reply)
    with pytest.raises(Refused, match="must be a top-level function"):
        server.jobs.submit(action, hidden, launch, name="", project=None)
    unsaid = StartJob(patient_work, {"path": Path()}, "", reply)
    with pytest.raises(Refused, match="are not plain JSON"):
        server.jobs.submit(action, unsaid, launch, name="", project=None)
    assert server.history.runs() == []


def test_the_job_of_an_action_that_is_gone_fails(
    ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path
) -> None:
    server = JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}")
    job = server.submit("away", launch=str(tmp_path))
    del registry.actions["away"]
    with server.started():
        until(lambda: server.job(job) == ("failed", "The action away no longer exists."))
    assert job == job_id(f"launch {tmp_path}")


def test_a_job_that_does_not_come_back_is_taken_up_again_by_a_fresh_worker(
    ftrack_sandbox_session: SandboxServer, registry: Registry, database: str
) -> None:
    GATES["stuck"] = gate = threading.Event()
    SEEN.pop("stuck", None)
    server = JobServer(ftrack_sandbox_session, registry, database)
    server.jobs._deadline = 0.5
    try:
        with server.started():
            server.submit("stuck", {"name": "stuck"})
            until(lambda: SEEN.get("stuck"))
            until(lambda: server.jobs.stuck, 20, "the job to be given up")
            assert "has been working on a job for stuck" in server.jobs.stuck[0]
            until(lambda: server.run("waiting"), 20, "the job to wait")
            assert "without progress" in server.run()["error"]
            server.make_due()
            until(lambda: SEEN["stuck"] == ["begun", "begun"], 20, "another attempt")
            gate.set()
            until(lambda: server.run()["state"] == "done", 20, "the end of the second attempt")
            until(lambda: server.jobs.stuck == [], 20, "the first one to come back")
    finally:
        gate.set()
