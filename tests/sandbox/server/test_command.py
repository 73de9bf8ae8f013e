"""The command ``ftrack-sandbox serve``."""

from __future__ import annotations

import re
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import ftrack_api
import pytest
import requests

from ftrack_sandbox import server
from ftrack_sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def serve() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command with some arguments; what still runs at the end of the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ftrack_sandbox", "serve", "--port", "0", *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    match = re.fullmatch(r"ready (http://127\.0\.0\.1:\d+)\n", line)
    assert match, line
    return match[1]


def test_it_says_ready_once_and_ends_well(serve: Any, tmp_path: Path) -> None:
    process = serve("--data", str(tmp_path / "new" / "data"), "--seed", "empty")
    assert requests.get(f"{address(process)}/healthz", timeout=10).status_code == 200
    process.send_signal(signal.SIGTERM)
    rest, log = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in log


def test_ctrl_c_ends_it_well_too(serve: Any, tmp_path: Path) -> None:
    process = serve("--data", str(tmp_path), "--seed", "empty")
    address(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_the_key_is_kept_for_its_owner_only(serve: Any, tmp_path: Path) -> None:
    process = serve("--data", str(tmp_path), "--seed", "empty", "--api-user", "boss")
    url = address(process)
    path = tmp_path / "api_key"
    assert path.stat().st_mode & 0o077 == 0
    key = path.read_text().strip()
    ftrack_api.Session(url, api_key=key, api_user="boss", schema_cache_path=False).close()
    process.terminate()
    _, log = process.communicate(timeout=30)
    assert key not in log


def test_keys_are_for_the_owner_of_the_folder_alone(tmp_path: Path) -> None:
    new, known = tmp_path / "new", tmp_path / "known"
    known.mkdir(mode=0o755)
    for folder in (new, known):
        Sandbox(folder, seed="empty").close()
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    for path in (known / "ftrack.sqlite", known / "api_key", known / "upload_secret"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_key_replaces_the_kept_one(serve: Any, tmp_path: Path) -> None:
    for key in ("first-key", "second-key"):
        process = serve("--data", str(tmp_path), "--seed", "empty", "--api-key", key)
        session = ftrack_api.Session(address(process), key, "admin", schema_cache_path=False)
        session.close()
        process.terminate()
        process.wait(30)


def test_a_folder_is_served_by_one(serve: Any, tmp_path: Path) -> None:
    first = serve("--data", str(tmp_path), "--seed", "empty")
    address(first)
    second = serve("--data", str(tmp_path))
    _, log = second.communicate(timeout=30)
    assert second.returncode == 1
    assert "already serves" in log


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--seed", "everything"], 2, "everything"),
        (["--port", "70000"], 2, "65535"),
        (["--latency", "-1"], 2, "latency"),
        (["--host", "192.0.2.1"], 1, "192.0.2.1"),
        (["--surprise"], 2, "surprise"),
    ],
)
def test_wrong_usage_is_explained(serve: Any, arguments: list[str], code: int, named: str, tmp_path: Path) -> None:
    process = serve("--seed", "empty", "--data", str(tmp_path), *arguments)
    out, log = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, "")
    assert named in log
    assert "Traceback" not in log


def test_a_folder_that_cannot_be_used_is_named(serve: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = serve("--data", str(tmp_path / "file" / "below"))
    _, log = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "file/below" in log


def new_project(sandbox: SandboxServer, name: str) -> None:
    session = sandbox.session()
    schema = session.query("ProjectSchema").first()
    session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
    session.commit()


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_what_was_committed_outlives_the_process(ftrack_sandbox_process: SandboxServer, way: str) -> None:
    sandbox = ftrack_sandbox_process
    url = sandbox.url
    new_project(sandbox, "before")
    getattr(sandbox, way)()
    sandbox.start()
    assert sandbox.url == url
    assert sandbox.session().query("Project where name is before").one()
    new_project(sandbox, "after")


def test_small_answers_are_sent_at_once() -> None:
    # asyncio sets TCP_NODELAY only on sockets that name the protocol; without it each call takes 40 ms longer.
    with server._bind("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
