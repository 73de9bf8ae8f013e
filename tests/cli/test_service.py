"""The server as a service: what it tells systemd, how it takes a changed configuration, and what it logs."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from callboard.demo.processes import Process
from callboard.engine.store.database import Store
from callboard.engine.store.servers import servers_here
from ftrack_sandbox.testing import SandboxServer

Command = Callable[..., Any]


@pytest.fixture
def configuration(here: Path, ftrack_sandbox: SandboxServer) -> Path:
    file = here / "callboard.toml"
    (here / "production").mkdir()
    (here / "own").mkdir()
    # The commands of several tests share one process, where a name belongs to one automation.
    (here / "own" / f"{here.name}.py").write_text(
        f"from callboard import Skip, on_status\n\n\n@on_status('Task')\ndef look_{here.name}(change, settings):\n"
        "    '''Look on.'''\n    yield Skip(reason='Seen.')\n"
    )
    file.write_text(
        f'[ftrack]\nserver = "{ftrack_sandbox.url}"\napi_user = "{ftrack_sandbox.api_user}"\n'
        f'api_key = "{ftrack_sandbox.api_key}"\n[studio]\nproject_root = "{here}/production"\n'
        f'automations = "{here}/own"\n[dashboard]\nport = 0\n'
    )
    file.chmod(0o600)
    return file


@pytest.fixture
def told(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """A socket like systemd's; returns what was told so far."""
    address = here / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        found: list[str] = []

        def read() -> list[str]:
            while True:
                try:
                    found.append(channel.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield read


def test_systemd_hears_when_it_is_ready_that_it_works_and_when_it_ends(
    configuration: Path, told: Callable[[], list[str]]
) -> None:
    process = Process(["callboard", "run", "-c", str(configuration)], configuration.parent / "log")
    try:
        until(lambda: told().count("WATCHDOG=1") > 2, what="signs of life")
    finally:
        assert process.stop() == 0
    assert told()[0] == "READY=1"
    assert told()[-1] == "STOPPING=1"


def servers(configuration: Path) -> dict[str, int]:
    store = Store(f"sqlite:///{configuration.parent / 'callboard.db'}")
    try:
        return servers_here(store)
    finally:
        store.close()


def test_a_changed_configuration_is_taken_by_the_same_process(
    callboard: Command, configuration: Path, told: Callable[[], list[str]]
) -> None:
    process = Process(["callboard", "run", "-c", str(configuration)], configuration.parent / "log")
    try:
        [(name, pid)] = servers(configuration).items()
        configuration.write_text(
            configuration.read_text() + f'[automations.look_{configuration.parent.name}]\nprojects = ["comet"]\n'
        )
        answer = callboard("reload")
        assert (answer.code, answer.out) == (0, "The changed configuration was taken.\n")
        [(again, same)] = servers(configuration).items()
        assert (same, again != name) == (pid, True)
        until(lambda: told().count("READY=1") == 2, what="the second start")
        assert any(each.startswith("RELOADING=1\nMONOTONIC_USEC=") for each in told())
    finally:
        assert process.stop() == 0


def test_a_wrong_configuration_is_not_taken_and_the_old_one_stays(callboard: Command, configuration: Path) -> None:
    log = configuration.parent / "log"
    process = Process(["callboard", "run", "-c", str(configuration)], log)
    try:
        before = servers(configuration)
        configuration.write_text(
            configuration.read_text() + f"[automations.look_{configuration.parent.name}]\nproject = 3\n"
        )
        answer = callboard("reload")
        assert (answer.code, "project" in answer.err) == (2, True)
        [pid] = before.values()
        os.kill(pid, signal.SIGHUP)
        until(lambda: "the changed configuration was not taken, and the old one stays" in log.read_text())
        assert servers(configuration) == before
    finally:
        assert process.stop() == 0


def test_reloading_nothing_is_one_sentence(callboard: Command, configuration: Path) -> None:
    answer = callboard("reload")
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "No event server on this machine uses this database" in answer.err


def test_the_log_as_json_is_an_object_a_line(configuration: Path) -> None:
    log = configuration.parent / "log"
    process = Process(["callboard", "run", "-c", str(configuration), "--log-format", "json"], log)
    assert process.stop() == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"time", "level", "part", "thread", "message"} <= lines[0].keys()
    assert any("hearing the events" in line["message"] for line in lines)
