"""Snapshots: a state that is returned to while the server runs and clients stay connected."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media_files import image
from tests.waiting import until
from typer.testing import CliRunner, Result

from ftrack_sandbox.cli import cli
from ftrack_sandbox.control.client import Control, ControlError, SnapshotsControl
from ftrack_sandbox.snapshots import Snapshots
from ftrack_sandbox.store import Store
from ftrack_sandbox.testing import SandboxFactory, SandboxServer


def names(session: Any) -> list[str]:
    found = session.call([{"action": "query", "expression": "select name from Disk order by name"}])[0]["data"]
    return [each["name"] for each in found]


def add(session: Any, name: str) -> Any:
    made = session.create("Disk", {"name": name})
    session.commit()
    return made


def test_a_suite_returns_to_a_state(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    before = names(session)
    snapshot = ftrack_sandbox.snapshot()
    for name in ("one", "two"):
        add(session, name)
        assert names(session) == sorted([*before, name])
        snapshot.restore()
        assert names(session) == before
    with ftrack_sandbox.snapshot():
        add(session, "three")
    assert names(session) == before


def test_clients_stay_connected_and_hear_what_comes_after(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    heard: list[Any] = []
    session.event_hub.connect()
    session.event_hub.subscribe("topic=ftrack.update", heard.append)
    until(lambda: not session.event_hub._packet_callbacks, what="the subscription")
    snapshot = ftrack_sandbox.snapshot()
    add(session, "gone")
    snapshot.restore()
    kept = add(session, "kept")

    def about() -> bool:
        session.event_hub.wait(duration=0.02)
        return any(one["entityId"] == kept["id"] for each in heard for one in each["data"]["entities"])

    until(about, what="the event")
    assert session.event_hub.connected
    assert ftrack_sandbox.statistics.now()["hub_cuts"] == 0


def test_files_come_and_go_with_the_state(ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    session = ftrack_sandbox.session()
    server = session.query('Location where name is "ftrack.server"').one()

    def upload(name: str, color: str) -> Any:
        path = str(image(tmp_path / f"{name}.png", color=color))
        component = session.create_component(path, location=server)
        session.commit()
        return component

    def content(component: Any) -> requests.Response:
        return requests.get(server.get_url(component), timeout=10)

    kept = upload("kept", "teal")
    address = server.get_url(kept)
    bytes_before = requests.get(address, timeout=10).content
    snapshot = ftrack_sandbox.snapshot("with-a-file")
    lost = server.get_url(upload("lost", "red"))
    session.delete(kept)
    session.commit()
    assert requests.get(address, timeout=10).status_code == 404
    snapshot.restore()
    assert requests.get(address, timeout=10).content == bytes_before
    assert requests.get(lost, timeout=10).status_code == 404


def test_a_new_entity_type_goes_with_the_state(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    with ftrack_sandbox.snapshot():
        session.create("ObjectType", {"name": "Sound Cue", "sort": 9})
        session.commit()
        assert "SoundCue" in {each["id"] for each in session.call([{"action": "query_schemas"}])[0]}
    assert "SoundCue" not in {each["id"] for each in session.call([{"action": "query_schemas"}])[0]}


def test_requests_of_others_see_one_state_or_the_other(ftrack_sandbox: SandboxServer) -> None:
    session = ftrack_sandbox.session()
    empty = ftrack_sandbox.snapshot("empty")
    before = names(session)
    session.create("Disk", {"name": "left"})
    session.create("Disk", {"name": "right"})
    session.commit()
    full = ftrack_sandbox.snapshot("full")
    states = {tuple(before), tuple(sorted([*before, "left", "right"]))}
    seen: set[tuple[str, ...]] = set()
    done = threading.Event()

    def look(looking: Any) -> None:
        while not done.is_set():
            seen.add(tuple(names(looking)))

    sessions = [ftrack_sandbox.session() for _ in range(3)]
    threads = [threading.Thread(target=look, args=(each,)) for each in sessions]
    for each in threads:
        each.start()
    for _ in range(10):
        empty.restore()
        full.restore()
    until(lambda: len(seen) == 2, what="both states")
    done.set()
    for each in threads:
        each.join()
    assert seen == states


def test_unfinished_work_of_the_state_is_taken_up(ftrack_sandbox: SandboxServer, tmp_path: Path) -> None:
    session = ftrack_sandbox.session()
    server = session.query('Location where name is "ftrack.server"').one()
    component = session.create_component(str(image(tmp_path / "a.png")), location=server)
    session.commit()
    job_id = session.call([{"action": "encode_media", "component_id": component["id"]}])[0]["job_id"]

    def is_done() -> bool:
        return bool(session.query(f'select id from Job where id is "{job_id}" and status is done').first())

    until(is_done, 30, "the encode")
    snapshot = ftrack_sandbox.snapshot()
    session.call(
        [{"action": "update", "entity_type": "Job", "entity_key": [job_id], "entity_data": {"status": "failed"}}]
    )
    snapshot.restore()
    assert is_done()


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "a" * 65, "-x", "ä"])
def test_a_name_leads_nowhere_else(ftrack_sandbox_session: SandboxServer, name: str) -> None:
    server = ftrack_sandbox_session
    snapshots = SnapshotsControl(Control(server.url, server.api_user, server.api_key))
    for act in (snapshots.take, snapshots.restore):
        with pytest.raises(ControlError, match="cannot be the name of a snapshot"):
            act(name)


def test_what_there_is_not_is_named_with_what_there_is(ftrack_sandbox: SandboxServer) -> None:
    snapshots = SnapshotsControl(Control(ftrack_sandbox.url, ftrack_sandbox.api_user, ftrack_sandbox.api_key))
    with pytest.raises(ControlError, match="There is no snapshot 'monday'; there is none"):
        snapshots.restore("monday")
    snapshots.take("sunday")
    with pytest.raises(ControlError, match="There is no snapshot 'monday'; there is sunday"):
        snapshots.restore("monday")
    assert snapshots.names() == ["sunday"]


def test_only_the_administrator_may(ftrack_sandbox_session: SandboxServer) -> None:
    with pytest.raises(ControlError, match="refused"):
        SnapshotsControl(Control(ftrack_sandbox_session.url, "admin", "wrong")).take("mine")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize("running", [True, False])
def test_commands_work_beside_the_server_and_without_it(
    ftrack_sandbox_factory: SandboxFactory, *, running: bool
) -> None:
    server = ftrack_sandbox_factory()
    before = names(server.session())
    data = str(server.data)

    def act(*arguments: str) -> str:
        if not running:
            server.stop()
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        if not running:
            server.start()
        return result.stdout

    assert act("snapshot", data, "monday") == "Took the snapshot monday.\n"
    add(server.session(), "tuesday")
    assert act("list", data) == "monday\n"
    act("restore", data, "monday")
    assert names(server.session()) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["restore", "{data}", "never"], "There is no snapshot 'never'; there is none."),
        (["snapshot", "{data}", "../up"], "'../up' cannot be the name of a snapshot"),
        (["list", "{nowhere}"], "is not a data folder of ftrack-sandbox"),
    ],
)
def test_commands_refuse_with_a_sentence(
    ftrack_sandbox_factory: SandboxFactory, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    server = ftrack_sandbox_factory("empty")
    result = run(*(each.format(data=server.data, nowhere=tmp_path / "nowhere") for each in arguments))
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr


STEPS = ("add", "drop", "take", "restore")


@settings(deadline=None, max_examples=25)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["add", "drop", "take", "restore"]), st.sampled_from("abc")), max_size=12)
)
def test_a_restored_folder_is_what_was_taken(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]]
) -> None:
    data = tmp_path_factory.mktemp("data")
    files = data / "files" / "components"
    files.mkdir(parents=True)
    store = Store(data / "ftrack.sqlite")
    snapshots = Snapshots(data, store)
    states: dict[str, dict[str, bytes]] = {}

    def state() -> dict[str, bytes]:
        with store.reading() as connection:
            rows = {str(each["id"]): each["name"].encode() for each in connection.find("Disk")}
        assert rows == {each.name: each.read_bytes() for each in files.iterdir()}
        return rows

    acts: dict[str, Callable[[str], None]] = {"take": snapshots.take, "restore": snapshots.restore}
    for step, name in steps:
        if step in acts:
            if step == "restore" and name not in states:
                continue
            acts[step](name)
            if step == "take":
                states[name] = state()
            assert state() == states[name]
            continue
        with store.writing() as transaction:
            transaction.delete("Disk", name)
            (files / name).unlink(missing_ok=True)
            if step == "add":
                content = uuid.uuid4().hex
                transaction.insert("Disk", {"id": name, "name": content})
                (files / name).write_text(content)
    store.close()
