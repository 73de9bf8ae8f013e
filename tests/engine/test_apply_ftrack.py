"""Applying to ftrack: a batch is one read and one commit, repeatable, and one wrong run costs the others nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callboard.changes import Entity, Reference
from callboard.effects import AddToList, Ensure, SetMetadata, SetStatus
from callboard.engine.running import apply_ftrack
from callboard.engine.running.apply_ftrack import Written, write
from callboard.engine.store.lanes import LaneLostError
from callboard.errors import Refused, TryAgain
from callboard.ftrack import Ftrack
from ftrack_sandbox.testing import SandboxServer


class Scene:
    """A project with some tasks, and what ftrack says of them."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.statistics = sandbox.statistics
        self.faults = sandbox.faults
        self.ftrack = Ftrack(sandbox.url, sandbox.api_user, sandbox.api_key)
        [schema] = self.ftrack.query('select id from ProjectSchema where name is "VFX Scheme"')
        [self.dailies] = self.ftrack.query('select id from ListCategory where name is "Dailies"')
        self.statuses = {each["name"]: each.id for each in self.ftrack.query("select name from Status")}
        self.project = self._create("Project", name="heron", full_name="Heron", project_schema=schema)
        self.shot = self._create("Shot", name="SH010", parent=self.project)

    def _create(self, entity_type: str, **values: Any) -> Entity:
        [created] = self.ftrack.commit([Ftrack.create(entity_type, values)])
        assert created is not None
        return created

    def tasks(self, count: int) -> list[Reference]:
        [kind] = self.ftrack.query('select id from Type where name is "Compositing"')
        created = self.ftrack.commit(
            [
                Ftrack.create("Task", {"name": f"comp{number}", "parent": self.shot, "type": kind})
                for number in range(count)
            ]
        )
        return [task.reference for task in created if task is not None]

    def version(self) -> Reference:
        [kind] = self.ftrack.query("select id from AssetType limit 1")
        asset = self._create("Asset", name="plate", parent=self.shot, type=kind)
        return self._create("AssetVersion", asset=asset).reference

    def set_status(self, task: Reference, status: str) -> SetStatus:
        return SetStatus(entity=task, name="comp", status=status, status_id=self.statuses[status])

    def dailies_list(self, name: str = "Dailies_2026-03-02") -> Ensure:
        return Ensure(
            type="AssetVersionList",
            found_by={"name": name, "project_id": self.project.id, "category_id": self.dailies.id},
        )

    def on_lists(self, entity: Reference) -> list[str]:
        rows = self.ftrack.query(f'select list.name from ListObject where entity_id is "{entity.id}"')
        return [row["list"]["name"] for row in rows]

    def status_of(self, task: Reference) -> str:
        [read] = self.ftrack.query(f"select status.name from Task where id is {task.id}")
        return str(read["status"]["name"])

    def metadata_of(self, task: Reference) -> dict[str, str]:
        rows = self.ftrack.query(f"select key, value from Metadata where parent_id is {task.id}")
        return {row["key"]: row["value"] for row in rows}

    def write(
        self, wanted: dict[int, list[Any]], before_commit: Callable[[], None] = lambda: None
    ) -> dict[int, Written]:
        return write(self.ftrack, wanted, before_commit)


@pytest.fixture
def scene(ftrack_sandbox: SandboxServer) -> Scene:
    return Scene(ftrack_sandbox)


def test_a_batch_is_one_read_and_one_commit(scene: Scene) -> None:
    tasks = scene.tasks(60)
    scene.statistics.reset()
    written = scene.write(
        {
            number: [
                scene.set_status(task, "Approved"),
                SetMetadata(entity=task, key="seen", value=str(number)),
            ]
            for number, task in enumerate(tasks)
        }
    )
    assert scene.statistics.now()["requests"] == 2
    assert written[7] == Written(["set the status of Task comp to Approved", "set the metadata seen to 7"])
    assert {scene.status_of(task) for task in tasks} == {"Approved"}
    assert scene.metadata_of(tasks[7]) == {"seen": "7"}


def test_a_large_batch_is_several_commits_of_which_each_is_soon_answered(scene: Scene) -> None:
    tasks = scene.tasks(501)
    wanted = {run: [SetMetadata(entity=task, key="filename", value=f"/{run}")] for run, task in enumerate(tasks)}
    scene.statistics.reset()
    written = scene.write(dict(wanted))
    assert scene.statistics.now()["requests"] == 4
    assert [result.problem for result in written.values()] == [None] * 501
    assert [scene.metadata_of(tasks[run])["filename"] for run in (0, 499, 500)] == ["/0", "/499", "/500"]


def test_a_batch_applied_again_finds_everything_done(scene: Scene) -> None:
    [task], version = scene.tasks(1), scene.version()
    wanted = {
        1: [
            scene.set_status(task, "Approved"),
            SetMetadata(entity=task, key="seen", value="yes"),
            SetMetadata(entity=task, key="absent", value=None),
            scene.dailies_list(),
            AddToList(list=scene.dailies_list(), entity=version, name="plate v1"),
        ]
    }
    first = scene.write(wanted)
    assert first[1].texts[3:] == [
        "created the AssetVersionList Dailies_2026-03-02",
        "added plate v1 to the list Dailies_2026-03-02",
    ]
    scene.statistics.reset()
    again = scene.write(wanted)
    assert all("found" in text for text in again[1].texts)
    assert "create" not in scene.statistics.now()["operations"]
    assert "update" not in scene.statistics.now()["operations"]
    assert scene.on_lists(version) == ["Dailies_2026-03-02"]


def test_metadata_is_changed_and_removed(scene: Scene) -> None:
    [task] = scene.tasks(1)
    for value in ("red", "blue", None):
        scene.write({1: [SetMetadata(entity=task, key="colour", value=value)]})
        assert scene.metadata_of(task) == ({} if value is None else {"colour": value})


def test_runs_of_one_batch_share_what_they_all_want(scene: Scene) -> None:
    version = scene.version()
    wanted = {number: [AddToList(list=scene.dailies_list(), entity=version, name="v")] for number in range(3)}
    written = scene.write(wanted)
    assert [each.texts for each in written.values()] == [
        ["added v to the list Dailies_2026-03-02"],
        ["found v on the list Dailies_2026-03-02"],
        ["found v on the list Dailies_2026-03-02"],
    ]
    assert scene.on_lists(version) == ["Dailies_2026-03-02"]


def test_what_another_server_created_meanwhile_is_used(scene: Scene) -> None:
    version = scene.version()
    wanted: dict[int, list[Any]] = {1: [AddToList(list=scene.dailies_list(), entity=version, name="v")]}
    raced: list[int] = []

    def race() -> None:
        if not raced:
            raced.append(1)
            scene.write(wanted)

    assert scene.write(wanted, race)[1].problem is None
    assert scene.on_lists(version) == ["Dailies_2026-03-02"]
    assert len(scene.ftrack.query("select id from AssetVersionList where name is Dailies_2026-03-02")) == 1


def test_a_list_that_was_renamed_makes_place_for_a_new_one(scene: Scene) -> None:
    first, second = scene.version(), scene.tasks(1)[0]
    scene.write({1: [AddToList(list=scene.dailies_list(), entity=first, name="v")]})
    [made] = scene.ftrack.query("select id from AssetVersionList where name is Dailies_2026-03-02")
    scene.ftrack.commit([Ftrack.update(made.reference, {"name": "Kept for the client"})])
    assert scene.write({2: [scene.dailies_list(), SetMetadata(entity=second, key="a", value="b")]})[2].problem is None
    assert scene.on_lists(first) == ["Kept for the client"]
    assert len(scene.ftrack.query("select id from AssetVersionList where name is Dailies_2026-03-02")) == 1


def test_a_run_at_fault_is_found_and_the_others_are_written(scene: Scene) -> None:
    tasks = scene.tasks(20)
    wrong = SetStatus(entity=tasks[13], name="comp", status="Nonsense", status_id="there is no such status")
    wanted: dict[int, list[Any]] = {
        number: [SetMetadata(entity=task, key="seen", value="yes")] for number, task in enumerate(tasks)
    }
    wanted[13].append(wrong)
    written = scene.write(wanted)
    assert [run for run, each in written.items() if each.problem] == [13]
    assert isinstance(written[13].problem, Refused)
    assert [number for number, task in enumerate(tasks) if not scene.metadata_of(task)] == [13]


def test_what_was_deleted_meanwhile_is_named(scene: Scene) -> None:
    here, gone = scene.tasks(2)
    scene.ftrack.commit([Ftrack.delete(gone)])
    written = scene.write({1: [scene.set_status(gone, "Approved")], 2: [scene.set_status(here, "Approved")]})
    assert str(written[1].problem) == f"The Task {gone.id} no longer exists."
    assert written[2].problem is None


def test_an_ftrack_that_is_away_leaves_all_of_a_batch_to_be_tried_again(scene: Scene) -> None:
    tasks = scene.tasks(3)
    scene.faults.api(502)
    written = scene.write({number: [scene.set_status(task, "Approved")] for number, task in enumerate(tasks)})
    assert all(isinstance(each.problem, TryAgain) for each in written.values())
    scene.faults.clear()
    assert {scene.status_of(task) for task in tasks} == {"Not Started"}


def test_an_answer_that_was_lost_is_no_second_creation(scene: Scene) -> None:
    version = scene.version()
    wanted: dict[int, list[Any]] = {1: [AddToList(list=scene.dailies_list(), entity=version, name="v")]}
    written = scene.write(wanted, lambda: scene.faults.api(502, calls=1, executed=True))
    assert isinstance(written[1].problem, TryAgain)
    assert scene.write(wanted)[1].texts == ["found v on the list Dailies_2026-03-02"]
    assert scene.on_lists(version) == ["Dailies_2026-03-02"]


def test_nothing_is_written_without_the_lane(scene: Scene) -> None:
    [task] = scene.tasks(1)

    def lost() -> None:
        raise LaneLostError("the lane")

    with pytest.raises(LaneLostError):
        scene.write({1: [scene.set_status(task, "Approved")]}, lost)
    assert scene.status_of(task) == "Not Started"


def test_nothing_wanted_is_nothing_asked(scene: Scene) -> None:
    scene.statistics.reset()
    assert apply_ftrack.write(scene.ftrack, {}, lambda: None) == {}
    assert scene.statistics.now()["requests"] == 0
