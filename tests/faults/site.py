"""A studio whose ftrack and event servers are processes that can be killed, stopped and started."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from tests.engine.work import make_due
from tests.waiting import until

from callboard.engine.store.database import Store
from callboard.engine.store.history import History
from callboard.errors import TryAgain
from callboard.ftrack import Ftrack
from ftrack_sandbox.testing import SandboxServer

_DYING = Path(__file__).with_name("dying.py")


class CallboardProcess:
    """One ``callboard run``."""

    def __init__(self, configuration: Path, log: Path, *, dies_at: str | None = None) -> None:
        self._log = log.open("ab")
        command = ["-m", "callboard"] if dies_at is None else [str(_DYING), dies_at]
        self._process = subprocess.Popen(
            [sys.executable, *command, "run", "--config", str(configuration)],
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self._process.stdout is not None
        self._output: IO[bytes] = self._process.stdout
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._output:
            self._lines.put(line.decode().strip())

    def wait_until_ready(self) -> None:
        """Wait for its one line."""
        assert self._lines.get(timeout=60) == "ready"

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, such as SIGSTOP."""
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._end()

    def terminate(self) -> int:
        """Ask it to end, and return its exit code."""
        self._process.terminate()
        return self._end()

    def memory(self) -> int:
        """Return the kilobytes that it has in memory, as Linux counts them."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def wait_until_dead(self) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        return self._end()

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def _end(self) -> int:
        code = self._process.wait(timeout=60)
        self._reader.join(timeout=10)
        self._output.close()
        self._log.close()
        return code


class Site:
    """A studio with a storage and templates; people work with the official client."""

    def __init__(self, sandbox: SandboxServer, folder: Path, database: str = "", *, more: str = "") -> None:
        self.sandbox = sandbox
        self.storage = folder / "storage"
        templates = folder / "templates"
        for made in (self.storage, templates):
            made.mkdir(exist_ok=True)
        (templates / "compositing.nk").write_text("a script")
        address = database or f"sqlite:///{folder / 'callboard.db'}"
        self._log = folder / "callboard.log"
        self._configuration = folder / "callboard.toml"
        tables: dict[str, dict[str, str | int]] = {
            "ftrack": {"server": sandbox.url, "api_user": sandbox.api_user, "api_key": sandbox.api_key},
            "studio": {"project_root": str(self.storage), "template_files": str(templates)},
            "database": {"url": address},
            "dashboard": {"port": 0},
        }
        self._configuration.write_text("".join(_table(name, values) for name, values in tables.items()) + more)
        self.ftrack = Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)
        self.store = Store(address)
        self.store.prepare()
        self.history = History(self.store)
        self._servers: list[CallboardProcess] = []
        self.session = sandbox.session()
        self.shot = self._shot()

    def start(self, *, ready: bool = True, dies_at: str | None = None) -> CallboardProcess:
        """Start an event server; one that is to die does so at the seam of that name."""
        server = CallboardProcess(self._configuration, self._log, dies_at=dies_at)
        self._servers.append(server)
        if ready:
            server.wait_until_ready()
        return server

    def close(self) -> None:
        """End what still runs."""
        for server in self._servers:
            if server.running:
                server.signal(signal.SIGCONT)
                server.kill()
        self.store.close()

    @property
    def log(self) -> str:
        """What the event servers logged."""
        return self._log.read_text()

    # What people do

    def _shot(self) -> Any:
        schema = self._named("ProjectSchema", "VFX Scheme")
        project = self.session.create("Project", {"name": "heron", "full_name": "Heron", "project_schema": schema})
        sequence = self.session.create("Sequence", {"name": "SQ010", "parent": project})
        shot = self.session.create("Shot", {"name": "SH010", "parent": sequence})
        self.session.commit()
        return shot

    def _named(self, entity_type: str, name: str) -> Any:
        return self.session.query(f'{entity_type} where name is "{name}"').first()

    def create_tasks(self, names: list[str], *, at_once: int = 20) -> list[Any]:
        """Create tasks, so many in a batch."""
        kind, tasks = self._named("Type", "Compositing"), []
        for number, name in enumerate(names, start=1):
            tasks.append(self.session.create("Task", {"name": name, "parent": self.shot, "type": kind}))
            if number % at_once == 0:
                self.session.commit()
        self.session.commit()
        return tasks

    # What was done

    def folders(self) -> set[str]:
        """The names of the tasks that have their folder and file."""
        return {file.parent.name for file in self.storage.glob("heron/shots/SQ010/SH010/scene/*/SH010_v01.nk")}

    def wait_for_folders(self, count: int) -> None:
        """Wait until so many tasks have their folder and file."""
        until(lambda: len(self.folders()) >= count, 30, f"{count} folders; the log says:\n{self.log}")

    def files(self) -> list[str]:
        """Everything in the storage, without its folders."""
        return sorted(str(path.relative_to(self.storage)) for path in self.storage.rglob("*") if path.is_file())

    def noted(self, tasks: list[Any]) -> dict[str, list[str]]:
        """What ftrack's metadata say of each task's file, by the task's id."""
        wanted = ", ".join(task["id"] for task in tasks)
        found: dict[str, list[str]] = {task["id"]: [] for task in tasks}
        rows = self.ftrack.query(
            f"select parent_id, value from Metadata where key is filename and parent_id in ({wanted})"
        )
        for row in rows:
            found[row["parent_id"]].append(row["value"])
        return found

    def wait_until_done(self, count: int, seconds: float = 60, during: Callable[[], None] | None = None) -> None:
        """Wait until so many task folders are made and nothing waits or runs."""

        def done() -> bool:
            if during is not None:
                during()
            try:
                runs_of = self.history.runs(automation="create_task_folder")
            except TryAgain:
                return False
            return len(runs_of) >= count and all(run["state"] == "done" for run in runs_of)

        until(done, seconds, f"{count} tasks that are done; the log says:\n{self.log}")

    def hurry(self) -> None:
        """Make what waits due now, when the database answers and no server is writing to the same rows."""
        with contextlib.suppress(TryAgain):
            make_due(self.store)


def _table(name: str, values: dict[str, str | int]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
