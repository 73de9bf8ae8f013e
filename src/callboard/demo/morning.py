"""Morning: a project begins, and a sequence of shots with their tasks."""

from __future__ import annotations

from callboard.demo import cast
from callboard.demo.people import filled
from callboard.demo.stage import Stage

#: The folders that a project has at that studio, and in the default settings.
PROJECT_FOLDERS = (
    *("assets/3d", "assets/artwork", "assets/hdri"),
    *("production/approvals", "production/editorial", "production/io", "production/meetings", "production/schedule"),
    *("reference", "shots", "template_files"),
)

#: Task type -> extension of the studio's template file for it.
TEMPLATES = {"Animation": "ma", "Lighting": "ma", "Compositing": "nk"}

SHOTS = ("SH010", "SH020", "SH030")


def play(stage: Stage) -> None:
    """The project, a project that cannot be, the shots and their tasks."""
    _templates(stage)
    _project(stage)
    _impossible_project(stage)
    _shots(stage)


def _templates(stage: Stage) -> None:
    for task_type, extension in TEMPLATES.items():
        file = stage.root / "templates" / f"{task_type.lower()}.{extension}"
        file.write_text(f"// The studio's empty {task_type.lower()} scene.\n", "utf-8")


def _project(stage: Stage) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    teller.act("09:00  A project begins")
    schema = producer.session.query('ProjectSchema where name is "VFX Scheme"').one()
    project = producer.session.create(
        "Project", {"name": cast.PROJECT, "full_name": "The Comet", "project_schema": schema}
    )
    producer.session.commit()
    teller.person(producer.name, f"creates the project {cast.PROJECT} with the workflow VFX Scheme.")
    stage.tell_run("create_project_folder", project["id"])
    folder = stage.production / cast.PROJECT
    teller.verify(
        f"its {len(PROJECT_FOLDERS)} folders are in {folder}",
        lambda: all((folder / name).is_dir() for name in PROJECT_FOLDERS),
    )
    teller.verify(
        "the studio's template files are in its template_files",
        lambda: all(
            (folder / "template_files" / f"{task_type.lower()}.{extension}").is_file()
            for task_type, extension in TEMPLATES.items()
        ),
    )


def _impossible_project(stage: Stage) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    schema = producer.session.query('ProjectSchema where name is "VFX Scheme"').one()
    project = producer.session.create(
        "Project", {"name": "../meteor", "full_name": "The Meteor", "project_schema": schema}
    )
    producer.session.commit()
    teller.person(producer.name, "mistypes another project's name: ../meteor")
    stage.tell_run("create_project_folder", project["id"])
    teller.verify(
        "it made no folder anywhere, and is among the failed runs",
        lambda: (
            not (stage.root / "meteor").exists()
            and (stage.run_about("create_project_folder", project["id"]) or {}).get("state") == "failed"
        ),
    )


def _shots(stage: Stage) -> None:
    teller, producer = stage.teller, stage.person(cast.PRODUCER)
    teller.act("09:30  Shots and tasks, from a numbering rule")
    project = producer.session.query(f'Project where name is "{cast.PROJECT}"').one()
    form = producer.launch("Batch Create", [project])
    teller.person(producer.name, f"picks Batch Create in the menu of {cast.PROJECT}, and asks for 3 tasks a shot.")
    form = producer.launch("Batch Create", [project], filled(form, count=str(len(TEMPLATES))))
    types = {choice["label"]: choice["value"] for item in form["items"] for choice in item.get("data", [])}
    tasks = {f"type_{number}": types[name] for number, name in enumerate(TEMPLATES, start=1)}
    values = filled(form, sequence="SQ010", expression="SH###", incremental="10-30:10", **tasks, bid_1="16")
    form = producer.launch("Batch Create", [project], values)
    preview = [item["value"] for item in form["items"] if item["type"] == "label"]
    teller.quote("Preview", " ".join(line.replace("*", "") for line in preview))
    answer = producer.launch("Batch Create", [project], filled(form))
    teller.quote("Answer", answer["message"])
    expression = f'select name from Task where project.name is "{cast.PROJECT}" and parent.parent.name is "SQ010"'
    teller.verify(
        f"{len(SHOTS)} shots with {len(TEMPLATES)} tasks each are in ftrack",
        lambda: len(stage.studio.ftrack.query(expression)) == len(SHOTS) * len(TEMPLATES),
    )
    _scenes(stage)


def _scenes(stage: Stage) -> None:
    shots = stage.production / cast.PROJECT / "shots" / "SQ010"
    scenes = [
        shots / shot / "scene" / task_type.lower() / f"{shot}_v01.{extension}"
        for shot in SHOTS
        for task_type, extension in TEMPLATES.items()
    ]
    stage.teller.verify(
        f"every task has its folder, with a scene made from the template, such as {scenes[0]}",
        lambda: all(scene.is_file() for scene in scenes),
    )
    stage.teller.verify(
        "every task knows the path of its scene (metadata filename)",
        lambda: (
            {
                entry["value"]
                for entry in stage.studio.ftrack.query('select value from Metadata where key is "filename"')
            }
            >= {str(scene) for scene in scenes}
        ),
    )
