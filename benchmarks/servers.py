"""Starting the real commands for a benchmark, and asking the sandbox what it counted."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Sandbox:
    """A running ``ftrack-sandbox serve``."""

    url: str
    api_user: str
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        """The credentials, as ftrack's clients send them."""
        return {"ftrack-user": self.api_user, "ftrack-api-key": self.api_key, "ftrack-strict-api": "true"}

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that ftrack's own tools read."""
        return {"FTRACK_SERVER": self.url, "FTRACK_API_USER": self.api_user, "FTRACK_API_KEY": self.api_key}

    def call(self, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send one batch and return its answers."""
        response = requests.post(f"{self.url}/api", json=operations, headers=self.headers, timeout=120)
        if not response.ok:
            raise RuntimeError(response.text)
        answers: list[dict[str, Any]] = response.json()
        return answers

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Read entities."""
        entities: list[dict[str, Any]] = self.call([{"action": "query", "expression": expression}])[0]["data"]
        return entities

    def statistics(self) -> dict[str, Any]:
        """Return what the server counted since the last reset: requests, and seconds spent in its own code."""
        response = requests.get(f"{self.url}/sandbox/statistics", headers=self.headers, timeout=30)
        counted: dict[str, Any] = response.json()
        return counted

    def reset_statistics(self) -> None:
        """Count from zero."""
        requests.delete(f"{self.url}/sandbox/statistics", headers=self.headers, timeout=30)


@contextmanager
def sandbox(folder: Path, *, latency: int = 0, seed: str = "studio") -> Iterator[Sandbox]:
    """Run an ftrack-sandbox with its data below *folder*; *latency* in milliseconds."""
    key = uuid.uuid4().hex
    command = [
        *(str(_BIN / "ftrack-sandbox"), "serve", "--port", "0", "--data", str(folder), "--seed", seed),
        *("--latency", str(latency), "--api-key", key),
    ]
    with running(command, folder.with_suffix(".log")) as ready:
        yield Sandbox(ready.split()[1], "admin", key)


@contextmanager
def running(command: list[str], log: Path, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run a command until the block ends; yields its first line on stdout, which says that it is ready."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **(environment or {})}
        ) as process,
    ):
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            if not ready.startswith("ready"):
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            yield ready
        finally:
            process.terminate()
            process.wait(30)


def process_of(word: str) -> Path:
    """Return where Linux tells about the running process that has a word of its own among its arguments."""
    for entry in Path("/proc").glob("[0-9]*"):
        if word.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
            return entry
    raise RuntimeError(f"No process with {word} runs.")


def memory_of(process: Path, what: str = "VmRSS") -> int:
    """Return bytes of memory of a process, as Linux counts them: what is resident, or ``VmHWM``, the most there was."""
    lines = (process / "status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{what}:")]
    return int(line.split()[1]) * 1024


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def callboard(folder: Path, server: Sandbox, configuration: str, *, port: int = 0) -> Iterator[Path]:
    """Run ``callboard run`` against a sandbox; yields the configuration file."""
    file = folder / "callboard.toml"
    file.write_text(
        configuration + f'\n[database]\nurl = "sqlite:///{folder / "callboard.db"}"\n[dashboard]\nport = {port}\n'
    )
    with running([str(_BIN / "callboard"), "run", "-c", str(file)], folder / "callboard.log", server.environment):
        yield file


def status(configuration: Path, server: Sandbox) -> dict[str, Any]:
    """Return what ``callboard status --json`` says."""
    result = subprocess.run(
        [str(_BIN / "callboard"), "status", "--json", "-c", str(configuration)],
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer
