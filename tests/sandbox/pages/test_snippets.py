"""What the inspector offers to copy does the same again, with the official client."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer
from ftrack_sandbox.web.pages.snippets import call_snippet, listen_snippet, publish_snippet


def run(code: str, server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FTRACK_API_KEY", server.api_key)
    namespace: dict[str, Any] = {}
    exec(compile(code, "snippet", "exec"), namespace)  # noqa: S102 - that is what people do with it
    namespace["session"].close()


def recorded(server: SandboxServer, work: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The batches that a session sends while something is done."""
    session = server.session()
    batches: list[Any] = []
    encode = session.encode

    def remember(data: Any, **options: Any) -> str:
        encoded: str = encode(data, **options)
        batches.append(orjson.loads(encoded))
        return encoded

    monkeypatch.setattr(session, "encode", remember)
    work(session)
    return batches


def test_a_batch_that_creates_is_created_again(
    ftrack_sandbox_session: SandboxServer, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"heron_{uuid.uuid4().hex[:8]}"

    def work(session: Any) -> None:
        schema = session.query("ProjectSchema").first()
        project = session.create("Project", {"name": name, "full_name": name, "project_schema": schema})
        shot = session.create("Shot", {"name": "SH010", "parent": project})
        task = session.create(
            "Task", {"name": 'co"mp', "parent": shot, "end_date": datetime(2026, 3, 1, 10, tzinfo=UTC)}
        )
        task["description"] = "line\nline"
        session.commit()

    *_, batch = recorded(ftrack_sandbox_session, work, monkeypatch)
    made = session.query(f'Project where name is "{name}"').one()
    session.delete(made)
    session.commit()
    code = call_snippet(batch, server=ftrack_sandbox_session.url, user=ftrack_sandbox_session.api_user)
    run(code, ftrack_sandbox_session, monkeypatch)
    [task] = session.query(f'select description, end_date, parent.name from Task where project.name is "{name}"')
    assert (task["description"], task["parent"]["name"], task["name"]) == ("line\nline", "SH010", 'co"mp')
    assert task["end_date"].isoformat() == "2026-03-01T10:00:00+00:00"


def test_updates_deletes_and_queries_are_done_again(
    ftrack_sandbox_session: SandboxServer,
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shots = [
        session.create("Shot", {"name": f"SH{uuid.uuid4().hex}", "parent": session.query("Project").first()})
        for _ in range(2)
    ]
    session.commit()
    status = session.query('Status where name is "In Progress"').one()

    url, user = ftrack_sandbox_session.url, ftrack_sandbox_session.api_user
    batch = [
        {
            "action": "update",
            "entity_type": "Shot",
            "entity_key": [shots[0]["id"]],
            "entity_data": {"__entity_type__": "Shot", "status": {"__entity_type__": "Status", "id": status["id"]}},
        },
        {"action": "delete", "entity_type": "Shot", "entity_key": [shots[1]["id"]]},
    ]
    run(call_snippet(batch, server=url, user=user), ftrack_sandbox_session, monkeypatch)
    session.reset()
    [left] = session.query(f"select status.name from Shot where id in ({shots[0]['id']}, {shots[1]['id']})")
    assert left["status"]["name"] == "In Progress"
    query = {"action": "query", "expression": f"select name from Shot where id is {left['id']} offset 0 limit 500"}
    code = call_snippet([query, {"action": "query_server_information"}], server=url, user=user)
    assert "limit" not in code
    run(code, ftrack_sandbox_session, monkeypatch)
    shown = capsys.readouterr().out
    assert left["name"] in shown
    assert "schema_hash" in shown


def test_what_is_no_batch_is_said_to_be_none() -> None:
    odds: list[Any] = [None, {}, "text", [1]]
    for odd in odds:
        assert "not an array" in call_snippet(odd, server="http://a", user="b")


def test_an_event_is_published_and_heard_again(
    ftrack_sandbox_session: SandboxServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = ftrack_sandbox_session.session(auto_connect_event_hub=False)
    listener.event_hub.connect()
    heard: list[Any] = []

    def greet(event: Any) -> Any:
        heard.append(event)
        return {"well": "met"}

    listener.event_hub.subscribe("topic=studio.greeting", greet)
    listener.event_hub.wait(duration=0.2)
    event = {
        "topic": "studio.greeting",
        "data": {"to": ["a", 1, None]},
        "target": "",
        "source": {"user": {"id": "1", "username": "ada"}},
    }
    url, user = ftrack_sandbox_session.url, ftrack_sandbox_session.api_user
    thread = threading.Thread(target=listener.event_hub.wait, kwargs={"duration": 6}, daemon=True)
    thread.start()
    run(publish_snippet(event, server=url, user=user), ftrack_sandbox_session, monkeypatch)
    until(lambda: heard, 10, "the event")
    assert (heard[0]["data"], heard[0]["source"]["user"]["username"]) == ({"to": ["a", 1, None]}, "ada")
    assert "{'well': 'met'}" in capsys.readouterr().out
    compile(listen_snippet(event, server=url, user=user), "snippet", "exec")
    thread.join()
