"""Morning: a project begins, and a sequence of shots with their tasks."""

from __future__ import annotations

from callboard.demo import cast
from callboard.demo.people import fill_form, labels
from callboard.demo.stage import Stage

#: The folders of a project with the default settings.
PROJECT_FOLDERS = (
    *("assets/3d", "assets/artwork", "assets/hdri"),
    *("production/approvals", "production/editorial", "production/io", "production/meetings", "production/schedule"),
    *("reference", "shots", "template_files"),
)

#: Task type -> extension of the studio's template file for it.
TEMPLATES = {"Animation": "ma", "Lighting": "ma", "Compositing": "nk"}

SHOTS = ("SH010", "SH020", "SH030")


def play(stage: Stage) -> None:
    """Play a project, a project with a bad name, the shots and their tasks."""
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
        "no folder was created, and the run is listed as failed",
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
    teller.person(producer.name, f"chooses Batch Create in the menu of {cast.PROJECT}, and asks for three shots.")
    form = producer.launch("Batch Create", [project], fill_form(form, {"Number of tasks": str(len(TEMPLATES))}))
    answers = {"Sequence name": "SQ010", "Expression": "SH###", "Incremental": "10-30:10", "Add sequence prefix": "No"}
    for number, task_type in enumerate(TEMPLATES, start=1):
        answers |= {f"Task {number}: Type": task_type, f"Task {number}: Bid (hours)": "16"}
    form = producer.launch("Batch Create", [project], fill_form(form, answers))
    teller.quote("Preview", " ".join(labels(form)))
    answer = producer.launch("Batch Create", [project], fill_form(form))
    teller.quote("Answer", answer["message"])
    expression = f'select name from Task where project.name is "{cast.PROJECT}" and parent.parent.name is "SQ010"'
    teller.verify(
        f"{len(SHOTS)} shots with {len(TEMPLATES)} tasks each are in ftrack",
        lambda: len(stage.studio.ftrack.query(expression)) == len(SHOTS) * len(TEMPLATES),
    )
    _scenes(stage)
    _assign(stage)


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
        "every task has the path of its scene in its metadata (filename)",
        lambda: (
            {
                entry["value"]
                for entry in stage.studio.ftrack.query('select value from Metadata where key is "filename"')
            }
            >= {str(scene) for scene in scenes}
        ),
    )


def _assign(stage: Stage) -> None:
    producer = stage.person(cast.PRODUCER)
    for task_type, artist in (("Animation", cast.ANIMATOR), ("Lighting", cast.LIGHTER)):
        user = producer.session.query(f'User where username is "{artist}"').one()
        for task in producer.session.query(
            f'Task where project.name is "{cast.PROJECT}" and type.name is "{task_type}"'
        ).all():
            producer.session.create("Appointment", {"context": task, "resource": user, "type": "assignment"})
    producer.session.commit()
    stage.teller.person(producer.name, f"assigns the animation to {cast.ANIMATOR} and the lighting to {cast.LIGHTER}.")
