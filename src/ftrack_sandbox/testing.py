"""A pytest plugin: local ftrack servers for tests.

    def test_publish(ftrack_sandbox):
        session = ftrack_sandbox.session()
        ...
        ftrack_sandbox.faults.api(502, calls=3)

Fixtures:
    ftrack_sandbox: A fresh server for one test, seeded with a demo project.
    ftrack_sandbox_session: One server for all tests of the run (of each worker).
    ftrack_sandbox_process: The real command in a process of its own, which can be killed and restarted.
    ftrack_sandbox_factory: Makes servers: with another seed, or several.

The plugin is imported by every pytest run, so whatever takes time is imported by the fixtures only.
"""

from __future__ import annotations

import functools
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import pytest

Seed = Literal["demo", "studio", "empty"]

_API_USER = "admin"
_START_SECONDS = 60


class _Runner(Protocol):
    """One way to run a server; it keeps its port and its data from start to start."""

    api_key: str

    def start(self) -> str:
        """Start, and return the server's address."""

    def stop(self) -> None:
        """End in good order."""

    def kill(self) -> None:
        """End immediately, as far as this runner can."""


@dataclass(frozen=True)
class Snapshot:
    """A state of a server; as a context manager it is returned to at the end."""

    name: str
    _restore: Callable[[str], None]

    def restore(self) -> None:
        """Return to the state. Sessions keep what they have cached: ``session.reset()`` forgets it."""
        self._restore(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()


class SandboxServer:
    """A running server, and what a test needs to use and to trouble it.

    Attributes:
        url: Its address.
        api_user: The administrator.
        api_key: The administrator's key.
        data: Folder of its database and files.
    """

    def __init__(self, runner: _Runner, data: Path) -> None:
        from ftrack_sandbox.control.client import (
            ClockControl,
            Control,
            FaultsControl,
            SnapshotsControl,
            StatisticsControl,
        )

        self._runner = runner
        self._sessions: list[Any] = []
        self._running = False
        self.data = data
        self.api_user = _API_USER
        self.api_key = runner.api_key
        self.start()
        control = Control(self.url, self.api_user, self.api_key)
        self.faults = FaultsControl(control)
        self.clock = ClockControl(control)
        self.statistics = StatisticsControl(control)
        self._snapshots = SnapshotsControl(control)

    @property
    def environment(self) -> dict[str, str]:
        """The variables from which ftrack's own tools read their server and credentials."""
        return {
            "FTRACK_SERVER": self.url,
            "FTRACK_API_USER": self.api_user,
            "FTRACK_API_KEY": self.api_key,
        }

    def session(self, **options: Any) -> Any:
        """Return a new session of the official client; it is closed with the server.

        Args:
            options: For ``ftrack_api.Session``; ``api_user`` and ``api_key`` may name another user.
        """
        try:
            import ftrack_api
        except ImportError:
            raise RuntimeError("A session needs ftrack's official client: pip install ftrack-python-api.") from None

        given = {
            "server_url": self.url,
            "api_user": self.api_user,
            "api_key": self.api_key,
            # The client's default is one file for all servers, which parallel tests would fight over.
            "schema_cache_path": False,
            **options,
        }
        session = ftrack_api.Session(**given)
        self._sessions.append(session)
        return session

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Keep the present state, to return to it while the server runs and its clients stay connected.

        Args:
            name: What to call it; another state of that name is replaced. By default a new random name.
        """
        name = name or secrets.token_hex(8)
        self._snapshots.take(name)
        return Snapshot(name, self._snapshots.restore)

    def start(self) -> None:
        """Start again after ``stop`` or ``kill``, at the same address and with the same data."""
        self.url = self._runner.start()
        self._running = True

    def stop(self) -> None:
        """End the server in good order."""
        if self._running:
            self._running = False
            self._runner.stop()

    def kill(self) -> None:
        """End the server immediately (with SIGKILL if it is a process)."""
        if self._running:
            self._running = False
            self._runner.kill()

    def close(self) -> None:
        """Close the sessions, and end the server for good."""
        for session in self._sessions:
            if not session.closed:
                session.close()
        self._sessions.clear()
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)


class _ThreadRunner:
    """Runs the server in a thread of the test's process."""

    def __init__(self, data: Path, api_key: str) -> None:
        self.api_key = api_key
        self._data = data
        self._port = 0
        self._stop: Callable[[], None] | None = None

    def start(self) -> str:
        from ftrack_sandbox.sandbox import Sandbox
        from ftrack_sandbox.server import ServerThread

        thread = ServerThread(Sandbox(self._data), port=self._port)
        thread.start()
        self._port = thread.port
        self._stop = thread.stop
        return thread.url

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()

    def kill(self) -> None:
        self.stop()


class _ProcessRunner:
    """Runs the command ``ftrack-sandbox serve``."""

    def __init__(self, data: Path, api_key: str) -> None:
        self.api_key = api_key
        self._data = data
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        command = [sys.executable, "-m", "ftrack_sandbox", "serve", "--port", self._port]
        with (self._data / "server.log").open("a") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [*command, "--data", str(self._data)], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("ready "):
            log_text = (self._data / "server.log").read_text()
            raise RuntimeError(f"ftrack-sandbox serve did not become ready:\n{log_text}")
        url = line.split()[1]
        self._port = url.rpartition(":")[2]
        return url

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_START_SECONDS)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


class SandboxFactory:
    """Makes servers, and closes them when the fixture ends."""

    def __init__(self) -> None:
        self._servers: list[SandboxServer] = []

    def __call__(self, seed: Seed = "demo", *, process: bool = False) -> SandboxServer:
        """Return a fresh, running server.

        Args:
            seed: What it starts with: ``empty``, ``studio`` or ``demo``.
            process: Run the real command in a process of its own, slower to start but one can kill it.
        """
        data = Path(tempfile.mkdtemp(prefix="ftrack-sandbox-"))
        template = _seed(seed)
        shutil.copytree(template, data, dirs_exist_ok=True)
        api_key = (data / "api_key").read_text().strip()
        runner: _Runner = _ProcessRunner(data, api_key) if process else _ThreadRunner(data, api_key)
        server = SandboxServer(runner, data)
        self._servers.append(server)
        return server

    def close(self) -> None:
        """Close all servers."""
        while self._servers:
            self._servers.pop().close()


@functools.cache
def _seed(seed: Seed) -> Path:
    """Return a folder as a server leaves it that has just been seeded, made once in a run and copied since."""
    import atexit

    from ftrack_sandbox.sandbox import Sandbox

    folder = Path(tempfile.mkdtemp(prefix=f"ftrack-sandbox-{seed}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Sandbox(folder, seed=seed, api_user=_API_USER, api_key=secrets.token_hex(16)).close()
    return folder


def _factory() -> Iterator[SandboxFactory]:
    factory = SandboxFactory()
    try:
        yield factory
    finally:
        factory.close()


@pytest.fixture
def ftrack_sandbox_factory() -> Iterator[SandboxFactory]:
    """Return what makes fresh servers; they are closed when the test ends."""
    yield from _factory()


@pytest.fixture
def ftrack_sandbox(ftrack_sandbox_factory: SandboxFactory) -> SandboxServer:
    """Return a fresh local ftrack with the demo project, in a thread of the test's process."""
    return ftrack_sandbox_factory()


@pytest.fixture
def ftrack_sandbox_process(ftrack_sandbox_factory: SandboxFactory) -> SandboxServer:
    """Return a fresh local ftrack with the demo project, as a process that can be killed and started again."""
    return ftrack_sandbox_factory(process=True)


@pytest.fixture(scope="session")
def ftrack_sandbox_session() -> Iterator[SandboxServer]:
    """Return one local ftrack for all tests that ask for it; they share its state."""
    for factory in _factory():
        yield factory()
