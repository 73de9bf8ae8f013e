"""What an import meets on its way: kills, a server that stumbles, and data that changes meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sandbox.importing.conftest import Import
from tests.sandbox.importing.studio import rows

from ftrack_sandbox.importing.importer import Importer, Request
from ftrack_sandbox.importing.source import Source
from ftrack_sandbox.media.files import FileStore
from ftrack_sandbox.store import Store
from ftrack_sandbox.testing import SandboxServer

KILLED = Path(__file__).with_name("killed.py")


#: Numbers of commits, and whether the process dies before or right after that one.
KILLS = (
    *((2, "before"), (5, "after"), (40, "before"), (61, "after"), (75, "before"), (88, "before"), (88, "after")),
    *((101, "before"), (117, "after"), (125, "before")),
)


@pytest.mark.parametrize("kill", KILLS, ids=lambda kill: f"{kill[1]} {kill[0]}")
def test_an_import_that_was_killed_ends_the_same(
    source: SandboxServer, whole: Path, tmp_path: Path, import_from: Import, kill: tuple[int, str]
) -> None:
    data = tmp_path / "data"
    command = [sys.executable, str(KILLED), *map(str, kill), "import", "--data", str(data)]
    killed = subprocess.run(
        [*command, "--media", "reviewable", "--requests-per-second", "500"],
        env={**os.environ, **source.environment},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert import_from(source, data, "--media", "reviewable").returncode == 0
    assert {table: each.keys() for table, each in rows(data).items()} == {
        table: each.keys() for table, each in rows(whole).items()
    }


def _import(source: SandboxServer, data: Path, pauses: list[float] | None = None) -> None:
    store = Store(data / "ftrack.sqlite")
    try:
        spoken = Source(
            source.url,
            source.api_user,
            source.api_key,
            requests_per_second=10_000,
            sleep=(pauses if pauses is not None else []).append,
        )
        Importer(spoken, store, FileStore(data / "files"), Request()).run()
    finally:
        store.close()


@pytest.mark.parametrize("answer", [429, 500, 502, 503])
def test_a_server_that_stumbles_is_asked_again(ftrack_sandbox: SandboxServer, tmp_path: Path, answer: int) -> None:
    pauses: list[float] = []
    ftrack_sandbox.faults.api(answer, calls=4)
    _import(ftrack_sandbox, tmp_path, pauses)
    assert len([each for each in pauses if each >= 0.5]) == 4
    assert rows(tmp_path)["Context"].keys() == rows(ftrack_sandbox.data)["Context"].keys()


def test_what_does_not_fit_into_one_answer_is_asked_for_in_smaller_parts(
    ftrack_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ftrack_sandbox.importing.errors import TooMuchError

    asked = Source.query

    def at_most_thirty(self: Source, expressions: list[str]) -> object:
        found = asked(self, expressions)
        if sum(map(len, found)) > 30:
            raise TooMuchError
        return found

    monkeypatch.setattr(Source, "query", at_most_thirty)
    _import(ftrack_sandbox, tmp_path)
    assert rows(tmp_path)["StatusChange"].keys() == rows(ftrack_sandbox.data)["StatusChange"].keys()


def test_rows_that_come_and_go_while_a_page_is_read_harm_no_other(
    ftrack_sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two requests, half of the tasks that were read already are deleted, and new ones are made."""
    monkeypatch.setattr("ftrack_sandbox.importing.importer._PAGE", 10)
    asked = Source.query
    with ftrack_sandbox.session() as session:
        before = {each["id"] for each in session.query("select id from Task")}
        gone: set[str] = set()

        def meanwhile(self: Source, expressions: list[str]) -> object:
            found = asked(self, expressions)
            seen = [row["id"] for rows in found for row in rows if row.get("__entity_type__") == "Task"]
            for key in seen[::2]:
                session.delete(session.get("Task", key))
                gone.add(key)
            session.commit()
            return found

        monkeypatch.setattr(Source, "query", meanwhile)
        _import(ftrack_sandbox, tmp_path)
    assert gone
    here = {row["id"] for row in rows(tmp_path)["Context"].values()}
    assert before - gone <= here


def test_long_texts_come_whole(ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    text = "ß" * 5_000_000
    with ftrack_sandbox.session() as session:
        session.query("Shot").first()["description"] = text
        session.commit()
    _import(ftrack_sandbox, tmp_path)
    assert text in {row["description"] for row in rows(tmp_path)["Context"].values()}


def test_no_more_requests_are_sent_than_allowed() -> None:
    now, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    source = Source("http://127.0.0.1:9", "u", "k", requests_per_second=4, clock=lambda: now[0], sleep=sleep)
    for _ in range(9):
        source._wait_for_turn()
    assert now[0] == pytest.approx(2.0)


MISTAKES: dict[str, tuple[Callable[[SandboxServer], list[str]], dict[str, str], str]] = {
    "another key": (lambda _: [], {"FTRACK_API_KEY": "wrong"}, "does not let admin in"),
    "no project of that name": (lambda _: ["--project", "nowhere"], {}, "There is no project nowhere"),
    "not an address": (lambda _: ["--from", "studio"], {}, "'studio' is not the address of a server"),
    "not an ftrack": (lambda server: ["--from", f"{server.url}/img"], {}, "does not answer as an ftrack does"),
    "not an age": (lambda _: ["--since", "yesterday"], {}, "'yesterday' is not an age"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_sentence_and_writes_nothing(
    source: SandboxServer, tmp_path: Path, import_from: Import, mistake: str
) -> None:
    more, environment, sentence = MISTAKES[mistake]
    done = import_from(source, tmp_path / "data", *more(source), **environment)
    assert done.returncode in (1, 2)
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    if (tmp_path / "data" / "ftrack.sqlite").exists():
        assert not any(rows(tmp_path / "data").values())


def test_a_folder_that_is_being_served_is_refused(
    source: SandboxServer, ftrack_sandbox: SandboxServer, import_from: Import
) -> None:
    done = import_from(source, ftrack_sandbox.data)
    assert done.returncode == 1
    assert "already serves" in done.stderr


def test_a_server_that_stays_away_ends_it_in_one_sentence(tmp_path: Path) -> None:
    pauses: list[float] = []
    source = Source("http://127.0.0.1:9", "u", "k", sleep=pauses.append)
    store = Store(tmp_path / "ftrack.sqlite")
    with pytest.raises(Exception, match=r"cannot be reached.*continues where it stopped"):
        Importer(source, store, FileStore(tmp_path / "files"), Request()).run()
    store.close()
    assert sum(pauses) > 60


def test_an_import_beside_a_working_studio_sends_only_questions(ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    heard = threading.Event()
    with ftrack_sandbox.session(auto_connect_event_hub=True) as session:
        session.event_hub.subscribe("topic=ftrack.update", lambda _: heard.set())
        before = rows(ftrack_sandbox.data)
        _import(ftrack_sandbox, tmp_path)
        session.event_hub.wait(0.2)
    assert not heard.is_set()
    assert rows(ftrack_sandbox.data) == before
