"""create_project_folder and create_task_folder at work: the official client, the event server, a real storage."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.automations.conftest import MakeStudio
from tests.automations.studio import Studio
from tests.waiting import until

from ftrack_sandbox.testing import SandboxServer


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


PROJECT_TREE = [
    *("assets", "assets/3d", "assets/artwork", "assets/hdri"),
    *("production", "production/approvals", "production/editorial", "production/io", "production/meetings"),
    *("production/schedule", "reference", "shots"),
    *("template_files", "template_files/animation.ma", "template_files/compositing.nk", "template_files/modeling.mb"),
]


def test_a_new_project_gets_its_tree_and_a_new_task_its_file(studio: Studio) -> None:
    project = studio.project()
    run = studio.run("create_project_folder", project)
    assert (run["state"], run["error"]) == ("done", None)
    root = studio.storage / project["name"]
    assert tree(root) == PROJECT_TREE
    task = studio.task(studio.shot(project))
    run = studio.run("create_task_folder", task)
    assert (run["state"], run["error"]) == ("done", None)
    file = root / "shots/SQ010/SH010/scene/compositing/SH010_v01.nk"
    assert file.read_text() == "a nuke script"
    assert studio.metadata(task)["filename"] == str(file)
    assert tree(root / "shots/SQ010/SH010") == [
        *("img", "img/comps", "img/plates", "img/render"),
        *("scene", "scene/compositing", "scene/compositing/SH010_v01.nk"),
    ]


def test_a_project_of_another_schema_gets_nothing(studio: Studio) -> None:
    schema = studio.create("ProjectSchema", name="Design")
    project = studio.create("Project", name="heron_design", full_name="x", project_schema=schema)
    run = studio.run("create_project_folder", project)
    assert run["state"] == "done"
    assert run["summary"] == "The workflow schema Design is not one of VFX Scheme, VFX Schema."
    assert not (studio.storage / project["name"]).exists()


def test_the_projects_root_and_its_disk_come_first(studio: Studio, tmp_path: Path) -> None:
    (tmp_path / "fast").mkdir()
    disk = studio.create("Disk", name=f"fast of {tmp_path.name}", unix=str(tmp_path / "fast"), windows="F:\\")
    on_disk = studio.project(disk=disk)
    rooted = studio.project(disk=disk, root=str(tmp_path / "fast/elsewhere"))
    assert studio.run("create_project_folder", on_disk)["state"] == "done"
    assert studio.run("create_project_folder", rooted)["state"] == "done"
    assert sorted(path.name for path in (tmp_path / "fast").iterdir()) == sorted([on_disk["name"], "elsewhere"])
    task = studio.task(studio.shot(rooted), "Modeling")
    studio.run("create_task_folder", task)
    assert (tmp_path / "fast/elsewhere/shots/SQ010/SH010/scene/modeling/SH010_v01.mb").is_file()
    assert not {on_disk["name"], rooted["name"]} & {path.name for path in studio.storage.iterdir()}


@pytest.mark.parametrize("values", [{"root": "relative/path"}, {"name": "../x"}, {"root": "/data/../etc/x"}])
def test_a_path_that_leads_elsewhere_fails_at_once_and_makes_nothing(studio: Studio, values: dict[str, str]) -> None:
    before = tree(studio.storage.parent)
    project = studio.project(**values)
    run = studio.run("create_project_folder", project)
    assert run["state"] == "failed"
    assert run["error"].count(".") >= 1
    assert "\n" not in run["error"]
    task = studio.task(studio.shot(project))
    assert studio.run("create_task_folder", task)["state"] == "failed"
    assert tree(studio.storage.parent) == before
    studio.session.delete(project)
    studio.session.commit()


def test_a_storage_that_is_away_is_waited_for(studio: Studio) -> None:
    away = studio.storage.rename(studio.storage.with_name("away"))
    project = studio.project()
    run = studio.waiting("create_project_folder", project)
    assert run["error"].startswith(f"The folder {studio.storage} does not exist; mount the storage")
    assert not studio.storage.exists()
    away.rename(studio.storage)
    studio.hurry()
    assert studio.run("create_project_folder", project)["state"] == "done"
    assert tree(studio.storage / project["name"]) == PROJECT_TREE


def test_a_storage_that_should_be_mounted_is_waited_for(make_studio: MakeStudio, tmp_path: Path) -> None:
    studio = make_studio({"studio": {"mounts": [str(tmp_path)]}})
    project = studio.project()
    assert studio.waiting("create_project_folder", project)["error"] == f"{tmp_path} is not mounted; mount it."
    assert tree(studio.storage) == []


def test_the_same_project_again_changes_nothing(make_studio: MakeStudio) -> None:
    studio = make_studio()
    project = studio.project()
    studio.run("create_project_folder", project)
    root = studio.storage / project["name"]
    (root / "template_files/compositing.nk").write_text("changed by an artist")
    (root / "shots").rmdir()
    studio.start_over(project["created_at"].datetime)
    run = studio.run("create_project_folder", project)
    assert run["summary"].startswith(f"Made 1 folder in {root}; found nothing to copy")
    assert tree(root) == PROJECT_TREE
    assert (root / "template_files/compositing.nk").read_text() == "changed by an artist"


def test_two_servers_make_one_tree_and_one_file(make_studio: MakeStudio) -> None:
    # In a sandbox of their own: a server with another storage would note its file as the task's, which then has one.
    one = make_studio()
    shared = {"project_root": str(one.storage), "template_files": str(one.templates)}
    two = make_studio({"studio": shared})
    project = one.project()
    tasks = [one.task(one.shot(project, f"SH0{number}", f"SQ{number}")) for number in range(5)]
    for studio in (one, two):
        assert studio.run("create_project_folder", project)["state"] == "done"
        for task in tasks:
            assert studio.run("create_task_folder", task)["state"] == "done"
    shots = one.storage / project["name"] / "shots"
    files = [f"SQ{number}/SH0{number}/scene/compositing/SH0{number}_v01.nk" for number in range(5)]
    assert [path for path in tree(shots) if (shots / path).is_file()] == files
    assert [one.metadata(task)["filename"] for task in tasks] == [str(shots / file) for file in files]


def test_episodes_asset_builds_and_tasks_right_under_the_project(studio: Studio) -> None:
    project = studio.project()
    episode = studio.create("Episode", name="EP03", parent=studio.create("Folder", name="S01", parent=project))
    build_type = studio.session.query('Type where name is "Character"').first()
    folder = studio.create("Folder", name="Birds", parent=project)
    heron = studio.create("AssetBuild", name="Heron", parent=folder, type=build_type)
    places = {
        "shots/S01/EP03/SQ010/SH010/scene/compositing/SH010_v01.nk": studio.task(studio.shot(episode)),
        "assets/character/Heron/modeling/Heron_modeling_v01.mb": studio.task(heron, "Modeling"),
        "production/scene/animation/{}_v01.ma".format(project["name"]): studio.task(project, "Animation"),
        "shots/S01/EP03/scene/animation/EP03_v01.ma": studio.task(episode, "Animation"),
    }
    for path, task in places.items():
        assert studio.run("create_task_folder", task)["error"] is None
        assert studio.metadata(task)["filename"] == str(studio.storage / project["name"] / path)
        assert (studio.storage / project["name"] / path).is_file()
    assert not (studio.storage / project["name"] / "shots/S01/EP03/img").exists()


def test_an_artists_file_keeps_the_template_away(studio: Studio) -> None:
    project = studio.project()
    shot = studio.shot(project)
    scene = studio.storage / project["name"] / "shots/SQ010/SH010/scene/compositing"
    scene.mkdir(parents=True)
    (scene / "SH010_v04.nk").write_text("an artist's work")
    task = studio.task(shot)
    run = studio.run("create_task_folder", task)
    assert f"found {scene}/SH010_v04.nk" in run["summary"]
    assert tree(scene) == ["SH010_v04.nk"]
    assert "filename" not in studio.metadata(task)


@pytest.mark.parametrize("name", ["..", "a/b", "CON", "comp.", "x" * 300])
def test_a_name_that_cannot_be_a_folder_fails_in_one_sentence(studio: Studio, name: str) -> None:
    project = studio.project()
    task = studio.task(studio.shot(project), name=name)
    run = studio.run("create_task_folder", task)
    assert run["state"] == "failed"
    assert "cannot be a folder or file" in run["error"]
    assert tree(studio.storage / project["name"] / "shots") == []


def test_twins_fail_and_the_others_go_on(studio: Studio) -> None:
    project = studio.project()
    shot = studio.shot(project)
    first = studio.task(shot, name="Comp")
    studio.run("create_task_folder", first)
    twin = studio.task(shot, name="comp")
    twin_shot = studio.create("Shot", name="sh010", parent=shot["parent"])
    below = studio.task(twin_shot)
    fine = studio.task(shot, "Animation")
    assert "would share a folder" in studio.run("create_task_folder", twin)["error"]
    assert "differs from it only by case" in studio.run("create_task_folder", below)["error"]
    assert studio.run("create_task_folder", fine)["state"] == "done"
    assert "filename" not in studio.metadata(twin)


def test_asset_builds_of_one_name_do_not_share_a_folder(make_studio: MakeStudio, ftrack_sandbox: SandboxServer) -> None:
    studio = make_studio()
    project = studio.project()
    other = studio.project()
    character = studio.session.query('Type where name is "Character"').first()
    tasks = []
    for seconds, above in enumerate((project, other, studio.create("Folder", name="Birds", parent=project))):
        ftrack_sandbox.clock.set(datetime.now(UTC) + timedelta(seconds=seconds), stopped=True)
        heron = studio.create("AssetBuild", name="Heron", parent=above, type=character)
        tasks.append(studio.task(heron, "Modeling"))
    *fine, refused = [studio.run("create_task_folder", task)["error"] for task in tasks]
    assert fine == [None, None]
    assert refused == (
        "The asset builds Heron and Birds / Heron would share a folder; "
        "rename one of them, or add {parents} to `asset_folder`."
    )


def test_a_task_type_outside_the_setting_is_named(make_studio: MakeStudio) -> None:
    studio = make_studio({"automations.create_task_folder": {"task_types": ["Animation"]}})
    run = studio.run("create_task_folder", studio.task(studio.shot(studio.project()), "Modeling"))
    assert run["summary"] == "The task type Modeling is not one of Animation."


def test_many_tasks_are_one_job(studio: Studio) -> None:
    project = studio.project()
    shots = [studio.shot(project, f"SH{number:03}", f"SQ{number:03}") for number in range(5)]
    kinds = [studio.named("Type", name) for name in ("Animation", "Compositing", "Lighting", "Modeling")]
    studio.run("create_project_folder", project)
    studio.sandbox.statistics.reset()
    for shot in shots:
        for number in range(40):
            kind = kinds[number % 4]
            studio.session.create("Task", {"name": f"{kind['name']}{number}", "parent": shot, "type": kind})
    studio.session.commit()

    def done() -> list[Any]:
        found = [run for run in studio.runs("create_task_folder") if run["project"] == project["name"]]
        return found if len(found) == 200 and {run["state"] for run in found} == {"done"} else []

    until(done, 20, "200 finished runs")
    assert len(list((studio.storage / project["name"] / "shots").rglob("*_v01.*"))) == 15 * 10
    assert studio.sandbox.statistics.now()["requests"] < 40


def test_files_are_there_while_many_are_made_at_once(studio: Studio) -> None:
    project = studio.project()
    shot = studio.shot(project)
    sessions = [studio.sandbox.session() for _ in range(3)]
    kind = studio.named("Type", "Compositing")["id"]

    def person(number: int) -> None:
        for each in range(5):
            sessions[number].create("Task", {"name": f"comp{number}{each}", "parent_id": shot["id"], "type_id": kind})
            sessions[number].commit()

    people = [threading.Thread(target=person, args=(number,)) for number in range(3)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    scene = studio.storage / project["name"] / "shots/SQ010/SH010/scene"
    until(lambda: len(list(scene.glob("*/SH010_v01.nk"))) == 15, 20, "15 files")
