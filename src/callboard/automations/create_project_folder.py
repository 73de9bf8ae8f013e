"""Create the folder tree of new projects."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from callboard import AutomationSettings, Change, CopyFiles, Effect, MakeFolders, Skip, on_created, paths


class CreateProjectFolderSettings(AutomationSettings):
    """The projects that get a folder tree, and the tree."""

    schemas: list[str] = Field(
        default=["VFX Scheme", "VFX Schema"], description="Names of the workflow schemas whose projects get a folder."
    )
    structure: paths.Structure = Field(
        default={
            "assets": ["3d", "artwork", "hdri"],
            "production": ["approvals", "editorial", "io", "meetings", "schedule"],
            "reference": [],
            "shots": [],
            paths.TEMPLATE_FILES: [],
        },
        description="The folder tree: folder = the folders in it.",
    )
    template_files: paths.FolderOrNone = Field(
        default="", description="Folder whose files are copied into template_files; empty: studio.template_files."
    )


@on_created("Project", settings=CreateProjectFolderSettings, reads=(*paths.PROJECT_READS, "project_schema.name"))
def create_project_folder(change: Change, settings: CreateProjectFolderSettings) -> Iterator[Effect]:
    """Create a new project's folder tree, with the studio's template files in it."""
    project = change.entity
    schema = project.at("project_schema.name")
    if schema not in settings.schemas:
        yield Skip(reason=f"The workflow schema {schema} is not one of {', '.join(settings.schemas)}.")
        return
    folder = paths.project_folder(project, settings.studio)
    yield MakeFolders(base=folder.base, folder=folder.path, folders=paths.folders(settings.structure))
    templates = settings.template_files or settings.studio.template_files
    if templates:
        yield CopyFiles(source=templates, base=folder.base, target=f"{folder.path}/{paths.TEMPLATE_FILES}")
