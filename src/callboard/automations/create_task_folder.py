"""Create the folders of new tasks, with their template files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from callboard import (
    AutomationSettings,
    Change,
    CopyTemplate,
    Effect,
    Entity,
    MakeFolders,
    Refused,
    Related,
    Skip,
    on_created,
    paths,
)

#: The key of a task's metadata that holds the path of its file.
FILE_NAME = "filename"


class CreateTaskFolderSettings(AutomationSettings):
    """The paths of tasks' folders and files."""

    task_types: list[str] = Field(default=[], description="Names of the task types that get a folder; empty: all.")
    shot_folder: Annotated[str, paths.pattern("parents", "shot")] = Field(
        default="shots/{parents}/{shot}",
        description="A shot's folder in the project folder; {parents} is the episode, sequence, ... above the shot.",
    )
    shot_structure: paths.Structure = Field(
        default={"img": ["comps", "plates", "render"], "scene": []}, description="The folder tree in a shot's folder."
    )
    file_name: Annotated[str, paths.pattern("shot", "task", "task_type")] = Field(
        default="scene/{task:lower}/{shot}",
        description="The task's file in the shot's folder, without version and extension.",
    )
    asset_folder: Annotated[str, paths.pattern("parents", "asset_type", "asset")] = Field(
        default="assets/{asset_type:lower}/{asset}", description="An asset build's folder in the project folder."
    )
    asset_file_name: Annotated[str, paths.pattern("asset_type", "asset", "task", "task_type")] = Field(
        default="{task:lower}/{asset}_{task:lower}",
        description="The task's file in the asset build's folder, without version and extension.",
    )
    project_folder: Annotated[str, paths.pattern("project")] = Field(
        default="production",
        description="Folder, in the project folder, for tasks directly below the project; they use file_name too.",
    )


@on_created(
    "Task",
    settings=CreateTaskFolderSettings,
    reads=(
        *("name", "created_at", "project_id", "type.name", "parent.name", "link", "metadata"),
        *(f"project.{name}" for name in paths.PROJECT_READS),
    ),
    related={
        "tasks": Related("Task", by="parent_id", of="parent_id", reads=("name", "created_at")),
        # The parent, and the asset builds that may want the same folder.
        "asset builds": Related(
            "AssetBuild", by="name", of="parent.name", reads=("project_id", "created_at", "type.name", "link")
        ),
    },
)
def create_task_folder(change: Change, settings: CreateTaskFolderSettings) -> Iterator[Effect]:
    """Create a new task's folder, with the shot's structure, and copy the template of its type into it."""
    task = change.entity
    task_type = task.at("type.name")
    if settings.task_types and task_type not in settings.task_types:
        yield Skip(reason=f"The task type {task_type} is not one of {', '.join(settings.task_types)}.")
        return
    _refuse_twin(task, change.related["tasks"])
    builds = [each for each in change.related["asset builds"] if each["project_id"] == task["project_id"]]
    asset = next((each for each in builds if each.id == task["parent"].id), None)
    if asset is not None:
        _refuse_shared_folder(asset, builds, settings)
    project = paths.project_folder(task["project"], settings.studio)
    structure, file = _paths(task, asset, settings)
    yield MakeFolders(
        base=project.base, folder=project.path, folders=[*structure, *filter(None, [file.rpartition("/")[0]])]
    )
    noted = next((each["value"] for each in task["metadata"] if each["key"] == FILE_NAME and each["value"]), None)
    if noted:
        yield Skip(reason=f"The task already has the file {noted}.")
    elif task_type is None:
        yield Skip(reason="The task has no type, so there is no template for it.")
    else:
        yield CopyTemplate(
            template=task_type.lower(),
            sources=[f"{project.path}/{paths.TEMPLATE_FILES}", *filter(None, [settings.studio.template_files])],
            base=project.base,
            target=f"{project.path}/{file}",
            entity=task.reference,
            metadata_key=FILE_NAME,
        )


def _paths(task: Entity, asset: Entity | None, settings: CreateTaskFolderSettings) -> tuple[list[str], str]:
    """Return the folders of a task's parent, and the path of the task's file, both below the project's folder."""
    names = {"task": task["name"], "task_type": task.at("type.name") or "", "project": task["project"]["name"]}
    # ftrack's link leads from the project down to the task; it has the project's full name.
    parents = [each["name"] for each in task["link"][1:-2]]
    if asset is not None:
        names |= {"asset": asset["name"], "asset_type": asset.at("type.name") or ""}
        folder = paths.fill(settings.asset_folder, names, parents)
        return [], "/".join(folder + paths.fill(settings.asset_file_name, names))
    parent = task["parent"]
    names["shot"] = parent["name"]
    pattern_of_folder = settings.project_folder if parent.type == "Project" else settings.shot_folder
    folder = paths.fill(pattern_of_folder, names, parents)
    inner = paths.folders(settings.shot_structure) if parent.type == "Shot" else []
    return ["/".join([*folder, path]) for path in inner], "/".join(folder + paths.fill(settings.file_name, names))


def _refuse_twin(task: Entity, tasks: list[Entity]) -> None:
    """Refuse the later of two sibling tasks whose folders would be the same on a case-insensitive storage."""
    for other in _earlier(task, tasks):
        if paths.fold(other["name"]) == paths.fold(task["name"]):
            raise Refused(
                f"The tasks {other['name']!r} and {task['name']!r} of {task['parent']['name']} would share a folder "
                f"on a case-insensitive storage; rename one of them."
            )


def _refuse_shared_folder(asset: Entity, builds: list[Entity], settings: CreateTaskFolderSettings) -> None:
    """Refuse the later of two asset builds with the same name whose folders would be the same."""
    if "{parents}" in settings.asset_folder:
        return
    for other in _earlier(asset, builds):
        types = {paths.fold(each.at("type.name") or "") for each in (asset, other)}
        if len(types) == 1 or "{asset_type" not in settings.asset_folder:
            one, two = (" / ".join(step["name"] for step in each["link"][1:]) for each in (other, asset))
            raise Refused(
                f"The asset builds {one} and {two} would share a folder; "
                f"rename one of them, or add {{parents}} to `asset_folder`."
            )


def _earlier(one: Entity, others: list[Entity]) -> Iterator[Entity]:
    """Return the entities that may have got their folder before *one*.

    ftrack stores whole seconds: of two in the same second, either may have its folder already, so both count as later.
    """
    return (other for other in others if other.id != one.id and other["created_at"] <= one["created_at"])
