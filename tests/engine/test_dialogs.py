from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import Clock
from tests.engine.desk import ADDRESS, Desk, selected
from tests.engine.job_server import JobServer
from tests.waiting import until

from callboard.engine.actions import dialogs
from callboard.engine.actions.menu_cache import MenuCache
from callboard.engine.store.pauses import pause, resume
from callboard.errors import Refused, TryAgain
from callboard.forms import Answer, Form, Launch, Message, StartJob, hidden, text
from callboard.jobs import Job
from callboard.registry import Action, Registry
from callboard.settings.models import ActionSettings
from ftrack_sandbox.testing import SandboxServer

#: Set when the action that waits has begun, and when it may go on.
BLOCKED, GATE = threading.Event(), threading.Event()


def shots(launch: Launch, settings: Any) -> Answer:
    """Do something with shots."""
    names = [shot["name"] for shot in launch.selection]
    if "word" not in launch.values:
        return Form([text("word", "Word"), hidden("names", names)], "Shots", "Go")
    return Message(f"{launch.user.username} said {launch.values['word']} about {names}")


def anything(launch: Launch, settings: Any) -> Answer:
    """Do something with anything."""
    if launch.values.get("raise") == "wait":
        BLOCKED.set()
        GATE.wait(20)
    raises = {"refused": Refused("That is wrong."), "away": TryAgain("It is away."), "defect": ValueError("oh")}
    if launch.values.get("raise") in raises:
        raise raises[launch.values["raise"]]
    return StartJob(do_anything, {"said": "something"}, "It waits.", Form([text("more", "More")], "Again"))


def do_anything(job: Job, arguments: dict[str, Any]) -> str:
    return f"{job.user.username} said {arguments['said']}."


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.add(Action("shots", shots, "Shots", ("Shot",), ActionSettings, reads=("name",), several=True))
    registry.add(Action("one", shots, "One", ("Shot", "Project"), ActionSettings, reads=("name",)))
    registry.add(Action("anything", anything, "Anything", (), ActionSettings, several=True))
    registry.add(Action("off", anything, "Off", (), ActionSettings, several=True))
    registry.add(Action("needy", anything, "Needy", (), ActionSettings, several=True, needs=("review_ftrack",)))
    return registry


@pytest.fixture
def server(ftrack_sandbox_session: SandboxServer, registry: Registry, tmp_path: Path) -> Iterator[JobServer]:
    server = JobServer(ftrack_sandbox_session, registry, f"sqlite:///{tmp_path / 'callboard.db'}")
    change(server, "off", enabled=False)
    with server.started():
        yield server


@pytest.fixture
def desk(server: JobServer) -> Iterator[Desk]:
    with Desk(server) as desk:
        yield desk


@pytest.fixture(scope="module")
def session(ftrack_sandbox_session: SandboxServer) -> Any:
    return ftrack_sandbox_session.session()


def change(server: JobServer, action: str, **settings: Any) -> None:
    server.settings.automations[action] = ActionSettings.model_validate(settings)


def labels(items: list[dict[str, Any]]) -> list[str]:
    return [item["label"] for item in items]


def test_the_menu_shows_what_applies_to_the_selection(desk: Desk, session: Any) -> None:
    first, second = session.query("Shot").all()[:2]
    project, task = session.query("Project").first(), session.query("Task").first()
    assert labels(desk.menu(selected(first))) == ["Shots", "One", "Anything"]
    assert labels(desk.menu(selected(first, second))) == ["Shots", "Anything"]
    assert labels(desk.menu(selected(project))) == ["One", "Anything"]
    assert labels(desk.menu(selected(first, task))) == ["Anything"]
    assert labels(desk.menu([])) == ["Anything"]


@pytest.mark.parametrize("selection", [[{"entityId": "a-list", "entityType": "lists"}], "everything", [None]])
def test_what_fits_any_selection_is_always_offered(desk: Desk, selection: object) -> None:
    assert labels(desk.menu(selection)) == ["Anything"]
    assert desk.launch("anything", selection)["title"] == "Again"


def test_thousands_of_selected_entities_are_answered(desk: Desk, session: Any) -> None:
    shots = selected(*session.query("Shot limit 8").all())
    padded = [{"entityId": f"list-{number}", "entityType": "lists"} for number in range(2000)]
    assert labels(desk.menu([*shots, *padded])) == ["Anything"]
    assert labels(desk.menu(shots * 500)) == ["Shots", "Anything"]
    assert labels(desk.menu(shots * 10_000)) == ["Anything"]


def test_the_menu_offers_what_needs_no_question_while_ftrack_is_away(
    ftrack_sandbox_factory: Any, registry: Registry, tmp_path: Path
) -> None:
    sandbox = ftrack_sandbox_factory()
    with JobServer(sandbox, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        desk, shot = Desk(server), sandbox.session().query("Shot").first()
        sandbox.stop()
        assert labels(desk.menu(selected(shot))) == ["Anything", "Off"]
        change(server, "anything", roles=["Administrator"])
        assert labels(desk.menu(selected(shot))) == ["Off"]
        desk.dialogs.stop()


def test_an_item_says_what_ftrack_must_know(desk: Desk, session: Any) -> None:
    item = desk.menu(selected(session.query("Shot").first()))[0]
    assert item["actionIdentifier"] == "callboard.shots"
    assert item["description"] == "Do something with shots."


def test_an_action_with_an_icon_shows_it(server: JobServer) -> None:
    server.registry.add(Action("batch_create", anything, "Batch Create", (), ActionSettings))
    change(server, "batch_create")
    [item] = [item for item in Desk(server).menu([]) if item["label"] == "Batch Create"]
    assert item["icon"] == f"{ADDRESS}/icons/batch_create.png"


def test_the_second_menu_comes_from_memory(ftrack_sandbox_factory: Any, registry: Registry, tmp_path: Path) -> None:
    sandbox = ftrack_sandbox_factory()
    with JobServer(sandbox, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        desk, shot = Desk(server), sandbox.session().query("Shot").first()
        event = desk.event("discover", {"selection": selected(shot)})
        replies: list[dict[str, Any]] = []
        desk.dialogs.discover(event, replies.append)
        until(lambda: replies, what="the first menu")
        sandbox.stop()
        desk.dialogs.discover(event, replies.append)
        assert len(replies) == 2
        assert replies[0] == replies[1]
        desk.dialogs.stop()


def test_a_menu_that_was_shown_before_never_waits(
    ftrack_sandbox_factory: Any, registry: Registry, tmp_path: Path
) -> None:
    sandbox, clock = ftrack_sandbox_factory(), Clock()
    with (
        JobServer(sandbox, registry, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server,
        Desk(server) as desk,
    ):
        desk.dialogs._cache = MenuCache(server.ftrack, clock)
        session = sandbox.session()
        event = desk.event("discover", {"selection": selected(session.query("Shot").first())})
        replies: list[dict[str, Any]] = []
        desk.dialogs.discover(event, replies.append)
        until(lambda: replies, what="the first menu")
        clock.move(600)
        sandbox.faults.latency(300)
        desk.dialogs.discover(event, replies.append)
        assert replies[1] == replies[0]


def test_roles_and_projects_keep_an_action_to_some(server: JobServer, desk: Desk, session: Any) -> None:
    shot = session.query("select project.name from Shot").first()
    change(server, "shots", roles=["Supervisor of everything"])
    change(server, "one", projects=["some other project"])
    assert labels(desk.menu(selected(shot))) == ["Anything"]
    change(server, "shots", roles=["Project Manager"])
    change(server, "one", projects=[shot["project"]["name"]])
    assert labels(desk.menu(selected(shot))) == ["Shots", "One", "Anything"]


def test_a_launch_checks_again_what_the_menu_checked(server: JobServer, desk: Desk, session: Any) -> None:
    shot, task = session.query("select project.name from Shot").first(), session.query("Task").first()
    refusal = desk.launch("shots", selected(task))
    assert refusal == {"success": False, "message": "Shots does not work on Task, only on Shot."}
    assert "works on one" in desk.launch("one", selected(*session.query("Shot").all()[:2]))["message"]
    assert "needs a selected Shot" in desk.launch("shots", [])["message"]
    change(server, "shots", roles=["Supervisor of everything"])
    assert desk.launch("shots", selected(shot))["message"] == "Shots is for Supervisor of everything only."
    change(server, "shots", projects=["another"])
    assert desk.launch("shots", selected(shot))["message"] == "Shots works in these projects only: another."


def test_a_form_comes_back_as_the_next_launch(desk: Desk, session: Any) -> None:
    entities = session.query("Shot").all()[:2]
    form = desk.launch("shots", selected(*entities))
    assert (form["title"], form["submit_button_label"]) == ("Shots", "Go")
    names = [entity["name"] for entity in entities]
    answer = desk.submit("shots", selected(*entities), form, word="hello")
    assert answer == {"success": True, "message": f"nadia.okoro said hello about {names}"}


def test_what_is_gone_is_said(desk: Desk, session: Any) -> None:
    gone = [{"entityId": "c0ffee00-0000-4000-8000-000000000000", "entityType": "task"}]
    assert labels(desk.menu(gone)) == ["Anything"]
    assert desk.launch("shots", gone)["message"] == "Some selected entities are no longer in ftrack; select again."


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("refused", "That is wrong."),
        ("away", "It is away."),
        ("defect", "Anything failed: ValueError: oh. See the event server's log."),
    ],
)
def test_what_an_action_raises_is_told_in_one_sentence(desk: Desk, how: str, message: str) -> None:
    assert desk.launch("anything", [], {"raise": how}) == {"success": False, "message": message}


def test_a_job_is_in_ftrack_before_the_reply(server: JobServer, desk: Desk, session: Any) -> None:
    before = {job["id"] for job in session.query(f"Job where user_id is {desk.person.id}")}
    reply = desk.launch("anything", [])
    assert (reply["title"], reply["items"][0]["name"]) == ("Again", "more")
    [job] = [job for job in session.query(f"Job where user_id is {desk.person.id}") if job["id"] not in before]
    until(lambda: server.job(job["id"]) == ("done", "nadia.okoro said something."))


def test_an_event_that_comes_twice_starts_one_job(server: JobServer, desk: Desk) -> None:
    event = desk.event("launch", {"actionIdentifier": "callboard.anything", "selection": []})
    replies: list[dict[str, Any]] = []
    for _ in range(2):
        desk.dialogs.launch(event, replies.append)
    desk.dialogs._launchers.shutdown(wait=True)
    assert len(replies) == 1
    assert len(server.history.runs()) == 1


def test_an_action_that_is_off_gets_no_answer(desk: Desk) -> None:
    replies: list[dict[str, Any]] = []
    for name in ("off", "needy", "unheard_of"):
        desk.dialogs.launch(
            desk.event("launch", {"actionIdentifier": f"callboard.{name}", "selection": []}), replies.append
        )
    desk.dialogs._launchers.shutdown(wait=True)
    assert replies == []


def test_who_cannot_be_told_is_refused(desk: Desk) -> None:
    event = {**desk.event("launch", {"actionIdentifier": "callboard.anything", "selection": []}), "source": {}}
    replies: list[dict[str, Any]] = []
    desk.dialogs.launch(event, replies.append)
    desk.dialogs._launchers.shutdown(wait=True)
    assert replies == [
        {"success": False, "message": "ftrack does not know who launched this; reload the page and try again."}
    ]


def test_an_action_that_does_not_come_back_does_not_keep_the_server_from_stopping(
    server: JobServer, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "_GRACE", 0.1)
    try:
        desk.dialogs.launch(
            desk.event(
                "launch", {"actionIdentifier": "callboard.anything", "selection": [], "values": {"raise": "wait"}}
            ),
            lambda _answer: None,
        )
        until(BLOCKED.is_set, what="the action to begin")
        assert desk.dialogs.stuck == []
        desk.dialogs.stop()
        assert "the launch of anything has had no answer" in desk.dialogs.stuck[0]
    finally:
        GATE.set()
    until(lambda: desk.dialogs.stuck == [], what="the action to come back")


def test_a_paused_action_is_not_offered_and_says_who_paused_it(server: JobServer, desk: Desk, session: Any) -> None:
    selection = selected(session.query("Task").first())
    action = desk.menu(selection)[0]["actionIdentifier"].removeprefix("callboard.")
    pause(server.store, action, by="nadia", why="The encoder is broken.")
    desk.pauses.refresh()
    assert f"callboard.{action}" not in {item["actionIdentifier"] for item in desk.menu(selection)}
    answer = desk.launch(action, selection)
    assert answer["success"] is False
    assert answer["message"].endswith(" is paused by nadia: The encoder is broken.")
    resume(server.store, action)
    desk.pauses.refresh()
    assert f"callboard.{action}" in {item["actionIdentifier"] for item in desk.menu(selection)}
