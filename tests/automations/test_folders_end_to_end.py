from __future__ import annotations

from pathlib import Path

from tests.automations.studio import Studio


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_new_project_gets_its_tree_and_a_new_task_its_file(studio: Studio) -> None:
    project = studio.project()
    run = studio.run("create_project_folder", project)
    assert (run["state"], run["error"]) == ("done", None)
    root = studio.storage / project["name"]
    assert (root / "assets/hdri").is_dir()
    assert (root / "template_files/compositing.nk").read_text() == "a nuke script"
    task = studio.task(studio.shot(project))
    run = studio.run("create_task_folder", task)
    assert (run["state"], run["error"]) == ("done", None)
    file = root / "shots/SQ010/SH010/scene/compositing/SH010_v01.nk"
    assert file.read_text() == "a nuke script"
    assert studio.metadata(task)["filename"] == str(file)
