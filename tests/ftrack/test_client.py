"""Speaking to ftrack plainly: pages, batches, dates, and what is said when it does not work."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from callboard.changes import Entity, Reference
from callboard.errors import TryAgain
from callboard.ftrack import PAGE, Ftrack, Key, RefusedByFtrack, TooMuchForFtrack, ids, quote
from callboard.ftrack.pace import TOGETHER
from callboard.settings.models import FtrackSettings
from ftrack_sandbox.testing import SandboxServer


@pytest.fixture
def ftrack(ftrack_sandbox: SandboxServer) -> Ftrack:
    return Ftrack(ftrack_sandbox.url + "/", ftrack_sandbox.api_user, ftrack_sandbox.api_key)


@pytest.fixture
def project(ftrack: Ftrack) -> Entity:
    [schema] = ftrack.query('select id from ProjectSchema where name is "VFX Scheme"')
    values = {"name": "heron", "full_name": "The Heron", "project_schema": schema}
    [created] = ftrack.commit([ftrack.create("Project", values)])
    assert created is not None
    return created


@contextmanager
def answering(body: bytes, status: int = 200, **headers: str) -> Iterator[Ftrack]:
    """What is no ftrack, but answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        ftrack = Ftrack(f"http://127.0.0.1:{server.server_port}", "x", "x")
        try:
            yield ftrack
        finally:
            ftrack._requests.close()
            server.shutdown()
            thread.join()


def shots(project: Entity, count: int) -> list[dict[str, Any]]:
    return [Ftrack.create("Shot", {"name": f"SH{number:04}", "parent": project}) for number in range(count)]


def test_everything_that_is_found_is_returned_in_few_requests(
    ftrack: Ftrack, ftrack_sandbox: SandboxServer, project: Entity
) -> None:
    ftrack.commit(shots(project, 1201))
    ftrack_sandbox.statistics.reset()
    found = ftrack.query(f"select name from Shot where project_id is {project.id} order by name")
    assert [shot["name"] for shot in found] == [f"SH{number:04}" for number in range(1201)]
    assert ftrack_sandbox.statistics.now()["requests"] == 2


def test_many_questions_are_one_request(ftrack: Ftrack, ftrack_sandbox: SandboxServer, project: Entity) -> None:
    ftrack.commit(shots(project, 3))
    ftrack_sandbox.statistics.reset()
    names = [f'select name from Shot where project_id is {project.id} and name is "SH000{each}"' for each in range(4)]
    assert [[shot["name"] for shot in found] for found in ftrack.query_many(names)] == [
        ["SH0000"], ["SH0001"], ["SH0002"], [],
    ]  # fmt: skip
    assert ftrack_sandbox.statistics.now()["requests"] == 1
    assert ftrack.query_many([]) == []


def test_a_limit_of_ones_own_is_kept(ftrack: Ftrack, project: Entity) -> None:
    ftrack.commit(shots(project, 5))
    found = ftrack.query(f"select name from Shot where project_id is {project.id} order by name limit 2")
    assert [shot["name"] for shot in found] == ["SH0000", "SH0001"]


def test_a_batch_is_carried_out_as_a_whole_or_not_at_all(ftrack: Ftrack, project: Entity) -> None:
    wrong = Ftrack.update(Reference("Shot", "there is none"), {"name": "x"})
    with pytest.raises(RefusedByFtrack) as refusal:
        ftrack.commit([*shots(project, 1), wrong])
    assert refusal.value.name
    assert "there is none" in str(refusal.value)
    assert ftrack.query(f"select id from Shot where project_id is {project.id}") == []


def test_entities_with_composite_keys_are_created_changed_and_deleted(ftrack: Ftrack, project: Entity) -> None:
    key = Key("Metadata", {"parent_id": project.id, "key": "colour"})
    values = {**key.values, "parent_type": "Project", "value": "red"}

    def colours() -> list[str]:
        return [row["value"] for row in ftrack.query(f"select value from Metadata where parent_id is {project.id}")]

    ftrack.commit([Ftrack.create("Metadata", values)])
    assert colours() == ["red"]
    ftrack.commit([Ftrack.update(key, {"value": "blue"})])
    assert colours() == ["blue"]
    assert ftrack.commit([Ftrack.delete(key)]) == [None]
    assert colours() == []


def test_what_exists_already_is_refused_by_its_name(ftrack: Ftrack, project: Entity) -> None:
    operation = shots(project, 1)
    ftrack.commit(operation)
    with pytest.raises(RefusedByFtrack) as refusal:
        ftrack.commit(operation)
    assert refusal.value.name == "DuplicateEntryError"


def test_dates_are_aware_and_in_utc(ftrack: Ftrack, project: Entity) -> None:
    noon = datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    ftrack.commit([Ftrack.update(project.reference, {"start_date": noon})])
    [read] = ftrack.query(f"select start_date, created_at from Project where id is {project.id}")
    assert read["start_date"] == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert read["created_at"].tzinfo is UTC


def test_free_text_in_a_question_is_found_as_it_is(ftrack: Ftrack, project: Entity) -> None:
    awkward = ['say "hi"', "back\\slash", "limit 5", "100%", "naïve ☂", "it's"]
    ftrack.commit([Ftrack.create("Shot", {"name": name, "parent": project}) for name in awkward])
    for name in awkward:
        assert [each["name"] for each in ftrack.query(f"select name from Shot where name is {quote(name)}")] == [name]
    found = ftrack.query(f"select name from Shot where name in {ids(awkward)} and project_id is {project.id}")
    assert {each["name"] for each in found} == set(awkward)
    assert ftrack.query(f"select name from Shot where name in {ids([])} and project_id is {project.id}") == []


def test_an_entity_that_is_sent_in_full_once_is_full_everywhere() -> None:
    full = b'{"__entity_type__": "Status", "id": "s", "name": "Final"}'
    key = b'{"__entity_type__": "Status", "id": "s"}'
    tasks = b", ".join(
        b'{"__entity_type__": "Task", "id": "%d", "status": %s}' % each for each in [(1, key), (2, full)]
    )
    with answering(b'[{"action": "query", "data": [%s], "metadata": {"next": {"offset": null}}}]' % tasks) as ftrack:
        assert [task["status"]["name"] for task in ftrack.query("Task")] == ["Final", "Final"]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_in_trouble_may_heal(ftrack: Ftrack, ftrack_sandbox: SandboxServer, status: int) -> None:
    ftrack_sandbox.faults.api(status, calls=1)
    with pytest.raises(TryAgain, match=str(status)):
        ftrack.query("select id from User")
    assert ftrack.query("select id from User")


def test_nobody_in_the_process_asks_a_server_before_the_time_it_said() -> None:
    with answering(b"busy", 503, Retry_After="17") as ftrack:
        with pytest.raises(TryAgain, match="answered 503") as problem:
            ftrack.query("User")
        assert problem.value.after == 17
        another = Ftrack(ftrack.server, "somebody else", "x")
        with pytest.raises(TryAgain, match=r"asks for a pause of another 1\d s") as problem:
            another.query("User")
        assert 15 < (problem.value.after or 0) <= 17


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_has_too_much_to_do_is_asked_less_at_a_time(
    ftrack: Ftrack, ftrack_sandbox: SandboxServer, status: int
) -> None:
    ftrack_sandbox.faults.api(status, calls=2)
    for _ in range(2):
        with pytest.raises(TryAgain):
            ftrack.query("select id from User")
    assert ftrack._limiter.together.size == TOGETHER // 4
    for _ in range(8):
        ftrack.query("select id from User")
    assert ftrack._limiter.together.size == TOGETHER


def test_a_short_pause_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(b"[]") as ftrack:
        pauses = iter([1.5, 0.0])
        slept: list[float] = []
        monkeypatch.setattr(ftrack._limiter, "remaining", lambda: next(pauses))
        monkeypatch.setattr("callboard.ftrack.client.time.sleep", slept.append)
        assert ftrack.call([]) == []
        assert slept == [1.5]


@pytest.mark.parametrize("status", [413, 500, 502, 504])
def test_a_page_that_is_too_much_is_halved_and_grows_again(
    ftrack: Ftrack, ftrack_sandbox: SandboxServer, project: Entity, status: int
) -> None:
    ftrack.commit(shots(project, 130))
    question = f"select name from Shot where project_id is {project.id} order by name"
    ftrack_sandbox.faults.api(status, calls=3)
    for _ in range(3):
        with pytest.raises(TooMuchForFtrack):
            ftrack.query(question)
    assert ftrack.page.size == 63
    ftrack_sandbox.statistics.reset()
    assert [shot["name"] for shot in ftrack.query(question)] == [f"SH{number:04}" for number in range(130)]
    assert ftrack_sandbox.statistics.now()["requests"] > 1
    for _ in range(20):
        ftrack.query("select id from ProjectSchema")
    assert ftrack.page.size == PAGE


def test_a_server_that_does_not_answer_in_time_is_asked_for_less(ftrack_sandbox: SandboxServer) -> None:
    ftrack = Ftrack(ftrack_sandbox.url, ftrack_sandbox.api_user, ftrack_sandbox.api_key, timeout=0.2)
    ftrack_sandbox.faults.api("timeout", calls=1)
    with pytest.raises(TooMuchForFtrack, match="did not answer in time"):
        ftrack.query("select id from User")
    assert ftrack.page.size == PAGE // 2


def test_credentials_come_from_the_settings(ftrack_sandbox: SandboxServer) -> None:
    access = {
        "server": ftrack_sandbox.url,
        "api_user": ftrack_sandbox.api_user,
        "api_key": ftrack_sandbox.api_key,
    }
    assert Ftrack.of(FtrackSettings.model_validate(access)).query("select id from User")


@pytest.mark.parametrize("text", [b"\\ud800", b"\\udc00x", b"\\u0000", b"\xff\xfe", b"\xed\xa0\x80"], ids=repr)
def test_a_text_that_nothing_can_store_does_not_keep_the_others_from_being_read(text: bytes) -> None:
    row = b'{"__entity_type__": "Task", "id": "%s", "name": "%s", "link": [{"name": "%s"}]}'
    rows = b", ".join([row % (b"1", b"comp", b"a"), row % (b"2", b"x" + text, text)])
    with answering(b'[{"action": "query", "data": [%s]}]' % rows) as ftrack:
        first, second = ftrack.query("Task")
        assert first["name"] == "comp"
        for odd in (second["name"], second["link"][0]["name"]):
            assert "\N{REPLACEMENT CHARACTER}" in odd
            assert not set(odd) & set("\0\ud800\udc00")


def test_signs_beyond_the_first_65536_are_kept() -> None:
    row = b'{"__entity_type__": "Task", "id": "1", "name": "\\ud83d\\ude00", "note": "\\u0000"}'
    with answering(b'[{"action": "query", "data": [%s]}]' % row) as ftrack:
        [task] = ftrack.query("Task")
        assert task["name"] == "\N{GRINNING FACE}"


@pytest.mark.parametrize("body", [b"<html>", b"", b"{}", b"[]", b"[1, 2]", b'"ftrack"', b"\xff\xfe"])
def test_what_is_no_answer_of_ftracks_may_heal(body: bytes) -> None:
    with answering(body) as ftrack, pytest.raises(TryAgain, match="is not ftrack"):
        ftrack.query("User")


def test_nobody_there_may_heal() -> None:
    with pytest.raises(TryAgain, match=r"http://127\.0\.0\.1:9 cannot be reached: no connection"):
        Ftrack("http://127.0.0.1:9", "x", "x").query("User")


def test_a_key_that_is_not_accepted_says_where_to_mend_it(ftrack_sandbox: SandboxServer) -> None:
    with pytest.raises(TryAgain, match="does not accept the API key of nobody; check api_user and api_key"):
        Ftrack(ftrack_sandbox.url, "nobody", "not the key").query("User")


def test_a_session_is_the_official_clients(ftrack: Ftrack) -> None:
    session = ftrack.session()
    assert session.query("User").first()["username"]
    session.close()
    with pytest.raises(TryAgain, match="cannot be reached"):
        Ftrack("http://127.0.0.1:9", "x", "x").session()
