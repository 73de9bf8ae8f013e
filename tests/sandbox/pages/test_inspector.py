"""The inspector: what clients and the hub did, found, opened, paused and copied, and no secret in it."""

from __future__ import annotations

import re

import orjson
import pytest
from ftrack_api.event.base import Event
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from tests.browser import assert_readable
from tests.sandbox.pages.conftest import Open, Visitor
from tests.waiting import until

from ftrack_sandbox.control import recorder
from ftrack_sandbox.control.recorder import Entry, Recorder, without_secrets
from ftrack_sandbox.testing import SandboxServer
from ftrack_sandbox.web.pages.records import Filter, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def frame(topic: str = "a") -> str:
    return f'5:::{{"name":"ftrack.event","args":[{{"topic":"{topic}","data":{{}}}}]}}'


def entry(payload: bytes | str, kind: str = "call") -> Entry:
    return Entry(1, 0.0, kind, "ada", payload, False, 0.1, 10, "", 0)


def test_calls_and_events_are_shown_as_they_come(page: Page, ftrack_sandbox: SandboxServer) -> None:
    page.goto("/inspector")
    session = ftrack_sandbox.session(auto_connect_event_hub=False)
    shot = session.query("Shot where name is PIER_0010").one()
    expect(page.get_by_role("link", name="query Shot")).to_be_visible()
    shot["description"] = "<b>wet</b>"
    session.commit()
    row = page.get_by_role("row").filter(has_text="ftrack.update: update Shot")
    expect(row).to_contain_text("the server")
    page.get_by_role("link", name="update Shot", exact=True).click()
    expect(page.locator("#snippet")).to_contain_text(f"entity = session.get('Shot', '{shot['id']}')")
    expect(page.locator("#operation-json-1")).to_contain_text('"description": "<b>wet</b>"')
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("[data-copies=snippet]").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "entity['description'] = '<b>wet</b>'" in page.evaluate("navigator.clipboard.readText()")


def test_what_people_change_in_the_pages_is_there_as_well(ftrack_sandbox: SandboxServer, visitor: Visitor) -> None:
    session = ftrack_sandbox.session()
    task = session.query("Task").first()
    visitor.post("/actions", do="offer", on=f"task:{task['id']}")
    text = visitor.get("/inspector?kind=event").text
    assert "ftrack.action.discover: task" in text
    assert "ftrack.meta.subscribe" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=LAMP", {"query Shot"}),
        ("type=project", {"query Project"}),
        ("kind=event", {"studio.hello"}),
        ("kind=call&q=pier", {"query Task"}),
        ("user=nobody", set()),
        ("q=no%20such%20table", {"query Unheard"}),
    ],
)
def test_it_finds(ftrack_sandbox: SandboxServer, visitor: Visitor, query: str, found: set[str]) -> None:
    session = ftrack_sandbox.session(auto_connect_event_hub=False)
    session.query("select name from Shot where name like '%LAMP%'").all()
    session.query("select name from Project").all()
    session.query("select name from Task where parent.name is PIER_0010").all()
    session.event_hub.connect()
    session.event_hub.publish(Event("studio.hello", {"a": 1}), synchronous=False)
    with pytest.raises(Exception, match="Unheard"):
        session.call([{"action": "query", "expression": "select id from Unheard where name is 'no such table'"}])

    def shown() -> set[str]:
        listed = re.findall(r'<a href="/inspector/\d+">([^<]*)</a>', visitor.get(f"/inspector?{query}").text)
        return set(listed) - {each for each in listed if each.startswith(("query_", "ftrack.meta."))}

    until(lambda: "studio.hello" in visitor.get("/inspector").text, 5, "the event")
    assert shown() == found


def test_a_pause_keeps_what_is_shown(page: Page, ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    session.query("Shot").first()
    page.goto("/inspector")
    page.get_by_role("link", name="Pause").click()
    expect(page.get_by_role("link", name="Go on")).to_be_visible()
    session.query("Project").first()
    page.reload()
    expect(page.get_by_role("link", name="query Shot").first).to_be_visible()
    expect(page.get_by_role("link", name="query Project")).to_have_count(0)
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("link", name="query Project").first).to_be_visible()


def test_older_ones_are_a_page_away(ftrack_sandbox: SandboxServer, visitor: Visitor) -> None:
    session = ftrack_sandbox.session(auto_connect_event_hub=False)
    for number in range(70):
        session.call([{"action": "query", "expression": f"select id from Shot where name is x{number}"}])
    first = visitor.get("/inspector?q=name%20is").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = visitor.get(older[1].replace("&amp;", "&")).text
    count = [len(re.findall(r'href="/inspector/\d+">query Shot', text)) for text in (first, second)]
    assert count == [50, 20]


def test_no_secret_is_kept(ftrack_sandbox: SandboxServer, visitor: Visitor) -> None:
    session = ftrack_sandbox.session(auto_connect_event_hub=False)
    session.event_hub.connect()
    user = session.query("User").first()
    secrets = ["s3same one", "s3same-two", "s3same three", "s3same four", "s3same five"]
    metadata = session.create("Metadata", {"key": "farm password", "value": secrets[0], "parent_id": user["id"]})
    metadata["parent_type"] = "User"
    session.commit()
    session.create("Job", {"data": f'{{"description": "x", "api_key": "{secrets[1]}"}}', "user": user})
    session.commit()
    session.event_hub.publish(Event("studio.login", {"options": {"password": secrets[2]}}), synchronous=False)
    session.event_hub.publish(Event("studio.link", {"url": f"{ftrack_sandbox.url}/x?apiKey={secrets[1]}"}))
    review = session.query("ReviewSession").first()
    review["passphrase"] = secrets[3]
    session.commit()
    session.reset_remote("api_key", entity=session.query('User where username is "yuki.tanaka"').one())
    session.call([{"action": "query", "expression": f'select id from Note where content is "{session.api_key}"'}])
    until(lambda: "studio.link" in visitor.get("/inspector").text, 5, "the events")
    listed = re.findall(r'href="(/inspector/\d+)"', visitor.get("/inspector").text)
    assert len(listed) > 8
    shown = "".join(visitor.get(each).text for each in ["/inspector", *listed])
    for secret in [*secrets, session.api_key, ftrack_sandbox.api_key]:
        assert secret not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "payload",
    [
        '{"password": "hunter 2\\" two", "x": 1}',
        '[{"entity_data": {"key": "Api_Key", "value": "hunter 2"}}]',
        '{"data": "{\\"access_token\\": \\"hunter 2\\", \\"y\\": 2}"}',
        '{"expression": "User where passphrase is \\"hunter 2\\" and x"}',
        "/component/get?apiKey=hunter2&id=1",
        '{"secret": ["hunter", "hunter 2"], "y": 3}',
        '{"password": "hunter',
        '{"changes": {"key": {"old": null, "new": "db password"}, "value": {"old": "}", "new": "hunter"}}}',
        '{"password": {"a": "hunter"}}',
    ],
)
def test_secrets_are_starred_however_they_are_written(payload: str) -> None:
    for written in (payload, payload.encode()):
        starred = without_secrets(written)
        assert "hunter" not in str(starred)
        assert "***" in str(starred)


def test_what_names_no_secret_is_kept_as_it_is() -> None:
    body = b'[{"action": "query", "expression": "Task"}]'
    assert without_secrets(body) is body


def test_it_forgets_the_oldest_beyond_its_bounds() -> None:
    kept = Recorder()
    for _ in range(recorder.MOST_ENTRIES + 5):
        kept.add_event("ada", frame(), receivers=1)
    assert len(kept.entries()) == recorder.MOST_ENTRIES
    assert kept.entry(5) is None
    assert kept.entry(6)
    for _ in range(200):
        kept.add_call("ada", "", b"x" * recorder.MOST_OF_ONE, seconds=0, size=0)
    assert sum(len(each.payload) for each in kept.entries()) <= recorder.MOST_BYTES
    kept.add_call("ada", "", b"y" * (recorder.MOST_OF_ONE + 1), seconds=0, size=0)
    newest = kept.entries()[0]
    assert newest.cut
    assert len(newest.payload) < recorder.MOST_OF_ONE


@given(st.binary(max_size=60) | JSON.map(orjson.dumps))
@settings(max_examples=200, deadline=None)
def test_any_call_can_be_read(body: bytes) -> None:
    record = read(entry(body))
    assert record.what
    Filter(text="a", entity_type="Task").matches(record)


@given(st.text(max_size=60) | JSON.map(lambda each: "5:::" + orjson.dumps({"args": [each]}).decode()))
@settings(max_examples=200, deadline=None)
def test_any_event_can_be_read(payload: str) -> None:
    assert read(entry(payload, "event")).what


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_read_it(opened: Open, ftrack_sandbox: SandboxServer, scheme: str, width: int) -> None:
    session = ftrack_sandbox.session(auto_connect_event_hub=False)
    session.call([{"action": "query", "expression": f"select id from Shot where name is {'x' * 400}"}])
    with opened(color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        for address in ("/inspector", "/inspector/1"):
            page.goto(address)
            assert_readable(page)


def test_one_that_is_no_longer_kept_is_named(visitor: Visitor) -> None:
    for number in ("99999", "x", "²"):
        answer = visitor.get(f"/inspector/{number}")
        assert answer.status_code == 404
        assert "no longer kept" in answer.text
