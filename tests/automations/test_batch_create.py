from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.desk import Desk, selected
from tests.engine.job_server import JobServer
from tests.waiting import until

from callboard.automations.batch_create import BatchCreateSettings, batch_create, create_batch
from callboard.errors import TryAgain
from callboard.forms import Launch, StartJob
from callboard.ftrack import Ftrack
from callboard.registry import Registry, registry
from ftrack_sandbox.testing import SandboxServer

NAME = "batch_create"


@pytest.fixture
def server(ftrack_sandbox_session: SandboxServer, tmp_path: Path) -> Iterator[JobServer]:
    only = Registry()
    only.add(registry.actions[NAME])
    with JobServer(ftrack_sandbox_session, only, f"sqlite:///{tmp_path / 'callboard.db'}").started() as server:
        yield server


@pytest.fixture
def desk(server: JobServer) -> Iterator[Desk]:
    with Desk(server) as desk:
        yield desk


@pytest.fixture(scope="module")
def session(ftrack_sandbox_session: SandboxServer) -> Any:
    return ftrack_sandbox_session.session()


@pytest.fixture
def project(session: Any) -> Any:
    """A project of the test's own."""
    schema = session.query('ProjectSchema where name is "VFX Scheme"').one()
    name = f"batch_{uuid.uuid4().hex[:8]}"
    project = session.create("Project", {"name": name, "full_name": name.title(), "project_schema": schema})
    session.commit()
    return project


def types(form: dict[str, Any]) -> dict[str, str]:
    """Names and ids of the task types that a form offers."""
    [item] = [item for item in form["items"] if item.get("name") == "type_1"]
    return {option["label"]: option["value"] for option in item["data"]}


def details(desk: Desk, entity: Any, count: int) -> dict[str, Any]:
    """The second form."""
    return desk.submit(NAME, selected(entity), desk.launch(NAME, selected(entity)), count=count)


def shown(form: dict[str, Any]) -> str:
    return "\n".join(item["value"] for item in form["items"] if item["type"] == "label")


def item(form: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [item for item in form["items"] if item.get("name") == name]
    return dict(found)


def names(ftrack: Ftrack, entity_type: str, parent: Any) -> list[str]:
    rows = ftrack.query(f"select name from {entity_type} where parent_id is {parent['id']} order by id")
    return sorted(row["name"] for row in rows)


def finished(server: JobServer, count: int = 1) -> list[dict[str, Any]]:
    """The runs of as many jobs, once they are done; newest first."""
    until(lambda: len(server.history.runs(state="done")) == count, what=f"{count} jobs that are done")
    return server.history.runs(state="done")


def create(desk: Desk, entity: Any, count: int = 0, **entered: Any) -> dict[str, Any]:
    """All three forms, to the answer of the last."""
    preview = desk.submit(NAME, selected(entity), details(desk, entity, count), **entered)
    return desk.submit(NAME, selected(entity), preview)


def test_the_forms_are_those_of_the_selected_thing(desk: Desk, project: Any, session: Any) -> None:
    def fields(entity: Any) -> list[str]:
        return [item["label"] for item in details(desk, entity, 1)["items"] if "label" in item]

    sequence = session.create("Sequence", {"name": "010", "parent": project})
    shot = session.create("Shot", {"name": "0010", "parent": sequence})
    episode = session.create("Episode", {"name": "E01", "parent": project})
    session.commit()
    first = desk.launch(NAME, selected(project))
    assert [item["label"] for item in first["items"] if "label" in item] == ["Number of tasks"]
    tasks = ["Task 1: Type", "Task 1: Bid (hours)"]
    numbering = ["Expression", "Incremental", "Add sequence prefix"]
    assert fields(project) == ["Sequence name", *numbering, *tasks]
    assert fields(episode) == ["Sequence name", *numbering, *tasks]
    assert fields(sequence) == [*numbering, *tasks]
    assert fields(shot) == tasks


def test_only_the_task_types_of_the_projects_schema_are_offered(desk: Desk, project: Any, session: Any) -> None:
    schema = project["project_schema"]
    assert set(types(details(desk, project, 1))) == {each["name"] for each in schema.get_types("Task")}


def test_a_sequence_is_created_with_its_shots_tasks_and_bids(
    server: JobServer, desk: Desk, project: Any, session: Any
) -> None:
    form = details(desk, project, 2)
    offered = types(form)
    entered = {
        "sequence": "001",
        "expression": "####",
        "incremental": "10-25:10",
        "prefix": "yes",
        "type_1": offered["Animation"],
        "bid_1": 8,
        "type_2": offered["Lighting"],
        "bid_2": "1.5",
    }
    preview = desk.submit(NAME, selected(project), form, **entered)
    assert "the sequence 001, 2 shots and 4 tasks" in shown(preview)
    assert "001_0010, 001_0020" in shown(preview)
    assert "2 x Animation (8 h), 2 x Lighting (1.5 h)" in shown(preview)
    assert item(preview, "another")["value"] == "no"
    assert names(server.ftrack, "Sequence", project) == []
    answer = desk.submit(NAME, selected(project), preview)
    assert answer == {"success": True, "message": "001 is being created; its Job shows the progress."}
    [run] = finished(server)
    assert run["summary"] == f"Created the sequence 001, 2 shots and 4 tasks in {project['name']}."
    assert (run["project"], run["entity"]["name"]) == (project["name"], project["name"])
    tasks = session.query(
        "select name, bid, type.name, status.name, parent.name, parent.status.name, parent.parent.name, "
        f"parent.parent.parent.id from Task where project_id is {project['id']}"
    ).all()
    assert {
        (task["parent"]["parent"]["name"], task["parent"]["name"], task["name"], task["type"]["name"], task["bid"])
        for task in tasks
    } == {
        ("001", shot, name, name, bid)
        for shot in ("001_0010", "001_0020")
        for name, bid in (("Animation", 8 * 3600), ("Lighting", 5400))
    }
    schema = project["project_schema"]
    assert all(task["status"] in schema.get_statuses("Task", task["type"]["id"]) for task in tasks)
    assert all(task["parent"]["status"] in schema.get_statuses("Shot") for task in tasks)


def test_a_second_run_creates_nothing_and_says_so(server: JobServer, desk: Desk, project: Any, session: Any) -> None:
    entered = {"sequence": "001", "expression": "SH###_v", "incremental": "10-30:10"}
    create(desk, project, 1, **entered)
    finished(server)
    preview = desk.submit(NAME, selected(project), details(desk, project, 1), **entered)
    assert "**Will be created:** nothing" in shown(preview)
    assert "**Already exists, stays unchanged:** the sequence 001, 3 shots and 3 tasks" in shown(preview)
    desk.submit(NAME, selected(project), preview)
    runs = finished(server, count=2)
    assert runs[0]["summary"] == (
        f"Created nothing in {project['name']}. Kept the sequence 001, 3 shots and 3 tasks that existed."
    )
    [sequence] = session.query(f"Sequence where parent_id is {project['id']}")
    assert names(server.ftrack, "Shot", sequence) == ["SH010_v", "SH020_v", "SH030_v"]


def test_what_exists_is_kept_and_the_rest_is_created(server: JobServer, desk: Desk, project: Any, session: Any) -> None:
    sequence = session.create("Sequence", {"name": "sq1", "parent": project})
    session.create("Shot", {"name": "SH10", "parent": sequence, "description": "mine"})
    session.commit()
    preview = desk.submit(
        NAME,
        selected(project),
        details(desk, project, 1),
        sequence="SQ1",
        expression="SH##",
        incremental="10-20:10",
    )
    assert "**Will be created:** 1 shot and 2 tasks" in shown(preview)
    assert "**Already exists, stays unchanged:** the sequence SQ1 and 1 shot" in shown(preview)
    desk.submit(NAME, selected(project), preview)
    [run] = finished(server)
    assert run["summary"].endswith("Kept the sequence SQ1 and 1 shot that existed.")
    assert names(server.ftrack, "Sequence", project) == ["sq1"]
    assert names(server.ftrack, "Shot", sequence) == ["SH10", "SH20"]
    [kept] = session.query(f'select description from Shot where parent_id is {sequence["id"]} and name is "SH10"')
    assert kept["description"] == "mine"


def test_a_sequence_gets_shots_and_a_shot_gets_tasks(server: JobServer, desk: Desk, project: Any, session: Any) -> None:
    sequence = session.create("Sequence", {"name": "007", "parent": project})
    session.commit()
    create(desk, sequence, 0, expression="##", incremental="1-2", prefix="yes")
    finished(server)
    assert names(server.ftrack, "Shot", sequence) == ["007_01", "007_02"]
    shot = session.query(f"Shot where parent_id is {sequence['id']}").first()
    create(desk, shot, 2)
    finished(server, count=2)
    assert len(names(server.ftrack, "Task", shot)) == 2


def test_another_sequence_begins_while_the_first_one_is_made(server: JobServer, desk: Desk, project: Any) -> None:
    form = details(desk, project, 1)
    for sequence in ("A", "B"):
        preview = desk.submit(
            NAME, selected(project), form, sequence=sequence, expression="S##", incremental="1-2", bid_1=4
        )
        form = desk.submit(NAME, selected(project), preview, another="yes")
        assert f"{sequence} is being created" in shown(form)
        assert item(form, "sequence")["value"] == ""
        assert (item(form, "expression")["value"], item(form, "bid_1")["value"]) == ("S##", "4")
    finished(server, count=2)
    assert names(server.ftrack, "Sequence", project) == ["A", "B"]


@pytest.mark.parametrize(
    ("entered", "mistake"),
    [
        ({"incremental": "10-20:0"}, "a step of 0"),
        ({"incremental": "20-10:10"}, "ends below its start"),
        ({"expression": "SH"}, "has no #"),
        ({"incremental": "1-1001:1"}, "gives 1,001 shots; at most 1,000"),
        ({"expression": "a/##"}, "/ separates folders"),
        ({"expression": "a\\##"}, "\\ separates folders"),
        ({"sequence": "00/1"}, "/ separates folders"),
        ({"sequence": ".."}, "means another folder"),
        ({"sequence": ""}, "it is empty"),
        ({"bid_1": "many"}, "'many' is not a number of hours"),
        ({"bid_1": "-1"}, "is not a number of hours"),
        ({"bid_1": "nan"}, "is not a number of hours"),
        ({"type_1": "no type"}, "Type of task 1 is not one of the project's"),
    ],
)
def test_a_mistake_is_named_and_what_was_entered_is_kept(
    desk: Desk, project: Any, entered: dict[str, str], mistake: str
) -> None:
    right = {"sequence": "001", "expression": "####", "incremental": "10-20:10", "bid_1": "3"}
    form = desk.submit(NAME, selected(project), details(desk, project, 2), **{**right, **entered})
    assert mistake in form["items"][0]["value"]
    for name, value in {**right, **entered}.items():
        assert item(form, name)["value"] == value
    corrected = desk.submit(NAME, selected(project), form, **right, type_1=next(iter(types(form).values())))
    assert "Will be created" in shown(corrected)


@pytest.mark.parametrize("count", ["-1", "1.5", "many", "", 1000])
def test_a_wrong_number_of_tasks_is_asked_again(desk: Desk, project: Any, count: object) -> None:
    first = desk.launch(NAME, selected(project))
    again = desk.submit(NAME, selected(project), first, count=count)
    assert "is not a whole number from 0 to" in shown(again)
    assert item(again, "count")["value"] == str(count)
    assert "Sequence name" in str(desk.submit(NAME, selected(project), again, count=0))


def test_a_type_is_chosen_once(desk: Desk, project: Any) -> None:
    form = details(desk, project, 2)
    again = desk.submit(
        NAME,
        selected(project),
        form,
        sequence="001",
        incremental="1-2",
        type_1=types(form)["Lighting"],
        type_2=types(form)["Lighting"],
    )
    assert "Type Lighting is chosen 2 times" in shown(again)


def test_a_name_that_something_else_has_is_named(desk: Desk, project: Any, session: Any) -> None:
    session.create("Folder", {"name": "001", "parent": project})
    session.commit()
    again = desk.submit(NAME, selected(project), details(desk, project, 0), sequence="001", incremental="1-2")
    assert "001 exists already as Folder, not as Sequence" in shown(again)


def test_a_restart_between_two_forms_does_no_harm(
    ftrack_sandbox_session: SandboxServer, server: JobServer, desk: Desk, project: Any, tmp_path: Path
) -> None:
    entered = {"sequence": "001", "expression": "##", "incremental": "1-2"}
    preview = desk.submit(NAME, selected(project), details(desk, project, 1), **entered)
    with JobServer(
        ftrack_sandbox_session, server.registry, f"sqlite:///{tmp_path / 'another.db'}"
    ).started() as restarted:
        Desk(restarted).submit(NAME, selected(project), preview)
        finished(restarted)
    assert names(server.ftrack, "Sequence", project) == ["001"]


def test_two_people_at_once_make_one_sequence(server: JobServer, project: Any, session: Any) -> None:
    entered = {"sequence": "001", "expression": "##", "incremental": "1-40"}
    desks = [Desk(server, username) for username in ("nadia.okoro", "tomas.lindgren")]
    previews = [desk.submit(NAME, selected(project), details(desk, project, 2), **entered) for desk in desks]
    submits = [
        threading.Thread(target=desk.submit, args=(NAME, selected(project), preview))
        for desk, preview in zip(desks, previews, strict=True)
    ]
    for submit in submits:
        submit.start()
    for submit in submits:
        submit.join()
    runs = finished(server, count=2)
    assert {run["change"]["by"] for run in runs} == {"nadia.okoro", "tomas.lindgren"}
    [sequence] = session.query(f"Sequence where parent_id is {project['id']}")
    assert len(names(server.ftrack, "Shot", sequence)) == 40
    assert len(session.query(f"Task where project_id is {project['id']}").all()) == 80
    for desk in desks:
        desk.dialogs.stop()


class Lost(Ftrack):
    """An ftrack whose answer to a batch of changes never arrives, the first time."""

    lose = True

    def commit(self, operations: Any) -> Any:
        answers = super().commit(operations)
        if self.lose and len(operations) > 1:
            self.lose = False
            raise TryAgain("ftrack did not answer in time.")
        return answers


class PlainJob:
    """As much of a job as the work asks for."""

    def __init__(self, ftrack: Ftrack) -> None:
        self.ftrack = ftrack

    def progress(self, sentence: str, done: float | None = None) -> None:
        """Nobody listens."""


def batch(desk: Desk, project: Any, server: JobServer, **entered: Any) -> StartJob:
    """The job that the last form would start."""
    preview = desk.submit(NAME, selected(project), details(desk, project, 1), **entered)
    values = {item["name"]: item["value"] for item in preview["items"] if "name" in item}
    selection = server.ftrack.query(f"select name, project_id from Project where id is {project['id']}")
    answer = batch_create(Launch(selection, desk.person, values, server.ftrack), BatchCreateSettings())
    assert isinstance(answer, StartJob)
    return answer


def test_work_that_is_done_again_creates_nothing_twice(
    server: JobServer, desk: Desk, project: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    job = batch(desk, project, server, sequence="001", expression="##", incremental="1-3")
    sandbox = ftrack_sandbox_session
    lost: Any = PlainJob(Lost(sandbox.url, sandbox.api_user, sandbox.api_key))
    with pytest.raises(TryAgain):
        create_batch(lost, job.arguments)
    said = create_batch(lost, job.arguments)
    assert said == f"Created the sequence 001, 3 shots and 3 tasks in {project['name']}."
    assert len(server.ftrack.query(f"select id from Task where project_id is {project['id']} order by id")) == 3


def test_somebody_who_is_faster_by_a_moment_makes_the_sequence(
    server: JobServer, desk: Desk, project: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    entered = {"sequence": "001", "expression": "##", "incremental": "1-3"}
    mine, theirs = (batch(desk, project, server, **entered) for _ in range(2))

    class Overtaken(Ftrack):
        """Between its reading and its writing somebody else writes the same."""

        def commit(self, operations: Any) -> Any:
            if server.ftrack.query(f"select id from Sequence where parent_id is {project['id']}") == []:
                create_batch(PlainJob(server.ftrack), theirs.arguments)  # type: ignore[arg-type]  # enough of a job
            return super().commit(operations)

    sandbox = ftrack_sandbox_session
    overtaken: Any = PlainJob(Overtaken(sandbox.url, sandbox.api_user, sandbox.api_key))
    said = create_batch(overtaken, mine.arguments)
    assert said == f"Created nothing in {project['name']}. Kept the sequence 001, 3 shots and 3 tasks that existed."
    assert names(server.ftrack, "Sequence", project) == ["001"]


def test_an_episode_gets_sequences(server: JobServer, desk: Desk, project: Any, session: Any) -> None:
    episode = session.create("Episode", {"name": "E01", "parent": project})
    session.commit()
    create(desk, episode, 0, sequence="010", expression="##", incremental="1-2")
    finished(server)
    [sequence] = session.query(f"Sequence where parent_id is {episode['id']}")
    assert names(server.ftrack, "Shot", sequence) == ["01", "02"]


def test_the_setting_says_how_many_shots_are_allowed(server: JobServer, desk: Desk, project: Any) -> None:
    server.settings.automations[NAME] = BatchCreateSettings(max_shots=2)
    form = details(desk, project, 0)
    again = desk.submit(NAME, selected(project), form, sequence="001", incremental="1-3")
    assert "gives 3 shots; at most 2 are allowed" in shown(again)
    assert "2 shots" in shown(desk.submit(NAME, selected(project), again, incremental="1-2"))


def test_a_sequence_comes_whole_or_not_at_all(
    server: JobServer, desk: Desk, project: Any, session: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    job = batch(desk, project, server, sequence="001", expression="##", incremental="1-3")
    job.arguments["batch"]["tasks"][0]["type_id"] = str(uuid.uuid4())
    with pytest.raises(Exception, match="ftrack refused it"):
        create_batch(PlainJob(server.ftrack), job.arguments)  # type: ignore[arg-type]  # enough of a job
    assert names(server.ftrack, "Sequence", project) == []


def test_500_shots_with_4_tasks_each_take_few_requests(
    server: JobServer, desk: Desk, project: Any, ftrack_sandbox_session: SandboxServer
) -> None:
    form = details(desk, project, 4)
    preview = desk.submit(NAME, selected(project), form, sequence="001", expression="####", incremental="10-5000:10")
    assert "500 shots and 2,000 tasks" in shown(preview)
    counted: list[int] = []

    class Counting(Ftrack):
        def call(self, operations: Any) -> Any:
            counted.append(len(operations))
            return super().call(operations)

    sandbox = ftrack_sandbox_session
    values = {item["name"]: item["value"] for item in preview["items"] if "name" in item}
    selection = server.ftrack.query(f"select name, project_id from Project where id is {project['id']}")
    counting = Counting(sandbox.url, sandbox.api_user, sandbox.api_key)
    answer = batch_create(Launch(selection, desk.person, values, counting), BatchCreateSettings())
    assert isinstance(answer, StartJob)
    create_batch(PlainJob(counting), answer.arguments)  # type: ignore[arg-type]  # enough of a job
    assert len(counted) <= 6
    rows = server.ftrack.query(f"select id from Task where project_id is {project['id']} order by id")
    assert len(rows) == 2000
